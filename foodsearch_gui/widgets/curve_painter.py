"""Paints curves: axes, lines that differ in dash and marker, legend, a mark, values at a cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from foodsearch_gui.core import wording
from foodsearch_gui.core.theme import Colours
from foodsearch_gui.widgets import curve_look, curve_notes, plot_axes
from foodsearch_gui.widgets.plot_axes import Axis, Values

_MARKER_EVERY = 64  # pixels between two markers of a curve of many points
_MARKER_LEAST = 14  # pixels between two points that both have one
_TICKS = 7  # at the side of a high plot
_COLUMN = 4.0  # pixels in which many points are put together
_BAND = 0.25  # opacity of the range of values behind their mean
_GAP = 6
_PAD = 10
_RADIUS = 8.0


@dataclass(frozen=True)
class Curve:
    """A line through points; places and values of equal length, NaN where there is a gap."""

    name: str
    xs: Values
    ys: Values


@dataclass(frozen=True)
class Mark:
    """A point that is named in the plot."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Level:
    """A height that is named in the plot, for the curves to be compared with."""

    y: float
    text: str


@dataclass(frozen=True)
class Reading:
    """The point of a curve that is nearest to the cursor; ``number`` is that of the curve."""

    number: int
    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Scene:
    """All that is to be painted.

    Attributes:
        curves: The lines.
        across: Horizontal axis.
        upright: Vertical axis.
        title: Heading.
        x_caption: What the horizontal axis counts.
        y_caption: What the vertical axis measures.
        is_whole: Whether positions are whole numbers.
        mark: A named point, if any.
        level: A named height, if any.
        note: What is not to be seen.
        placeholder: Words in place of curves that have no value.
    """

    curves: tuple[Curve, ...]
    across: Axis
    upright: Axis
    title: str = ""
    x_caption: str = ""
    y_caption: str = ""
    is_whole: bool = False
    mark: Mark | None = None
    level: Level | None = None
    note: str = ""
    placeholder: str = ""


