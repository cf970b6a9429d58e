"""Empty tiles in place of results that are on their way; still, so that nothing distracts."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from foodsearch_gui.core.theme import colours_for


class SkeletonGrid(QWidget):
    """Draws tiles as the grid will place them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tile = QSize(192, 192)
        self._cell = QSize(204, 204)
        self.setAccessibleName(self.tr("Searching"))

    def set_tiles(self, tile: QSize, cell: QSize) -> None:
        """Take the sizes of the real grid."""
        self._tile, self._cell = tile, cell
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a picture's place and two lines of text in every tile."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_for(self.palette())
        painter.fillRect(self.rect(), QColor(colours.base))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.border))
        painter.setOpacity(0.55)
        columns = max(1, self.width() // self._cell.width())
        for row in range(-(-self.height() // self._cell.height())):
            for column in range(columns):
                self._paint_tile(painter, column * self._cell.width(), row * self._cell.height())
        painter.end()

    def _paint_tile(self, painter: QPainter, x: int, y: int) -> None:
        left = x + (self._cell.width() - self._tile.width()) / 2
        top = y + (self._cell.height() - self._tile.height()) / 2
        width, height = self._tile.width(), self._tile.width() * 0.75
        line = (self._tile.height() - height) / 5
        painter.drawRoundedRect(QRectF(left, top, width, height), 8, 8)
        painter.drawRoundedRect(QRectF(left, top + height + line, width * 0.7, line), 3, 3)
        painter.drawRoundedRect(QRectF(left, top + height + 3 * line, width * 0.45, line), 3, 3)
