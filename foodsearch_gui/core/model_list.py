"""The installed models and how far their indexes are, read in the library worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

if TYPE_CHECKING:
    from engine import Catalogue, Coverage, Message, ModelInfo, ModelStore
    from foodsearch_gui.core.session import Session


@dataclass(frozen=True)
class Models:
    """The store at one moment.

    Attributes:
        usable: Models that can be used.
        broken: What lies among them but cannot, with the reason.
        coverage: Of the open library, by model key; empty without a library.
    """

    usable: tuple[ModelInfo, ...] = ()
    broken: tuple[tuple[Path, Message], ...] = ()
    coverage: Mapping[str, Coverage] = field(default_factory=dict)


def read_models(store: ModelStore, catalogue: Catalogue | None) -> Models:
    """Read all models, and their coverage if a library is open."""
    usable = tuple(store.list())
    coverage = {m.key: catalogue.coverage(m.key) for m in usable} if catalogue is not None else {}
    return Models(usable, tuple(store.broken()), coverage)


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
        for signal in (session.catalogue_changed, session.index_changed, session.photos_changed):
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
            lambda _context: read_models(session.store, catalogue),
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
