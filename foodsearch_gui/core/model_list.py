"""The installed models and how far their indexes are, read in the library worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

import engine

if TYPE_CHECKING:
    from engine import (
        Catalogue,
        Coverage,
        Device,
        EncodeTime,
        LibraryCodes,
        Message,
        ModelInfo,
        ModelStore,
        Paths,
    )
    from foodsearch_gui.core.session import Session


@dataclass(frozen=True)
class Models:
    """The store at one moment.

    Attributes:
        usable: Models that can be used.
        broken: What lies among them but cannot, with the reason.
        coverage: Of the open library, by model key; empty without a library.
        libraries: All libraries on this computer.
        spare: About how many bytes the codes of models take that are gone.
        times: How long a photo takes on this computer's device, by model key.
    """

    usable: tuple[ModelInfo, ...] = ()
    broken: tuple[tuple[Path, Message], ...] = ()
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    libraries: tuple[LibraryCodes, ...] = ()
    spare: int = 0
    times: Mapping[str, EncodeTime] = field(default_factory=dict)

    def find(self, model_id: str | None) -> ModelInfo | None:
        """Return the usable model of an id, None if there is none."""
        return next((model for model in self.usable if model.id == model_id), None)


def read_models(
    paths: Paths, store: ModelStore, catalogue: Catalogue | None, device: Device | None
) -> Models:
    """Read all models and libraries, and how fast the models are on the device."""
    usable = tuple(store.list())
    libraries = tuple(engine.list_codes(paths))
    speeds = engine.EncodeTimes(paths)
    times = {m.key: speeds.get(m.key, device) for m in usable} if device is not None else {}
    return Models(
        usable,
        tuple(store.broken()),
        {m.key: catalogue.coverage(m.key) for m in usable} if catalogue is not None else {},
        libraries,
        engine.spare_bytes(store, libraries),
        {key: time for key, time in times.items() if time is not None},
    )


class ModelList(QObject):
    """Keeps :class:`Models` fresh.

    Signals:
        changed: :attr:`models` is new.

    Args:
        session: Whose models and library.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.models = Models()
        self._session = session
        self._is_reading = False
        self._is_stale = False
        for signal in (
            *(session.catalogue_changed, session.index_changed, session.photos_changed),
            session.engine_changed,
        ):
            signal.connect(self.refresh)

    @property
    def is_settled(self) -> bool:
        """Whether what was asked for has arrived."""
        return not self._is_reading

    @Slot()
    def refresh(self) -> None:
        """Read again; while a reading is on, once more after it."""
        if self._is_reading:
            self._is_stale = True
            return
        self._is_reading, self._is_stale = True, False
        session, catalogue = self._session, self._session.catalogue
        handle = session.run(
            "model-list",
            session.library_worker,
            self.tr("Reading the models"),
            lambda _context: read_models(session.paths, session.store, catalogue, session.device),
            self._take,
            interactive=True,
        )
        handle.finished.connect(self._finish)

    @Slot(object)
    def _take(self, models: Models) -> None:
        if not self._is_stale:  # else an older library's coverage would flash up
            self.models = models
            self.changed.emit()

    @Slot()
    def _finish(self) -> None:
        self._is_reading = False
        if self._is_stale:
            self.refresh()
