"""Reads the reports of models in the library worker and remembers the last few."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from foodsearch_gui.core.model_report import TrainingReport, read_training

if TYPE_CHECKING:
    from engine import ModelInfo
    from foodsearch_gui.core.session import Session

_REMEMBERED = 16


class ModelReports(QObject):
    """Training reports by model.

    Signals:
        arrived: A report asked for is there.

    Args:
        session: Whose worker reads them.
    """

    arrived = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._reports: OrderedDict[str, TrainingReport | None] = OrderedDict()
        self._asked: set[str] = set()

    @property
    def is_settled(self) -> bool:
        """Whether everything asked for has arrived."""
        return not self._asked

    def get(self, model: ModelInfo) -> TrainingReport | None:
        """Return a model's report, None if it has none or is being read."""
        if model.key in self._reports:
            self._reports.move_to_end(model.key)
            return self._reports[model.key]
        if model.key not in self._asked:
            self._asked.add(model.key)
            handle = self._session.library_worker.submit(
                self.tr("Reading the report of %1").replace("%1", model.name),
                lambda _context: read_training(model),
                interactive=True,
            )
            handle.succeeded.connect(partial(self._take, model.key))
            handle.finished.connect(partial(self._asked.discard, model.key))
        return None

    def _take(self, key: str, report: TrainingReport | None) -> None:
        self._reports[key] = report
        while len(self._reports) > _REMEMBERED:
            self._reports.popitem(last=False)
        self._asked.discard(key)
        self.arrived.emit()