class CurvePainter:
    """Paints one scene in one place.

    Args:
        painter: Where to paint.
        room: The whole card.
        font: Of all texts.
        colours: Of the theme.
        scene: What to paint.

    Attributes:
        area: Where the curves are.
    """

    def __init__(
        self, painter: QPainter, room: QRectF, font: QFont, colours: Colours, scene: Scene
    ) -> None:
        self._painter = painter
        self._room = room
        self._font = font
        self._bold = QFont(font)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._metrics = QFontMetricsF(font)
        self._colours = colours
        self._scene = scene
        self._line = self._metrics.height()
        self._legend: list[tuple[int, QPointF]] = []
        top = self._lay_out_head()
        bottom = room.bottom() - _PAD - self._line - 4
        if scene.x_caption or scene.note:
            bottom -= self._line + 2
        self._y_ticks = scene.upright.ticks(
            min(_TICKS, max(3, int((bottom - top) / (2 * self._line))))
        )
        self._y_texts = _tick_texts(self._y_ticks, is_log=scene.upright.is_log)
        width = max(map(self._metrics.horizontalAdvance, self._y_texts), default=0.0)
        left = room.left() + _PAD + width + _GAP
        self.area = QRectF(left, top, max(1.0, room.right() - _PAD - left), max(1.0, bottom - top))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # numbers grow to the right
        painter.setFont(font)

    def paint(self) -> None:
        """Paint everything but the cursor."""
        self._paint_card()
        if any(np.isfinite(curve.ys).any() for curve in self._scene.curves):
            self._paint_axes()
            self._painter.save()
            self._painter.setClipRect(self.area.adjusted(-5, -2, 5, 2))
            for number, curve in enumerate(self._scene.curves):
                self._paint_curve(number, curve)
            self._painter.restore()
            self._paint_notes()
        else:
            self._paint_placeholder()

    def paint_cursor(self, x: float, caption: str, readings: Sequence[Reading]) -> None:
        """Paint a line at ``x`` and a plate with the values there."""
        across = self._point(x, self._scene.upright.low).x()
        painter, area = self._painter, self.area
        painter.setPen(QPen(QColor(self._colours.control), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(across, area.top()), QPointF(across, area.bottom()))
        for reading in readings:
            point = self._point(reading.x, reading.y)
            if area.adjusted(-1, -1, 1, 1).contains(point):
                self._paint_marker(reading.number, point, curve_look.MARKER + 1.4)
        self._paint_plate(across, caption, readings)

    def paint_focus(self) -> None:
        """Paint the frame of the widget that has the keyboard."""
        self._painter.setPen(QPen(QColor(self._colours.frame), 2))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawRoundedRect(self._room.adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)

    def _point(self, x: float, y: float) -> QPointF:
        places = self._pixels(np.array([x]), np.array([y]))
        return QPointF(float(places[0][0]), float(places[1][0]))

    def _pixels(self, xs: Values, ys: Values) -> tuple[Values, Values]:
        across = self.area.left() + self._scene.across.place(xs) * self.area.width()
        upright = self.area.bottom() - self._scene.upright.place(ys) * self.area.height()
        # Far outliers would overflow the rasteriser.
        limit = 20 * self.area.height()
        return across, np.clip(upright, -limit, limit)

    def _lay_out_head(self) -> float:
        """Find places for title, caption and legend; return where the curves may begin."""
        room, scene = self._room, self._scene
        y = room.top() + _PAD
        if scene.title:
            y += QFontMetricsF(self._bold).height() + 2
        self._caption_top = y
        left, end = room.left() + _PAD, room.right() - _PAD
        indent = self._metrics.horizontalAdvance(scene.y_caption) + 2 * _PAD
        x = left + (indent if scene.y_caption else 0)
        if len(scene.curves) > 1:
            for number, curve in enumerate(scene.curves):
                width = curve_look.SAMPLE + _GAP + self._metrics.horizontalAdvance(curve.name)
                if x > left and x + width > end:
                    x, y = left, y + self._line + 2
                self._legend.append((number, QPointF(x, y)))
                x += width + 2 * _PAD
        has_line = bool(scene.y_caption or self._legend)
        return y + (self._line if has_line else 0) + _GAP + self._line / 2

    def _paint_card(self) -> None:
        painter, room, colours = self._painter, self._room, self._colours
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(room.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        width = room.width() - 2 * _PAD
        painter.setFont(self._bold)
        self._text(QPointF(room.left() + _PAD, room.top() + _PAD), width, self._scene.title)
        painter.setFont(self._font)
        at = QPointF(room.left() + _PAD, self._caption_top)
        self._text(at, width, self._scene.y_caption, colours.secondary)
        for number, at in self._legend:
            self._paint_sample(number, at)
            at += QPointF(curve_look.SAMPLE + _GAP, 0)
            self._text(at, room.right() - _PAD - at.x(), self._scene.curves[number].name)

    def _paint_axes(self) -> None:
        painter, area, colours, scene = self._painter, self.area, self._colours, self._scene
        half = self._line / 2
        for tick, text in zip(self._y_ticks, self._y_texts, strict=True):
            y = self._point(scene.across.low, tick).y()
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            box = QRectF(self._room.left(), y - half, area.left() - _GAP - self._room.left(), 0)
            box.setHeight(self._line)
            self._aligned(box, text, Qt.AlignmentFlag.AlignRight)
        for tick, text in self._x_ticks():
            x = self._point(tick, scene.upright.low).x()
            painter.setPen(QPen(QColor(colours.control), 1))
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 3))
            wide = self._metrics.horizontalAdvance(text) + 2
            left = min(x - wide / 2, self._room.right() - wide - 2)
            box = QRectF(left, area.bottom() + 4, wide, self._line)
            self._aligned(box, text, Qt.AlignmentFlag.AlignHCenter)
        painter.setPen(QPen(QColor(colours.control), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        last = QRectF(area.left(), area.bottom() + 6 + self._line, area.width(), self._line)
        last.setLeft(self._room.left() + _PAD)
        caption = self._metrics.elidedText(
            scene.x_caption, Qt.TextElideMode.ElideRight, last.width()
        )
        self._aligned(last, caption, Qt.AlignmentFlag.AlignRight)
        used = self._metrics.horizontalAdvance(caption)
        self._text(last.topLeft(), last.width() - used - _PAD, scene.note, colours.secondary)

    def _x_ticks(self) -> list[tuple[float, str]]:
        scene = self._scene
        widest = self._metrics.horizontalAdvance("00000")
        most = max(2, int(self.area.width() / (1.4 * widest)))
        ticks = scene.across.ticks(most, is_whole=scene.is_whole)
        return list(zip(ticks, _tick_texts(ticks), strict=True))

    def _paint_curve(self, number: int, curve: Curve) -> None:
        across, upright = self._pixels(curve.xs, curve.ys)
        if len(across) > 1 and np.all(across[1:] >= across[:-1]):
            first, last = np.searchsorted(across, (self.area.left(), self.area.right()))
            seen = slice(max(0, first - 1), last + 1)  # lines go on to a point outside
            across, upright = across[seen], upright[seen]
            if len(across) > 1.5 * self.area.width() / _COLUMN:
                columns = plot_axes.by_column(across, upright, _COLUMN)
                self._paint_band(number, columns)
                across, upright = columns.places, columns.mean
        self._painter.setPen(curve_look.pen(self._colours, number))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        for part in _unbroken(upright):
            self._painter.drawPolyline(_polygon(across[part], upright[part]))
        for place in _marked(across, np.isfinite(upright), number):
            at = QPointF(float(across[place]), float(upright[place]))
            self._paint_marker(number, at)

    def _paint_band(self, number: int, columns: plot_axes.Columns) -> None:
        """Paint the range of the values where many share a column."""
        colour = QColor(curve_look.colour(self._colours, number))
        colour.setAlphaF(_BAND)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(colour)
        for part in _unbroken(columns.mean):
            across = columns.places[part]
            # Half a pixel each: a constant must not vanish.
            edge = np.r_[columns.highest[part] + 0.5, columns.lowest[part][::-1] - 0.5]
            self._painter.drawPolygon(_polygon(np.r_[across, across[::-1]], edge))

    def _paint_marker(self, number: int, at: QPointF, half: float = curve_look.MARKER) -> None:
        curve_look.paint_marker(self._painter, self._colours, number, at, half)

    def _paint_sample(self, number: int, at: QPointF) -> None:
        middle = at + QPointF(0, self._line / 2)
        curve_look.paint_sample(self._painter, self._colours, number, middle)

    def _paint_notes(self) -> None:
        """Paint the level behind the mark: the words of the mark matter more."""
        mark, level, area = self._scene.mark, self._scene.level, self.area
        if level is not None:
            y = self._point(self._scene.across.low, level.y).y()
            if area.top() <= y <= area.bottom():
                curve_notes.paint_level(self._painter, self._colours, area, y, level.text)
        if mark is not None and math.isfinite(mark.y):
            at = self._point(mark.x, mark.y)
            if area.adjusted(-2, -2, 2, 2).contains(at):
                curve_notes.paint_mark(self._painter, self._colours, area, at, mark.text)

    def _paint_plate(self, across: float, caption: str, readings: Sequence[Reading]) -> None:
        values = [wording.figure(reading.y) for reading in readings]
        texts = [r.name for r in readings]
        named = max(map(self._metrics.horizontalAdvance, texts), default=0.0)
        valued = max(map(self._metrics.horizontalAdvance, values), default=0.0)
        inner = max(
            curve_look.SAMPLE + 2 * _GAP + named + _PAD + valued,
            self._metrics.horizontalAdvance(caption),
        )
        height = (len(readings) + 1) * (self._line + 2) + _PAD
        left = across + 10
        if left + inner + 2 * _GAP > self._room.right() - 4:
            left = max(self._room.left() + 4, across - 10 - inner - 2 * _GAP)
        plate = QRectF(left, self.area.top(), inner + 2 * _GAP, height)
        curve_notes.paint_back(self._painter, self._colours, plate, 5)
        at = plate.topLeft() + QPointF(_GAP, _PAD / 2)
        self._text(at, inner, caption, self._colours.secondary)
        for reading, text, value in zip(readings, texts, values, strict=True):
            at += QPointF(0, self._line + 2)
            self._paint_sample(reading.number, at)
            self._text(at + QPointF(curve_look.SAMPLE + _GAP, 0), named + 2, text)
            self._aligned(
                QRectF(at.x(), at.y(), inner, self._line),
                value,
                Qt.AlignmentFlag.AlignRight,
                self._colours.text,
            )

    def _paint_placeholder(self) -> None:
        self._painter.setPen(QColor(self._colours.secondary))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        self._painter.drawText(self.area, flags, self._scene.placeholder)

    def _text(self, at: QPointF, width: float, text: str, colour: str = "") -> None:
        if not text:
            return
        metrics = QFontMetricsF(self._painter.font())
        self._painter.setPen(QColor(colour or self._colours.text))
        # A fraction of a pixel must not cost a letter.
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width + 1)
        box = QRectF(at.x(), at.y(), width + 2, metrics.height())
        self._painter.drawText(
            box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown
        )

    def _aligned(
        self, box: QRectF, text: str, alignment: Qt.AlignmentFlag, colour: str = ""
    ) -> None:
        self._painter.setPen(QColor(colour or self._colours.secondary))
        self._painter.drawText(box, alignment | Qt.AlignmentFlag.AlignVCenter, text)


def _tick_texts(ticks: Sequence[float], *, is_log: bool = False) -> list[str]:
    count = plot_axes.digits(ticks)
    if ticks and (count > 5 or max(map(abs, ticks)) >= 1e6):
        return [wording.figure(tick) for tick in ticks]
    if is_log:  # 0.001 and 100 need not have as many decimals as each other
        return [wording.decimal(tick, plot_axes.digits([tick])) for tick in ticks]
    return [wording.decimal(tick, count) for tick in ticks]


def _unbroken(heights: Values) -> list[slice]:
    """Return the parts without a gap that have at least two points."""
    is_known = np.r_[False, np.isfinite(heights), False]
    edges = np.flatnonzero(is_known[1:] != is_known[:-1]).tolist()
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [slice(first, end) for first, end in pairs if end - first > 1]


def _polygon(across: Values, upright: Values) -> QPolygonF:
    points = zip(across.tolist(), upright.tolist(), strict=True)
    return QPolygonF([QPointF(x, y) for x, y in points])


def _marked(across: Values, is_known: np.ndarray, number: int) -> list[int]:
    """Return which points get a marker: each if there is room, else some, and each lonely one."""
    known = np.flatnonzero(is_known)
    if not len(known):
        return []
    span = across[known[-1]] - across[known[0]]
    if span >= _MARKER_LEAST * (len(known) - 1):
        return [int(place) for place in known]
    before = np.r_[False, is_known[:-1]]
    after = np.r_[is_known[1:], False]
    places = set(np.flatnonzero(is_known & ~before & ~after).tolist())
    # Each curve begins elsewhere, so that curves that lie on each other can be told apart.
    start = across[known[0]] + _MARKER_EVERY * (0.2 + 0.3 * (number % 3))
    for x in np.arange(start, across[known[-1]], _MARKER_EVERY):
        places.add(int(known[min(np.searchsorted(across[known], x), len(known) - 1)]))
    return sorted(places)
