"""What can go wrong, in words a user understands: one exception class, one catalogue of texts.

    EngineError            anything the user can understand and act on
    ├─ InputError          a wrong argument, name or file given by the user (FS-0xx)
    ├─ PhotoError          one picture cannot be used (FS-1xx)
    ├─ LibraryError        folders, catalogue, disk (FS-2xx)
    ├─ IndexStateError     index and model or photos do not fit together (FS-3xx)
    ├─ DeviceError         processor and graphics card (FS-4xx)
    ├─ TrainingError       training runs and their photos (FS-5xx)
    └─ ModelError          model files and weights (FS-6xx)

Every other exception is a bug of ours and is reported as such (FS-901).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """A text for the user: what happened, why, what to do, and the buttons a window offers.

    Attributes:
        code: Stable id such as ``FS-101``, used by tests, the manual and bug reports.
        title: What happened, a short sentence.
        cause: Why, in one sentence naming the file, folder or model; may be empty.
        advice: What the user can do; may be empty.
        actions: Captions of the buttons, the safe one first; the command line ignores them.
    """

    code: str
    title: str
    cause: str = ""
    advice: str = ""
    actions: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(part for part in (self.title, self.cause, self.advice) if part)


class EngineError(Exception):
    """A failure the user can understand.

    Args:
        code: A key of :data:`MESSAGES`.
        **details: Values for the placeholders of the text.
    """

    def __init__(self, code: str, **details: object) -> None:
        self.message = describe(code, **details)
        self.details = details
        super().__init__(str(self.message))

    @property
    def code(self) -> str:
        """The stable id of the message, such as ``FS-101``."""
        return self.message.code

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.code, self.details))


class InputError(EngineError):
    """A wrong argument, name or file given by the user."""


class PhotoError(EngineError):
    """One picture cannot be used; the run goes on with the others."""


class LibraryError(EngineError):
    """A folder, the catalogue or the disk does not allow what was asked."""


class IndexStateError(EngineError):
    """The index does not fit the chosen model or the present photos."""


class DeviceError(EngineError):
    """The processor or graphics card cannot do what was asked."""


class TrainingError(EngineError):
    """A training cannot begin or go on."""


class ModelError(EngineError):
    """A model file or a backbone's weights cannot be used."""


def describe(code: str, **details: object) -> Message:
    """Return the text of ``code`` with its placeholders filled in.

    Raises:
        KeyError: The code or a placeholder's value is missing (our bug, never the user's).
    """
    title, cause, advice, actions = MESSAGES[code]
    return Message(
        code,
        title.format_map(details),
        _sentence(cause, details),
        advice.format_map(details),
        tuple(action.format_map(details) for action in actions),
    )


def _sentence(template: str, details: dict[str, object]) -> str:
    text = template.format_map(details)
    # Reasons are worded to follow a colon; where one begins the sentence, it is capitalised.
    return text[:1].upper() + text[1:] if template.startswith("{reason}") else text


def _rebuild(kind: type[EngineError], code: str, details: dict[str, object]) -> EngineError:
    return kind(code, **details)


