"""What a user chose on the Train page, what it asks of the engine, and what is remembered of it."""

from __future__ import annotations

import dataclasses
import json
import logging
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import engine

if TYPE_CHECKING:
    from engine import ModelInfo, RunRequest

_log = logging.getLogger(__name__)
BITS = (16, 32, 48, 64, 128)
_REMEMBERED = ("source", "folder", "table", "method", "num_bits", "preset", "device")


class Source(StrEnum):
    """Where the labels come from."""

    FOLDERS = "folders"
    TABLE = "table"
    JUDGEMENTS = "judgements"
    NONE = "none"


@dataclass(frozen=True)
class TrainingChoices:
    """The fields of the page.

    Attributes:
        source: Where the labels come from.
        folder: Of the photos.
        table: A CSV file of labels.
        parent: Id of the model to start from, empty for the backbone's own weights.
        name: Of the new model.
        method: Hashing method, empty for the recommended one.
        num_bits: Length of the code.
        preset: How thoroughly.
        device: Where to compute.
    """

    source: Source = Source.FOLDERS
    folder: str = ""
    table: str = ""
    parent: str = ""
    name: str = ""
    method: str = ""
    num_bits: int = 64
    preset: str = "quick"
    device: str = "auto"

    @property
    def data(self) -> tuple[str, ...]:
        """Which photos and labels are meant; equal for equal ones, empty while there are none."""
        given = {
            Source.FOLDERS: self.folder,
            Source.NONE: self.folder,
            Source.TABLE: self.table,
            Source.JUDGEMENTS: self.source,
        }[self.source]
        return (self.source, given) if given else ()

    @property
    def settings(self) -> tuple[object, ...]:
        """What else decides how long a training takes."""
        return self.parent, self.method, self.num_bits, self.preset, self.device

    def proposed_name(self) -> str:
        """Return a name for the new model that says what it knows."""
        folder, table = Path(self.folder).name, Path(self.table).stem
        kinds = {Source.FOLDERS: folder, Source.NONE: folder, Source.TABLE: table}
        return f"{kinds.get(self.source) or 'my-meals'}-{self.num_bits}"


def label_needs() -> dict[str, bool]:
    """Return which methods need labels; those that need none have no epochs either."""
    return {method.name: method.needs_labels for method in engine.list_methods()}


def make_request(
    choices: TrainingChoices, parent: ModelInfo | None, table: Path | None = None
) -> RunRequest:
    """Return what the engine is asked to do; the command line asks the same.

    Args:
        choices: Of the page.
        parent: The model that ``choices`` names.
        table: The labels made of judgements.

    Raises:
        InputError: FS-001 or FS-002, the choices do not fit together.
    """
    is_labelled = choices.source is not Source.NONE
    without_labels = next(name for name, needs in label_needs().items() if not needs)
    config = engine.compose_config(
        preset=choices.preset,
        method=(choices.method or None) if is_labelled else without_labels,
        parent=parent,
        settings={"num_bits": choices.num_bits},
    )
    has_folder = choices.source in (Source.FOLDERS, Source.NONE)
    split = str(table or "") if choices.source is Source.JUDGEMENTS else choices.table
    return engine.RunRequest(
        name=choices.name,
        config=config,
        folder=choices.folder if has_folder else "",
        split="" if has_folder else split,
        parent=parent.id if parent is not None else "",
    )


class TrainingMemory:
    """The choices of earlier trainings, by the model they started from.

    Args:
        file: Where they are kept; a damaged one counts as empty.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: dict[str, dict[str, Any]] = {}
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            self._kept = {key: dict(value) for key, value in kept["models"].items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            _log.warning("the settings of trainings could not be read", exc_info=True)

    def recall(self, parent: str) -> TrainingChoices | None:
        """Return what was chosen with a model the last time, None if it was never trained."""
        if parent not in self._kept:
            return None
        kept, defaults = self._kept[parent], TrainingChoices(parent=parent)
        values: dict[str, Any] = {}
        for name in _REMEMBERED:
            is_number = isinstance(getattr(defaults, name), int)
            if isinstance(kept.get(name), int if is_number else str):
                values[name] = kept[name]
        if values.get("source") not in tuple(Source):  # a newer version's
            values["source"] = Source.FOLDERS
        return replace(defaults, **{**values, "source": Source(values["source"])})

    def remember(self, choices: TrainingChoices) -> None:
        """Keep what was chosen with a model."""
        values = dataclasses.asdict(choices)
        self._kept[choices.parent] = {name: values[name] for name in _REMEMBERED}
        try:
            engine.write_json(self._file, {"models": self._kept})
        except OSError:  # a full disk must not stop the training
            _log.warning("the settings of trainings could not be written", exc_info=True)
