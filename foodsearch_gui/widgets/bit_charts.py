"""Two charts of how a model uses its bits: their balance, and what they repeat of each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from foodsearch_gui.core import wording
from foodsearch_gui.core.theme import Colours, colours_for

_LEFT, _RIGHT, _TOP = 44, 8, 8


class BitChart(QWidget):
    """What both charts share: a square field, captions, and words for the bit under the pointer.

    Args:
        name: What a screen reader calls it.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(self.tr("Point at a bit to read its value"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Return a readable size."""
        return QSize(340, 260)

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(220, 180)

    def field(self) -> QRectF:
        """Return where the values are drawn."""
        bottom = 2.4 * self.fontMetrics().height()
        return QRectF(_LEFT, _TOP, self.width() - _LEFT - _RIGHT, self.height() - _TOP - bottom)

    def words_at(self, place: QPointF) -> str:
        """Return what is said of the value at a place."""
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        """Say the value under the pointer."""
        if isinstance(event, QHelpEvent) and (words := self.words_at(QPointF(event.pos()))):
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def _caption(self, painter: QPainter, colours: Colours, field: QRectF, text: str) -> None:
        painter.setPen(QColor(colours.secondary))
        line = QRectF(field.left(), field.bottom() + 1.1 * self.fontMetrics().height(), 0, 0)
        line.setWidth(field.width())
        line.setHeight(self.fontMetrics().height())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)

    def _numbers(self, painter: QPainter, colours: Colours, field: QRectF, count: int) -> None:
        """Write the numbers of some bits below the field."""
        painter.setPen(QColor(colours.secondary))
        height = self.fontMetrics().height()
        for bit in _round_bits(count):
            middle = field.left() + field.width() * (bit + 0.5) / count
            box = QRectF(middle - 24, field.bottom() + 2, 48, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(bit))


class BalanceChart(BitChart):
    """A column for each bit: the share of photos that have it; half is best."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(self.tr("Balance of the bits"))
        self._ones: tuple[float, ...] = ()

    def set_ones(self, ones: Sequence[float]) -> None:
        """Show these shares, 0 to 1."""
        self._ones = tuple(ones)
        text = self.tr("%1 bits, each on for between %2 and %3 % of the photos.")
        if self._ones:
            text = text.replace("%1", str(len(ones)))
            for place, share in (("%2", min(ones)), ("%3", max(ones))):
                text = text.replace(place, f"{100 * share:.0f}")
            self.setAccessibleDescription(text)
        self.update()

    def words_at(self, place: QPointF) -> str:
        """Return ``Bit 17: on for 48 % of the photos``."""
        field, count = self.field(), len(self._ones)
        bit = math.floor((place.x() - field.left()) / max(field.width(), 1) * count)
        if not 0 <= bit < count:
            return ""
        text = self.tr("Bit %1: on for %2 % of the photos")
        return text.replace("%1", str(bit)).replace("%2", f"{100 * self._ones[bit]:.0f}")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint columns and the line at one half."""
        painter = QPainter(self)
        colours, field = colours_for(self.palette()), self.field()
        height = self.fontMetrics().height()
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = field.bottom() - share * field.height()
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(field.left(), y), QPointF(field.right(), y))
            painter.setPen(QColor(colours.secondary))
            box = QRectF(0, y - height / 2, _LEFT - 6, height)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, flags, f"{100 * share:.0f} %")
        if self._ones:
            wide = field.width() / len(self._ones)
            for bit, share in enumerate(self._ones):
                column = QRectF(field.left() + wide * (bit + 0.1), 0, 0.8 * wide, 0)
                column.setTop(field.bottom() - share * field.height())
                column.setBottom(field.bottom())
                painter.fillRect(column, QColor(colours.frame))
            self._numbers(painter, colours, field, len(self._ones))
        half = QPen(QColor(colours.text), 1.4, Qt.PenStyle.DashLine)
        painter.setPen(half)
        middle = field.center().y()
        painter.drawLine(QPointF(field.left(), middle), QPointF(field.right(), middle))
        self._caption(painter, colours, field, self.tr("bit"))
        painter.end()


class CorrelationChart(BitChart):
    """A square for each pair of bits: strong where one repeats the other, or its opposite."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(self.tr("Correlation of the bits"))
        self._matrix: NDArray[np.float64] = np.zeros((0, 0))

    def set_matrix(self, matrix: Sequence[Sequence[float]], mean: float, largest: float) -> None:
        """Show correlations, −1 to 1.

        Args:
            matrix: Of each pair of bits.
            mean: Of the absolute values of two different bits.
            largest: Of them.
        """
        self._matrix = np.array(matrix, np.float64)
        text = self.tr("Two bits correlate by %1 on average, at most by %2.")
        text = text.replace("%1", f"{mean:.2f}").replace("%2", f"{largest:.2f}")
        self.setAccessibleDescription(text)
        self.update()

    def field(self) -> QRectF:
        """Return a square."""
        field = super().field()
        side = min(field.width(), field.height())
        return QRectF(field.left() + (field.width() - side) / 2, field.top(), side, side)

    def words_at(self, place: QPointF) -> str:
        """Return ``Bits 3 and 17: +0.41``."""
        field, count = self.field(), len(self._matrix)
        column = int((place.x() - field.left()) / max(field.width(), 1) * count)
        row = int((place.y() - field.top()) / max(field.height(), 1) * count)
        if not (count and 0 <= column < count and 0 <= row < count and field.contains(place)):
            return ""
        text = self.tr("Bits %1 and %2: %3")
        text = text.replace("%1", str(row)).replace("%2", str(column))
        return text.replace("%3", wording.signed(float(self._matrix[row, column])))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the matrix; positive and negative pairs differ in colour and in a stroke."""
        painter = QPainter(self)
        colours, field = colours_for(self.palette()), self.field()
        count = len(self._matrix)
        if count:
            painter.drawImage(field, self._image(colours))
            self._strike_negative(painter, colours, field)
            self._numbers(painter, colours, field, count)
            height = self.fontMetrics().height()
            for bit in _round_bits(count):
                middle = field.top() + field.height() * (bit + 0.5) / count
                box = QRectF(0, middle - height / 2, field.left() - 5, height)
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, flags, str(bit))
        painter.setPen(QColor(colours.border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(field)
        caption = self.tr("bit; blue = alike, orange with a stroke = opposite")
        self._caption(painter, colours, QRectF(0, 0, self.width(), field.bottom()), caption)
        painter.end()

    def _image(self, colours: Colours) -> QImage:
        """Return the matrix as a picture of one pixel a pair."""
        strength = np.abs(self._matrix)[..., None]
        colour = np.where(
            (self._matrix > 0)[..., None], _rgb(colours.frame), _rgb(colours.difference)
        )
        pixels = _rgb(colours.base) * (1 - strength) + colour * strength
        pixels = np.ascontiguousarray(np.clip(pixels, 0, 255).astype(np.uint8))
        side = len(self._matrix)
        image = QImage(pixels.tobytes(), side, side, 3 * side, QImage.Format.Format_RGB888)
        return image.copy()

    def _strike_negative(self, painter: QPainter, colours: Colours, field: QRectF) -> None:
        """Strike through pairs that are clearly opposite, for those who see no colours."""
        side = field.width() / len(self._matrix)
        painter.setPen(QPen(QColor(colours.text), 1))
        for row, column in np.argwhere(self._matrix < -0.3).tolist():
            corner = field.topLeft() + QPointF(column * side, row * side)
            painter.drawLine(corner, corner + QPointF(side, side))


def _rgb(colour: str) -> NDArray[np.float64]:
    made = QColor(colour)
    return np.array([made.red(), made.green(), made.blue()], np.float64)


def _round_bits(count: int) -> range:
    """Return the bits whose numbers are written: at most nine."""
    step = next(step for step in (1, 2, 4, 8, 16, 32, 64, 128, 256) if count / step <= 9)
    return range(0, count, step)
