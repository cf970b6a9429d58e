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

import errno
import os
import string
from dataclasses import dataclass

from engine.messages import MESSAGES


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
    if details.get("known") in ("", "none"):  # nothing there is to choose from
        cause = advice = ""
    if "reason" in details:
        details["reason"] = _REASONS.get(str(details["reason"]), details["reason"])
    words = _Words()
    return Message(
        code,
        words.vformat(title, (), details),
        _sentence(cause, details),
        words.vformat(advice, (), details),
        tuple(words.vformat(action, (), details) for action in actions),
    )


class _Words(string.Formatter):
    """Fills in texts; ``{count:photo|photos}`` becomes ``1 photo`` or ``1,203 photos``."""

    def format_field(self, value: object, spec: str) -> str:
        one, is_plural, many = spec.partition("|")
        if not is_plural:
            return str(super().format_field(value, spec))
        number = f"{value:,}" if isinstance(value, int) else str(value)
        return f"{number} {one if number == '1' else many}"


# What the operating system says, in words for people; its own spelling differs between systems.
_REASONS = {
    os.strerror(number): words
    for number, words in (
        (errno.ENOENT, "there is no such file or folder"),
        (errno.EISDIR, "it is a folder"),
        (errno.ENOTDIR, "a part of its path is no folder"),
        (errno.EACCES, "you may not read or change it"),
        (errno.EPERM, "you may not change it"),
        (errno.EROFS, "its drive can only be read"),
        (errno.ENOSPC, "the disk is full"),
        (errno.EIO, "its drive does not answer"),
        (errno.ENAMETOOLONG, "its name is too long"),
        (errno.EEXIST, "it exists already"),
        (errno.ENOTEMPTY, "it exists already"),
    )
}


def _sentence(template: str, details: dict[str, object]) -> str:
    text = _Words().vformat(template, (), details)
    # Reasons are worded to follow a colon; where one begins the sentence, it is capitalised.
    return text[:1].upper() + text[1:] if template.startswith("{reason}") else text


def _rebuild(kind: type[EngineError], code: str, details: dict[str, object]) -> EngineError:
    return kind(code, **details)
