"""The headline figures of one result or two, each with what it means in plain words."""

from __future__ import annotations

from itertools import chain

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from foodsearch_gui.core import evaluation_texts as texts
from foodsearch_gui.core.evaluation_store import Shown
from foodsearch_gui.core.evaluation_texts import Figure


class EvaluateSummary(QScrollArea):
    """A table of figures; with two models their difference and whether it is clear."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluate-summary")
        self.setAccessibleName(self.tr("Figures"))
        self.setToolTip(self.tr("The main figures; point at one to read how it is defined"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)

    def set_shown(self, shown: Shown) -> None:
        """Show the figures of one or two results."""
        body = QWidget()
        body.setObjectName("scroll_content")
        column = QVBoxLayout(body)
        column.setContentsMargins(2, 8, 8, 8)
        column.setSpacing(10)
        if headline := self._headline(shown):
            column.addWidget(headline)
        column.addLayout(self._table(shown))
        if shown.difference is not None:
            names = texts.names([one.kept for one in shown.evaluations])
            column.addWidget(self._wrapped(texts.difference_sign(*names), is_soft=True))
        column.addSpacing(6)
        for line in self._notes(shown):
            column.addWidget(self._wrapped(line, is_soft=True))
        column.addStretch(1)
        self.setWidget(body)

    def _headline(self, shown: Shown) -> QLabel | None:
        """Return whether one of two models is better, or why that cannot be said."""
        if len(shown.evaluations) < 2:
            return None
        if shown.difference is None:
            label = self._wrapped(self.tr("Measured on different photos or with other lists."))
            label.setObjectName("evaluate-difference")
            return label
        names = texts.names([one.kept for one in shown.evaluations])
        label = self._wrapped(texts.difference_line(shown.difference, names[0], names[1]))
        label.setObjectName("evaluate-difference")
        label.setToolTip(texts.difference_hint(shown.difference))
        font = label.font()
        font.setWeight(QFont.Weight.DemiBold)
        label.setFont(font)
        return label

    def _table(self, shown: Shown) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(9)
        columns = [texts.figures(one.result) for one in shown.evaluations]
        is_pair = len(columns) == 2
        if is_pair:
            heads = texts.names([one.kept for one in shown.evaluations])
            for place, name in enumerate([*heads, self.tr("Difference")], 1):
                head = self._wrapped(name, is_soft=True)
                head.setAlignment(Qt.AlignmentFlag.AlignRight)
                grid.addWidget(head, 0, place)
        for row, group in enumerate(zip(*columns, strict=True), 1):
            self._add_figure(grid, row, group)
        grid.setColumnStretch(len(columns) + (2 if is_pair else 1), 1)
        return grid

    def _add_figure(self, grid: QGridLayout, row: int, group: tuple[Figure, ...]) -> None:
        figure = group[0]
        name = QLabel(figure.name)
        words = self._wrapped(figure.words, is_soft=True)
        values = [QLabel(one.text) for one in group]
        if len(group) == 2:
            change = QLabel(_change(group[0], group[1]))
            values.append(change)
        for label in values:
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        for label in (name, *values):
            font = label.font()
            font.setPointSizeF(font.pointSizeF() * 1.15)
            font.setWeight(QFont.Weight.DemiBold if label is not name else QFont.Weight.Normal)
            label.setFont(font)
        for place, label in enumerate(chain((name,), values, (words,))):
            label.setToolTip(figure.definition)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, row, place, Qt.AlignmentFlag.AlignTop)
        for label, one in zip(values, group, strict=False):
            label.setAccessibleName(f"{figure.name}: {one.text}, {figure.words}")

    def _notes(self, shown: Shown) -> list[str]:
        lines = [texts.task_line(one.result) for one in shown.evaluations]
        for one in shown.evaluations:
            lines += texts.task_notes(one.result)
        if shown.obstacle is not None:
            lines.append(f"{shown.obstacle.cause} {shown.obstacle.advice}")
        return list(dict.fromkeys(lines))

    def _wrapped(self, text: str, *, is_soft: bool = False) -> QLabel:
        label = QLabel(text)
        label.setWordWrap(True)
        label.setProperty("isHint", is_soft)
        return label


def _change(first: Figure, second: Figure) -> str:
    """Return the difference; what is in per cent or milliseconds has none worth a column."""
    if first.more_is_better is None:
        return ""
    return texts.signed(second.value - first.value)
