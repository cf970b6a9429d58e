"""Words laid over curves: a point that is named, and a height to compare the curves with."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from foodsearch_gui.core.theme import Colours

_RING = 7
_AWAY = 11  # from the middle of the ring to its words
_DASHES = (7, 4)


def paint_mark(painter: QPainter, colours: Colours, area: QRectF, at: QPointF, text: str) -> None:
    """Paint a ring around a point, and words above it, or below it where there is no room."""
    painter.setPen(QPen(QColor(colours.text), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at, _RING, _RING)
    plate = _plate(painter, text)
    left = min(max(at.x() - plate.width() / 2, area.left()), area.right() - plate.width())
    top = at.y() - _AWAY - plate.height()
    plate.moveTo(left, top if top >= area.top() else at.y() + _AWAY)
    paint_back(painter, colours, plate, plate.height() / 2)
    _write(painter, colours.text, plate, text)


def paint_level(painter: QPainter, colours: Colours, area: QRectF, y: float, text: str) -> None:
    """Paint a dashed line across, with its words at the end, below the line if there is room."""
    pen = QPen(QColor(colours.secondary), 1.5)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern(_DASHES)
    painter.setPen(pen)
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
    plate = _plate(painter, text)
    is_low = y + 2 + plate.height() > area.bottom()
    plate.moveTo(area.right() - plate.width(), y - 2 - plate.height() if is_low else y + 2)
    back = QColor(colours.raised)
    back.setAlphaF(0.85)
    painter.fillRect(plate, back)
    _write(painter, colours.secondary, plate, text)


def paint_back(painter: QPainter, colours: Colours, plate: QRectF, radius: float) -> None:
    """Paint what words stand on, so that curves behind them do not disturb."""
    back = QColor(colours.base)
    back.setAlphaF(0.94)
    painter.setPen(QPen(QColor(colours.control), 1))
    painter.setBrush(back)
    painter.drawRoundedRect(plate, radius, radius)


def _plate(painter: QPainter, text: str) -> QRectF:
    metrics = QFontMetricsF(painter.font())
    return QRectF(0, 0, metrics.horizontalAdvance(text) + 12, metrics.height() + 4)


def _write(painter: QPainter, colour: str, plate: QRectF, text: str) -> None:
    painter.setPen(QColor(colour))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