MESSAGES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "FS-001": (
        "There is no {kind} named “{name}”.",
        "Known are: {known}.",
        "Choose one of these.",
        (),
    ),
    "FS-002": ("“{name}” cannot be used.", "{reason}.", "{advice}", ()),
    "FS-101": (
        "This file is not a picture.",
        "“{name}” cannot be read as an image.",
        "Use JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC.",
        ("Choose another",),
    ),
    "FS-102": (
        "The picture is damaged.",
        "“{name}” ends too early ({percent} % readable).",
        "The readable part is used; results may be poor.",
        ("Cancel", "Search anyway"),
    ),
    "FS-109": (
        "The picture is damaged.",
        "“{name}” ends too early ({percent} % readable).",
        "It is left out of the index; copy the photo again from its source.",
        (),
    ),
    "FS-103": (
        "The picture is too large.",
        "“{name}” has {size}; the limit is {limit}.",
        "Raise the limit in Settings › Photos, or crop first.",
        ("Choose another", "Settings"),
    ),
    "FS-104": (
        "The picture is on the web.",
        "It would be fetched from {host}.",
        "Save it to your computer and drop the file instead.",
        ("Close",),
    ),
    "FS-105": (
        "HEIC pictures need an extra component.",
        "pi-heif is not installed, so “{name}” cannot be read.",
        "Install it with “pip install pi-heif”, or convert the photo.",
        ("Copy command",),
    ),
    "FS-106": (
        "The picture is damaged.",
        "“{name}” cannot be decoded: {reason}.",
        "Copy the photo again from its source.",
        ("Choose another",),
    ),
    "FS-107": (
        "The picture cannot be opened.",
        "“{name}”: {reason}.",
        "Check that the file exists and that you may read it.",
        ("Choose another",),
    ),
    "FS-108": (
        "This is not a picture.",
        "“{name}” is {kind}.",
        "Rename it to keep it off this list.",
        ("Close",),
    ),
    "FS-201": (
        "The folder is not available.",
        "“{path}” cannot be read.",
        "Its photos stay in the library and are marked offline.",
        ("Try again", "Remove folder…"),
    ),
    "FS-202": (
        "Most photos are missing.",
        "{missing} of {total} photos in “{path}” are gone.",
        "If the drive was empty or swapped, choose Keep.",
        ("Keep", "Remove {missing}"),
    ),
    "FS-203": (
        "No permission.",
        "“{path}” cannot be opened.",
        "Check the folder's permissions.",
        ("Skip this folder",),
    ),
    "FS-204": (
        "{count} photos could not be read.",
        "The rest was indexed.",
        "",
        ("Show list",),
    ),
    "FS-205": (
        "The disk is full.",
        "FoodSearch needs more room in “{path}”.",
        "Free space, then resume; nothing is lost.",
        ("Resume",),
    ),
    "FS-206": (
        "This library was made by a newer version ({version}).",
        "“{path}” was not changed.",
        "Update FoodSearch to open it.",
        ("Close",),
    ),
    "FS-207": (
        "The library is open elsewhere.",
        "Another FoodSearch (process {pid}) uses “{name}”.",
        "Close it there, or open the library read-only.",
        ("Open read-only",),
    ),
    "FS-208": (
        "The catalogue is damaged.",
        "A copy was saved as {copy}.",
        "The index is rebuilt from the photos; judgements of the last backup ({backup}) are kept.",
        ("Rebuild", "Open folder"),
    ),
    "FS-209": (
        "The library is open read-only.",
        "“{name}” cannot be changed from this window.",
        "Close the other FoodSearch and open the library again.",
        ("Close",),
    ),
    "FS-210": (
        "The catalogue is damaged.",
        "Parts of “{path}” cannot be read.",
        "Open the library again: the last backup then takes its place.",
        ("Close",),
    ),
    "FS-211": (
        "The folder cannot be used.",
        "“{path}”: {reason}.",
        "Check the folder and its drive, then try again.",
        ("Try again",),
    ),
    "FS-301": (
        "This library has no index for {model} yet.",
        "{photos} photos have no code of this model.",
        "Build the index first; search then answers at once.",
        ("Build index",),
    ),
    "FS-302": (
        "Photos have changed.",
        "{new} are new, {changed} changed, {gone} gone.",
        "Update the index to search them.",
        ("Update index", "Later"),
    ),
    "FS-303": (
        "The index covers {percent} % of the photos.",
        "{missing} photos have no code of {model} yet.",
        "Update the index to search them too.",
        ("Update index", "Later"),
    ),
    "FS-401": (
        "No usable graphics card, using the processor.",
        "{reason}",
        "Searching works; training is slower.",
        ("Details",),
    ),
    "FS-402": (
        "Memory was not enough.",
        "The batch of {batch} photos is computed {part} at a time, and training goes on.",
        "",
        ("OK",),
    ),
    "FS-403": (
        "Memory is not enough.",
        "Even one photo at a time does not fit on {device}.",
        "Close other programs, choose a smaller model, or use the processor.",
        ("Choose model", "Use processor"),
    ),
    "FS-405": (
        "The graphics card you asked for cannot be used.",
        "{reason}",
        "Ask for another device, or leave the choice to FoodSearch.",
        (),
    ),
    "FS-501": (
        "Too few photos.",
        "At least 2 classes with {least} photos each are needed; {where} has {found}.",
        "Put the photos of each dish into a folder of their own, named after the dish.",
        ("How to prepare a folder",),
    ),
    "FS-502": (
        "Training does not improve.",
        "The loss became invalid in epoch {epoch} (learning rate {lr:g}).",
        "Start again with a rate ten times lower, or keep the model of epoch {best}.",
        ("Restart with a lower rate", "Keep the best"),
    ),
    "FS-503": (
        "The training “{name}” was interrupted.",
        "It ended after epoch {epoch} of {epochs} (best: epoch {best}).",
        "Resume it, keep its best model, or discard it.",
        ("Resume", "Keep best", "Discard…"),
    ),
    "FS-504": (
        "A training or model named “{name}” exists.",
        "",
        "Choose another name, resume the training, or discard it.",
        ("Keep both", "Choose a name"),
    ),
    "FS-505": (
        "{count} photos are in both training and test.",
        "",
        "They are left out of the training.",
        ("Show",),
    ),
    "FS-506": (
        "The training “{name}” cannot be resumed.",
        "{reason}",
        "Discard it and train again.",
        ("Discard…",),
    ),
    "FS-507": (
        "A photo is there twice.",
        "“{name}” is the same picture as “{other}”, labelled “{label}”.",
        "It is trained on once, with that label.",
        (),
    ),
    "FS-601": (
        "This is not a FoodSearch model.",
        "“{name}”: {reason}.",
        "Choose a .fsmodel file.",
        ("Choose another",),
    ),
    "FS-602": (
        "The model file is damaged.",
        "“{name}”: {reason}.",
        "Copy it again from its source.",
        ("Choose another",),
    ),
    "FS-603": (
        "Refused: this checkpoint can run programs.",
        "“{name}” is a pickle file.",
        "Only .safetensors weights are loaded.",
        ("Choose another",),
    ),
    "FS-604": (
        "The model is in use.",
        "“{name}” {reason}.",
        "Choose another model first.",
        ("Cancel", "Delete anyway…"),
    ),
    "FS-605": (
        "Refused: the model file is not safe.",
        "“{name}”: {reason}.",
        "Get the model again from a source you trust.",
        ("Choose another",),
    ),
    "FS-606": (
        "The model cannot be used by this version.",
        "“{name}”: {reason}.",
        "Update FoodSearch, or choose another model.",
        ("Choose another",),
    ),
    "FS-607": (
        "The pretrained weights are not on this computer.",
        "“{backbone}” was looked for in {places}.",
        "Name a weights file, or allow the download once with --download.",
        ("Choose a file", "Download"),
    ),
    "FS-608": (
        "The weights do not fit the backbone.",
        "“{name}” does not hold the weights of {backbone}: {reason}.",
        "Choose the file that was made for this backbone.",
        ("Choose another",),
    ),
    "FS-609": (
        "A model named “{name}” exists.",
        "{reason}.",
        "Choose another name, or remove the old one first.",
        ("Keep both", "Cancel"),
    ),
    "FS-610": (
        "The model belongs to FoodSearch.",
        "“{name}” comes with the program and cannot be removed or renamed.",
        "It needs no care; models of your own can be changed.",
        (),
    ),
    "FS-801": (
        "Qt cannot open a window.",
        "{library} is missing.",
        "Install it: {command}.",
        (),
    ),
    "FS-802": (
        "No display found.",
        "",
        "Use foodsearch-cli, or set QT_QPA_PLATFORM.",
        (),
    ),
    "FS-901": (
        "Something went wrong in FoodSearch.",
        "Your library and models are safe.",
        "",
        ("Continue", "Copy details", "Quit"),
    ),
    "FS-902": (
        "{job} is running.",
        "{state}",
        "",
        ("Keep working", "Stop and quit"),
    ),
    "FS-903": (
        "The settings could not be read.",
        "A copy was saved as {copy}.",
        "FoodSearch uses its defaults until you change them.",
        ("Close",),
    ),
    "FS-904": (
        "FoodSearch ended unexpectedly the last time.",
        "What it was doing was written to a log.",
        "Your library and models are safe.",
        ("Close", "Show details"),
    ),
}
