"""Curves over a common axis that can be watched while they grow, pointed at, and listened to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QEnterEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from foodsearch_gui.core import wording
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.widgets import plot_axes
from foodsearch_gui.widgets.curve_painter import (
    Curve,
    CurvePainter,
    Level,
    Mark,
    Reading,
    Scene,
)
from foodsearch_gui.widgets.plot_axes import Axis, Values

REPAINT_MS = 200
_PAGE = 0.1  # of the points seen that Page Up and Page Down skip
_HEADROOM = 0.3  # of the range, for the words at a mark
_PRESSES = 100  # times an arrow key must be pressed at most to walk through a curve


@dataclass(frozen=True)
class Series:
    """Values of one curve.

    Attributes:
        name: What it is called in the legend.
        xs: Places along the horizontal axis, ascending.
        ys: Values there; None and NaN are gaps.
    """

    name: str
    xs: Sequence[float]
    ys: Sequence[float | None]


class CurvePlot(QWidget):
    """Some curves; the pointer or the arrow keys read values, also aloud.

    However often values come, they are painted at most five times a second.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: tuple[Series, ...] = ()
        self._curves: tuple[Curve, ...] = ()
        self._captions = ("", "", "")
        self._mark: Mark | None = None
        self._level: Level | None = None
        self._placeholder = self.tr("No values yet.")
        self._is_log = self._is_recent = self._hides_outliers = False
        self._scene = Scene((), Axis(0, 1), Axis(0, 1))
        self._cursor: float | None = None
        self._is_stale = False
        self._stops: Values | None = None  # places of the cursor, known when first needed
        self._painted = float("-inf")
        self._layer = QPixmap()  # all but the cursor, so that the pointer moves without effort
        self._area = QRectF()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._refresh)
        self.setAccessibleName(self.tr("Plot"))
        self.setToolTip(self.tr("Point at a curve or press the arrow keys to read its values"))
        self.setWhatsThis(
            self.tr(
                "Where many values share a place, the line shows their mean and the band behind "
                "it reaches from the lowest to the highest."
            )
        )
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._build()

    def set_series(self, series: Sequence[Series]) -> None:
        """Show these curves instead of the ones before."""
        self._series = tuple(series)
        self._schedule()

    def set_captions(self, title: str, x: str, y: str) -> None:
        """Name the plot and its axes; an empty caption takes no room."""
        self._captions = (title, x, y)
        self.setAccessibleName(title or self.tr("Plot"))
        self._schedule()

    def set_placeholder(self, text: str) -> None:
        """Say why there is no curve, in place of the curves."""
        self._placeholder = text
        self._schedule()

    def set_mark(self, x: float, y: float, text: str) -> None:
        """Mark one point, such as the best one."""
        self._mark = Mark(x, y, text)
        self._schedule()

    def clear_mark(self) -> None:
        """Mark no point any more."""
        self._mark = None
        self._schedule()

    def set_level(self, y: float | None, text: str = "") -> None:
        """Draw a dashed line at a height to compare the curves with; None for no line."""
        self._level = None if y is None else Level(y, text)
        self._schedule()

    def set_log(self, is_on: bool) -> None:
        """Make equal ratios equally high; values that are not positive cannot be shown then."""
        self._is_log = is_on
        self._refresh()

    def set_recent_only(self, is_on: bool) -> None:
        """Show the last fifth only."""
        self._is_recent = is_on
        self._refresh()

    def set_hide_outliers(self, is_on: bool) -> None:
        """Let rare far values lie outside, so that the others get more room."""
        self._hides_outliers = is_on
        self._refresh()

    def to_image(self, size: QSize | None = None, scale: float = 2.0) -> QImage:
        """Return the plot as a picture.

        Args:
            size: In logical pixels; that of the widget by default.
            scale: Pixels of the picture per logical pixel.
        """
        self._build()
        image = QImage((size or self.size()) * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        image.fill(self.palette().window().color())
        painter = QPainter(image)
        room = QRectF(0, 0, image.width() / scale, image.height() / scale)
        self._painter_for(painter, room).paint()
        painter.end()
        return image

    def readings(self) -> list[Reading]:
        """Return the value of each curve nearest to the cursor; none without a cursor."""
        if self._cursor is None:
            return []
        low, high = self._scene.across.low, self._scene.across.high
        found = []
        for number, curve in enumerate(self._curves):
            shown = np.isfinite(curve.ys) & (curve.xs >= low) & (curve.xs <= high)
            if self._is_log:
                shown &= curve.ys > 0
            places = np.flatnonzero(shown)
            if len(places):
                place = places[np.argmin(np.abs(curve.xs[places] - self._cursor))]
                x, y = float(curve.xs[place]), float(curve.ys[place])
                found.append(Reading(number, curve.name, x, y))
        return found

    def sizeHint(self) -> QSize:
        """Return a size in which a curve can be read."""
        unit = self.fontMetrics().height()
        return QSize(26 * unit, 17 * unit)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which the ticks would cover each other."""
        unit = self.fontMetrics().height()
        return QSize(14 * unit, 12 * unit)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the curves, and the cursor over them."""
        ratio = self.devicePixelRatioF()
        if self._layer.size() != self.size() * ratio:
            self._layer = QPixmap(self.size() * ratio)
            self._layer.setDevicePixelRatio(ratio)
            self._layer.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._layer)
            curves = self._painter_for(painter, QRectF(self.rect()))
            curves.paint()
            self._area = curves.area
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._layer)
        curves = self._painter_for(painter, QRectF(self.rect()))
        if self.hasFocus():
            curves.paint_focus()
        if self._cursor is not None:
            curves.paint_cursor(self._cursor, self._cursor_caption(), self.readings())
        painter.end()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while nobody looked."""
        super().showEvent(event)
        if self._is_stale:
            self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Follow theme and font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._layer = QPixmap()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Read values where the pointer comes in."""
        self._point_at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read values where the pointer is."""
        self._point_at(event.position().x())

    def leaveEvent(self, event: QEvent) -> None:
        """Stop reading."""
        self._set_cursor(None)

    def event(self, event: QEvent) -> bool:
        """Show no tool tip over the values that are read."""
        if event.type() == QEvent.Type.ToolTip and self._cursor is not None:
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor with the arrow keys, Home, End and the Page keys; Esc takes it away."""
        places = self._places()
        step = max(1, round(len(places) / _PRESSES))
        page = max(step, round(_PAGE * len(places)))
        steps = {
            Qt.Key.Key_Left: -step,
            Qt.Key.Key_Right: step,
            Qt.Key.Key_PageUp: page,
            Qt.Key.Key_PageDown: -page,
            Qt.Key.Key_Home: -len(places),
            Qt.Key.Key_End: len(places),
        }
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and self._cursor is not None:
            self._set_cursor(None)
        elif key in steps and len(places):
            now = len(places) - 1  # where the newest values are
            if self._cursor is not None:
                now = int(np.argmin(np.abs(places - self._cursor))) + steps[key]
            elif key == Qt.Key.Key_Home:
                now = 0
            self._set_cursor(float(places[min(max(now, 0), len(places) - 1)]))
            self._say()
        else:
            super().keyPressEvent(event)

    def _schedule(self) -> None:
        """Build and paint anew: at once if the last time was long ago, else soon."""
        self._is_stale = True
        if not self.isVisible() or self._timer.isActive():
            return
        passed = 1000 * (time.monotonic() - self._painted)
        if passed >= REPAINT_MS:
            self._refresh()
        else:
            self._timer.start(int(REPAINT_MS - passed) + 1)

    @Slot()
    def _refresh(self) -> None:
        self._painted = time.monotonic()
        self._build()
        self._layer = QPixmap()
        self.update()

    def _build(self) -> None:
        """Make the scene of what was set last."""
        if self._is_stale:
            self._curves = tuple(_curve(series) for series in self._series)
            self._is_stale = False
        self._stops = None
        known = [curve.xs[np.isfinite(curve.ys)] for curve in self._curves]
        xs = np.concatenate(known) if known else np.empty(0)
        low, high = plot_axes.across(xs)
        if self._is_recent:
            low, high = plot_axes.recent(low, high)
        ys = [curve.ys[(curve.xs >= low) & (curve.xs <= high)] for curve in self._curves]
        if self._level is not None and len(known):
            ys.append(np.array([self._level.y]))
        values = np.concatenate(ys) if ys else np.empty(0)
        is_marked = self._mark is not None and low <= self._mark.x <= high
        upright = plot_axes.upright(
            values,
            is_log=self._is_log,
            hides_outliers=self._hides_outliers,
            headroom=_HEADROOM if is_marked else 0.0,
        )
        title, x_caption, y_caption = self._captions
        self._scene = Scene(
            curves=self._curves,
            across=Axis(low, high),
            upright=upright,
            title=title,
            x_caption=x_caption,
            y_caption=y_caption,
            is_whole=bool(np.all(xs == np.round(xs))),
            mark=self._mark,
            level=self._level,
            note=self._note(values, upright),
            placeholder=self._placeholder,
        )
        self.setAccessibleDescription(self._said())

    def _note(self, values: Values, upright: Axis) -> str:
        """Return what is not to be seen: a plot must not leave values out without a word."""
        finite = values[np.isfinite(values)]
        if self._is_log and (nothing := int(np.count_nonzero(finite <= 0))):
            return self.tr("%1 not above 0 left out").replace("%1", wording.values(nothing))
        places = upright.place(finite)
        if outside := int(np.count_nonzero((places < 0) | (places > 1))):
            return self.tr("%1 outside").replace("%1", wording.values(outside))
        return ""

    def _painter_for(self, painter: QPainter, room: QRectF) -> CurvePainter:
        colours = colours_for(self.palette())
        return CurvePainter(painter, room, self.font(), colours, self._scene)

    def _places(self) -> Values:
        """Return where the cursor may stand: at every value that is to be seen."""
        if self._stops is None:
            low, high = self._scene.across.low, self._scene.across.high
            known = [curve.xs[np.isfinite(curve.ys)] for curve in self._curves]
            places = np.unique(np.concatenate(known)) if known else np.empty(0)
            self._stops = places[(places >= low) & (places <= high)]
        return self._stops

    def _point_at(self, x: float) -> None:
        places = self._places()
        if not len(places) or not self._area.isValid():
            return
        wanted = self._scene.across.value((x - self._area.left()) / self._area.width())
        self._set_cursor(float(places[np.argmin(np.abs(places - wanted))]))

    def _set_cursor(self, x: float | None) -> None:
        if x != self._cursor:
            self._cursor = x
            self.setAccessibleDescription(self._said())
            self.update()

    def _say(self) -> None:
        event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        QAccessible.updateAccessibility(event)

    def _cursor_caption(self) -> str:
        assert self._cursor is not None
        return f"{self._captions[1]} {wording.figure(self._cursor)}".strip()

    def _said(self) -> str:
        """Return what a screen reader says: values at the cursor, or the last ones."""
        if self._cursor is not None and (readings := self.readings()):
            values = (f"{r.name} {wording.figure(r.y)}" for r in readings)
            return f"{self._cursor_caption()}: {', '.join(values)}."
        texts = [text for curve in self._curves if (text := self._summary(curve))]
        texts += [f"{note.text}." for note in (self._mark, self._level) if note is not None]
        return " ".join([*texts, self._scene.note]).strip() or self._placeholder

    def _summary(self, curve: Curve) -> str:
        known = np.flatnonzero(np.isfinite(curve.ys))
        if not len(known):
            return ""
        values = curve.ys[known]
        return (
            self.tr("%1: last %2, lowest %3, highest %4.")
            .replace("%1", curve.name)
            .replace("%2", wording.figure(float(values[-1])))
            .replace("%3", wording.figure(float(values.min())))
            .replace("%4", wording.figure(float(values.max())))
        )


def _curve(series: Series) -> Curve:
    xs, ys = np.array(series.xs, dtype=np.float64), np.array(series.ys, dtype=np.float64)
    ys[~(np.abs(ys) < plot_axes.LARGEST)] = np.nan
    is_placed = np.isfinite(xs)
    return Curve(series.name, xs[is_placed], ys[is_placed])
