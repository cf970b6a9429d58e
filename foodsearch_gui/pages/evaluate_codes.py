"""How the codes are used: balance and correlation of the bits, and a map of all codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core import wording
from foodsearch_gui.core.evaluation_store import Evaluation
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.widgets.bit_charts import BalanceChart, CorrelationChart
from foodsearch_gui.widgets.code_map_view import CodeMapView
from foodsearch_gui.widgets.elided_box import ElidedBox
from foodsearch_gui.widgets.page_stack import PageStack
from foodsearch_gui.widgets.section import Section

_BESIDE = 560  # pixels at which two charts stand side by side


class EvaluateBits(QWidget):
    """Balance and correlation with what they say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluate-bits")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.balance = BalanceChart()
        self.balance.setObjectName("evaluate-balance")
        self.correlation = CorrelationChart()
        self.correlation.setObjectName("evaluate-correlation")
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(18)
        for title, hint, chart in (
            (
                self.tr("Balance"),
                self.tr(
                    "How many photos each bit is on for. Half of them is best: the dashed line."
                ),
                self.balance,
            ),
            (
                self.tr("Correlation"),
                self.tr("Where two bits say the same, one of them is wasted. Faint is best."),
                self.correlation,
            ),
        ):
            self._row.addWidget(_section(title, hint, chart), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 8, 2, 2)
        column.setSpacing(10)
        column.addWidget(self.words)
        column.addLayout(self._row, 1)

    def set_evaluation(self, evaluation: Evaluation) -> None:
        """Show the bits of a result."""
        bits = evaluation.result["bit_use"]
        text = self.tr(
            "%1 of %2 photos have a code of their own. On average a bit tells %3 of the 1 bit of "
            "information it could."
        )
        if constant := bits["constant_bits"]:
            never = self.tr("%4 bits are the same in all photos and tell nothing.")
            one = self.tr("One bit is the same in all photos and tells nothing.")
            text += " " + (one if constant == 1 else never)
        for number, value in enumerate(
            (
                wording.count(bits["distinct_codes"]),
                wording.count(bits["codes"]),
                wording.decimal(bits["mean_entropy"], 2),
                wording.count(bits["constant_bits"]),
            ),
            1,
        ):
            text = text.replace(f"%{number}", value)
        self.words.setText(text)
        self.balance.set_ones(bits["ones"])
        self.correlation.set_matrix(
            bits["correlation"], bits["mean_abs_correlation"], bits["max_abs_correlation"]
        )

    def minimumSizeHint(self) -> QSize:
        """Return the least for both beside each other; hidden, they may stand as they did."""
        return QSize(260, 240)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the charts beside or below each other."""
        super().resizeEvent(event)
        is_wide = self.width() >= _BESIDE
        self._row.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )


class EvaluateMap(QWidget):
    """The map, with a box that brings out one dish.

    Signals:
        opened (Path): The user wants to search with a photo.

    Args:
        thumbs: Makes the thumbnails.
    """

    opened = Signal(Path)

    def __init__(self, thumbs: ThumbPool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluate-map")
        self.view = CodeMapView(thumbs)
        self.view.setObjectName("evaluate-map-view")
        self.view.opened.connect(self.opened)
        self.dish = ElidedBox()
        self.dish.setObjectName("evaluate-map-dish")
        self.dish.setAccessibleName(self.tr("Dish to bring out"))
        self.dish.setToolTip(self.tr("Bring out the photos of one dish"))
        self.dish.setMinimumContentsLength(14)
        self.dish.activated.connect(self._choose)
        self.hint = QLabel(
            self.tr(
                "Photos with similar codes lie near each other. The size of a group and the "
                "distance between far groups mean nothing."
            )
        )
        self.hint.setWordWrap(True)
        self.hint.setProperty("isHint", True)
        self._none = QLabel(self.tr("A map needs at least eight photos."))
        self._stack = PageStack()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._none)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.hint, 1)
        row.addWidget(self.dish)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 8, 2, 2)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._stack, 1)

    def set_evaluation(self, evaluation: Evaluation) -> None:
        """Show the map of a result."""
        found = evaluation.result.get("map_of_codes")
        self._stack.setCurrentWidget(self.view if found else self._none)
        self.dish.setEnabled(bool(found))
        self.dish.clear()
        self.dish.addItem(self.tr("All dishes"), None)
        if not found:
            return
        for number, label in enumerate(found["labels"]):
            self.dish.addItem(wording.label(label) or self.tr("without a label"), number)
        self.view.set_map(
            lambda mark: evaluation.path(found["photos"][mark]),
            found["labels"],
            found["label"],
            np.column_stack([found["x"], found["y"]]).astype(np.float64),
        )

    @Slot()
    def _choose(self) -> None:
        self.view.set_dish(self.dish.currentData())


def _section(title: str, hint: str, chart: QWidget) -> Section:
    section = Section(title)
    label = QLabel(hint)
    label.setWordWrap(True)
    label.setProperty("isHint", True)
    section.column.addWidget(label)
    section.column.addWidget(chart, 1)
    return section
