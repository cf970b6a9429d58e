"""How curves are told apart: each has a dash and a marker of its own besides its colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from foodsearch_gui.core.theme import Colours

MARKER = 3.4  # half its side
SAMPLE = 30  # width of a line in the legend
_LINE = 1.8
_DASHES = ((), (6, 3), (1.5, 2.2), (9, 3, 1.5, 3), (3, 3), (9, 2.5, 1.5, 2.5, 1.5, 2.5))
_MARKERS = ("circle", "square", "triangle", "diamond", "cross", "plus", "ring")


def colour(colours: Colours, number: int) -> str:
    """Return the colour of a curve."""
    return colours.curves[number % len(colours.curves)]


def pen(colours: Colours, number: int) -> QPen:
    """Return what draws the line of a curve."""
    made = QPen(QColor(colour(colours, number)), _LINE)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dash := _DASHES[number % len(_DASHES)]:
        made.setDashPattern(dash)
    return made


def paint_sample(painter: QPainter, colours: Colours, number: int, start: QPointF) -> None:
    """Paint a piece of a curve for a legend."""
    painter.setPen(pen(colours, number))
    painter.drawLine(start, start + QPointF(SAMPLE, 0))
    paint_marker(painter, colours, number, start + QPointF(SAMPLE / 2, 0))


def paint_marker(
    painter: QPainter, colours: Colours, number: int, at: QPointF, half: float = MARKER
) -> None:
    """Paint the marker of a curve; a rim sets it off from the lines behind it."""
    kind = _MARKERS[number % len(_MARKERS)]
    path = _outline(kind, at, half)
    is_open = kind in ("cross", "plus")
    rim = QColor(colours.raised)
    painter.setPen(QPen(rim, 4.6 if is_open else 2.0))
    painter.setBrush(rim)
    painter.drawPath(path)
    own = QColor(colour(colours, number))
    painter.setPen(QPen(own, 2.0 if is_open or kind == "ring" else 1.0))
    painter.setBrush(rim if kind == "ring" else own)
    painter.drawPath(path)


def _outline(kind: str, at: QPointF, half: float) -> QPainterPath:
    path = QPainterPath()
    if kind in ("circle", "ring"):
        path.addEllipse(at, half, half)
    elif kind == "square":
        path.addRect(QRectF(at.x() - 0.9 * half, at.y() - 0.9 * half, 1.8 * half, 1.8 * half))
    elif kind in ("cross", "plus"):
        a, b = (half, half) if kind == "cross" else (1.3 * half, 0.0)
        for dx, dy in ((a, b), (-b, a)):
            path.moveTo(at - QPointF(dx, dy))
            path.lineTo(at + QPointF(dx, dy))
    else:
        corners = (
            [(0, -1.25), (1.15, 0.85), (-1.15, 0.85)]
            if kind == "triangle"
            else [(0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)]
        )
        path.addPolygon(QPolygonF([at + QPointF(half * x, half * y) for x, y in corners]))
        path.closeSubpath()
    return path
