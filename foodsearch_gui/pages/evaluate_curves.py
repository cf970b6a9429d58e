"""The curves of one result or two: precision of the first N, and precision against recall."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from foodsearch_gui.core import evaluation_texts as texts
from foodsearch_gui.core.evaluation_store import Evaluation, Shown
from foodsearch_gui.widgets.curve_plot import CurvePlot, Series

_MOST_RANKS = 100  # what somebody looks through; reports have all
_BESIDE = 560  # pixels at which two plots stand side by side


class EvaluateCurves(QWidget):
    """Two plots, side by side where there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluate-curves")
        self.precision = CurvePlot()
        self.precision.setObjectName("evaluate-precision")
        self.recall = CurvePlot()
        self.recall.setObjectName("evaluate-recall")
        self.precision.set_captions(
            self.tr("Precision of the first N (P@N)"),
            self.tr("N, results looked at"),
            self.tr("share that is right"),
        )
        self.recall.set_captions(
            self.tr("Precision and recall, by rank"),
            self.tr("recall: share of all right photos that is found"),
            self.tr("share that is right"),
        )
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(16)
        for plot in (self.precision, self.recall):
            plot.setMinimumSize(220, 170)
            self._row.addWidget(plot, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 8, 2, 2)
        column.addLayout(self._row, 1)

    def set_shown(self, shown: Shown) -> None:
        """Show the curves of one or two results."""
        names = texts.names([one.kept for one in shown.evaluations])
        pairs = list(zip(names, shown.evaluations, strict=True))
        self.precision.set_series([_by_length(name, one) for name, one in pairs])
        self.recall.set_series([_by_recall(name, one) for name, one in pairs])

    def minimumSizeHint(self) -> QSize:
        """Return the least for both beside each other; hidden, they may stand as they did."""
        return QSize(260, 240)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the plots beside or below each other."""
        super().resizeEvent(event)
        is_wide = self.width() >= _BESIDE
        self._row.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )


def _by_length(name: str, evaluation: Evaluation) -> Series:
    curve = evaluation.result["curves"]["by_rank"]
    count = sum(rank <= _MOST_RANKS for rank in curve["ranks"])
    return Series(name, curve["ranks"][:count], curve["precision"][:count])


def _by_recall(name: str, evaluation: Evaluation) -> Series:
    curve = evaluation.result["curves"]["by_rank"]
    return Series(name, curve["recall"], curve["precision"])
