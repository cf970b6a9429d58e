"""Measures how far the suggestions of the open library can be believed, once it is indexed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

if TYPE_CHECKING:
    from engine import Searcher
    from foodsearch_gui.core.session import Session

_LEAST = 50  # photos; of fewer the engine can tell nothing
_GROWN = 1.2  # times as many photos as were measured: they are measured anew


class SuggestionCheck(QObject):
    """Starts the measuring when it is due; what it finds is kept beside the index.

    Args:
        session: Library, model and workers.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._measured: tuple[str, str, int] | None = None  # library, model, photos
        session.index_changed.connect(self._look)

    @Slot()
    def _look(self) -> None:
        session = self._session
        searcher, coverage, model = session.searcher, session.coverage, session.model
        if searcher is None or coverage is None or model is None or session.catalogue is None:
            return
        is_busy = any(map(session.running, ("scan", "index", "suggestions")))
        if is_busy or coverage.indexed < max(_LEAST, coverage.total):
            return
        now = (session.catalogue.name, model.key, coverage.indexed)
        before, self._measured = self._measured, now
        if before is None or before[:2] != now[:2]:
            if searcher.calibration is not None:
                return  # kept from an earlier day
        elif now[2] < _GROWN * before[2]:
            self._measured = before
            return
        session.run(
            "suggestions",
            session.library_worker,
            self.tr("Checking the suggestions"),
            searcher.calibrate,
            partial(self._take, searcher),
        )

    def _take(self, searcher: Searcher, _nothing: None) -> None:
        if self._session.searcher is searcher:
            self._session.index_changed.emit()
