"""Which model is used where none is named: the user's choice, else what the program comes with."""

from __future__ import annotations

from pathlib import Path

from engine.models.manifest import read_json
from engine.storage import write_json

CHOICE = "default.json"


class DefaultModel:
    """Two small files that name a model each: one the user's, one beside the bundled models.

    The latter is the one place that says which of the bundled models is the default.

    Args:
        installed: Folder of the user's models.
        bundled: Folder of the bundled ones.
    """

    def __init__(self, installed: Path, bundled: Path) -> None:
        self._chosen = installed / CHOICE
        self._bundled = bundled / CHOICE

    @property
    def chosen(self) -> str | None:
        """Id of the model the user chose; whether that still exists is another question."""
        return _read(self._chosen)

    @property
    def bundled(self) -> str | None:
        """Id of the model the program comes with for this."""
        return _read(self._bundled)

    def choose(self, id: str) -> None:
        """Remember the user's choice."""
        write_json(self._chosen, {"id": id})


def _read(path: Path) -> str | None:
    try:
        id = read_json(path.read_bytes()).get("id")
    except (OSError, ValueError):  # nothing chosen yet, or the choice is lost
        return None
    return id if isinstance(id, str) else None
