"""What the squares of a strip of bits mean: each sign with its word."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.widgets.bit_strip import paint_bit
from foodsearch_gui.widgets.flow_layout import FlowLayout

_CELL = 14
_GAP = 12


class BitLegend(QWidget):
    """The signs in a row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bit-legend")
        row = FlowLayout(_GAP, self)
        for is_one, differs, words in (
            (True, False, self.tr("on")),
            (False, False, self.tr("off")),
            (False, True, self.tr("the match differs")),
        ):
            row.addWidget(_LegendEntry(is_one, differs, words))


class _LegendEntry(QLabel):
    """A square as in the strip, and beside it what it means."""

    def __init__(self, is_one: bool, differs: bool, words: str) -> None:
        super().__init__(words)
        self._is_one, self._differs = is_one, differs
        self.setProperty("isHint", True)
        self.setIndent(_CELL + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words, then the square."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cell = QRect(0, (self.height() - _CELL) // 2, _CELL, _CELL)
        if self.isRightToLeft():
            cell.moveRight(self.width() - 1)
        paint_bit(painter, colours_for(self.palette()), cell, self._is_one, self._differs)
        painter.end()
