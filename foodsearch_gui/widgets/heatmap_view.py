"""A photo with a map laid over it: which places a bit comes from, in colours or in contours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

import engine
from foodsearch_gui.core.icons import icon_pixmap
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.core.wording import signed

if TYPE_CHECKING:
    from engine import BitMap

_RADIUS = 8.0
_ICON = 32
_ALL_GREY = 0.5  # opacity of a map from which on nothing of the photo's colours is left
_OUTSIDE = 110  # of 255: how dark the part is that the model does not see
PALETTES = ("auto", "viridis", "cividis")
PaletteName = Literal["auto", "viridis", "cividis"]
Scale = tuple[float, float]


class HeatmapView(QWidget):
    """Shows one picture whole, and a map over it.

    The pointer reads the places of the map, and so do the arrow keys.

    Signals:
        hovered (str): What is said of the place under the pointer, empty if there is none.

    Args:
        name: What a screen reader calls it.
    """

    hovered = Signal(str)

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: QPixmap | None = None
        self._words = ""
        self._map: BitMap | None = None
        self._scale: Scale | None = None
        self._opacity = 0.7
        self._has_contours = False
        self._palette: PaletteName = "auto"
        self._place: tuple[int, int] | None = None  # row and column of the cursor
        self._told = ""
        self._fitted = QPixmap()
        self._grey = QPixmap()  # of food the reds and browns would hide those of a map
        self._layer: QPixmap | None = None
        self.setAccessibleName(name or self.tr("Photo with its map"))
        self.setToolTip(self.tr("Point at a place or press the arrow keys to read its value"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_picture(self, picture: QImage | None, words: str = "") -> None:
        """Show a photo, or words; the map of the photo before is gone."""
        self._picture = None if picture is None else QPixmap.fromImage(picture)
        self._words = words
        self._fitted = QPixmap()
        self.show_map(None)

    def show_map(self, bit_map: BitMap | None, scale: Scale | None = None) -> None:
        """Lay a map over the photo.

        Args:
            bit_map: The map; None for the photo alone.
            scale: Values of the first and the last colour, where maps are compared.
        """
        before = self._map
        self._map, self._scale, self._layer = bit_map, scale, None
        if before is None or bit_map is None or before.values.shape != bit_map.values.shape:
            self._place = None
        self._tell()
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Let the photo shine through: 0 hides the colours, 1 the photo. Contours stay."""
        self._opacity = opacity
        self.update()

    def set_contours(self, is_on: bool) -> None:
        """Draw lines of equal value instead of colours."""
        self._has_contours, self._layer = is_on, None
        self.update()

    def set_palette(self, name: str) -> None:
        """Colour maps with one of :data:`PALETTES`."""
        assert name in PALETTES
        self._palette, self._layer = cast(PaletteName, name), None
        self.update()

    @property
    def bit_map(self) -> BitMap | None:
        """The map that is shown."""
        return self._map

    @property
    def has_picture(self) -> bool:
        """Whether a photo is shown."""
        return self._picture is not None

    def describe_place(self) -> str:
        """Return what is said of the place under the pointer or the cursor."""
        if self._map is None or self._place is None:
            return ""
        return describe_place(self._map, *self._place)

    def area_in(self, room: QSize) -> int:
        """Return how many pixels the photo would cover in a room."""
        size = self._fitting(room)
        return size.width() * size.height()

    def picture_area(self) -> QRect:
        """Return where the photo is drawn."""
        size = self._fitting(self.size())
        area = QRect(0, 0, size.width(), size.height())
        area.moveCenter(self.rect().center())
        return area

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(420, 315)

    def minimumSizeHint(self) -> QSize:
        """Return the least at which places can be told apart."""
        return QSize(120, 90)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the photo, the map, and a frame around the place of the cursor."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if self._picture is None:
            self._paint_placeholder(painter)
        else:
            self._paint_picture(painter, self._picture)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours_for(self.palette()).frame), 2))
            painter.drawRoundedRect(
                QRectF(self.picture_area()).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS
            )
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the place under the pointer."""
        self._move_to(self._place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Read nothing any more."""
        self._move_to(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move from place to place with the arrow keys; Escape leaves the map."""
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        key = Qt.Key(event.key())
        if self._map is None or (key not in steps and key != Qt.Key.Key_Escape):
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape:
            self._move_to(None)
        else:
            rows, columns = self._map.values.shape
            row, column = self._place or (rows // 2, columns // 2)
            down, across = steps[key] if self._place is not None else (0, 0)
            row, column = (
                min(max(row + down, 0), rows - 1),
                min(max(column + across, 0), columns - 1),
            )
            self._move_to((row, column))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Read nothing any more."""
        super().focusOutEvent(event)
        self._move_to(None)

    def _fitting(self, room: QSize) -> QSize:
        size = self._picture.size() if self._picture is not None else QSize(4, 3)
        return size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)

    def _place_at(self, position: QPointF) -> tuple[int, int] | None:
        area, found = QRectF(self.picture_area()), self._map
        if found is None or self._picture is None or not area.contains(position):
            return None
        width, height = found.picture_size
        x = (position.x() - area.left()) / area.width() * width
        y = (position.y() - area.top()) / area.height() * height
        left, top, right, bottom = found.region
        if not (left <= x < right and top <= y < bottom):
            return None
        rows, columns = found.values.shape
        return int((y - top) / (bottom - top) * rows), int((x - left) / (right - left) * columns)

    def _move_to(self, place: tuple[int, int] | None) -> None:
        if place != self._place:
            self._place = place
            self._tell()
            self.update()

    def _tell(self) -> None:
        words = self.describe_place()
        if words != self._told:
            self._told = words
            self.hovered.emit(words)
        caption = str(self._map.caption) if self._map is not None else self._words
        self.setAccessibleDescription(words or caption)
        event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        QAccessible.updateAccessibility(event)

    def _paint_picture(self, painter: QPainter, picture: QPixmap) -> None:
        area = self.picture_area()
        wanted = area.size() * self.devicePixelRatioF()
        if self._fitted.size() != wanted:
            self._fitted = picture.scaled(
                wanted,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self._grey = in_grey(self._fitted)
            self._layer = None
        corners = QPainterPath()
        corners.addRoundedRect(QRectF(area), _RADIUS, _RADIUS)
        painter.save()
        painter.setClipPath(corners)
        painter.drawPixmap(area, self._fitted)
        if self._map is not None:
            if not self._has_contours:
                painter.setOpacity(min(1.0, self._opacity / _ALL_GREY))
                painter.drawPixmap(area, self._grey)
                painter.setOpacity(1.0)
            self._paint_map(painter, area, self._map)
        painter.restore()

    def _paint_map(self, painter: QPainter, area: QRect, bit_map: BitMap) -> None:
        if self._layer is None:
            self._layer = self._render(bit_map)
        seen = self._on_screen(_box(bit_map.region), area, bit_map)
        unseen = QPainterPath()
        unseen.addRect(QRectF(area))
        unseen.addRect(seen)  # a hole, by the odd-even rule
        painter.fillPath(unseen, QColor(0, 0, 0, _OUTSIDE))
        painter.setOpacity(1.0 if self._has_contours else self._opacity)
        painter.drawPixmap(area, self._layer)
        painter.setOpacity(1.0)
        if self._place is not None:
            self._paint_cursor(painter, area, bit_map, self._place)

    def _paint_cursor(
        self, painter: QPainter, area: QRect, bit_map: BitMap, place: tuple[int, int]
    ) -> None:
        left, top, right, bottom = bit_map.region
        rows, columns = bit_map.values.shape
        across, down = (right - left) / columns, (bottom - top) / rows
        cell = QRectF(left + place[1] * across, top + place[0] * down, across, down)
        frame = self._on_screen(cell, area, bit_map)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # White in black is seen on every photo and every colour of a map.
        for colour, width in ((Qt.GlobalColor.black, 4.0), (Qt.GlobalColor.white, 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(frame)

    def _on_screen(self, box: QRectF, area: QRect, bit_map: BitMap) -> QRectF:
        width, height = bit_map.picture_size
        across, down = area.width() / width, area.height() / height
        return QRectF(
            area.left() + box.left() * across,
            area.top() + box.top() * down,
            box.width() * across,
            box.height() * down,
        )

    def _render(self, bit_map: BitMap) -> QPixmap:
        size = self._fitted.size()
        pixels = engine.render_map(
            bit_map,
            size.width(),
            size.height(),
            opacity=1.0,
            palette=self._palette,
            scale=self._scale,
            contours=self._has_contours,
        )
        return QPixmap.fromImage(rgba_image(pixels.tobytes(), size))

    def _paint_placeholder(self, painter: QPainter) -> None:
        colours = colours_for(self.palette())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.rail))
        painter.drawRoundedRect(QRectF(self.picture_area()), _RADIUS, _RADIUS)
        if self._words:
            painter.setPen(QColor(colours.secondary))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.picture_area().adjusted(8, 8, -8, -8), flags, self._words)
            return
        sign = icon_pixmap("photo", _ICON, colours.secondary, self.devicePixelRatioF())
        box = QRect(0, 0, _ICON, _ICON)
        box.moveCenter(self.rect().center())
        painter.drawPixmap(box, sign)


def describe_place(bit_map: BitMap, row: int, column: int) -> str:
    """Return what a place of a map says, e.g. ``Row 2, column 5 of 7 × 7: +0.12, towards on.``."""
    rows, columns = bit_map.values.shape
    value = float(bit_map.values[row, column])
    place = (
        _tr("Row %1, column %2 of %3 × %4")
        .replace("%1", str(row + 1))
        .replace("%2", str(column + 1))
        .replace("%3", str(rows))
        .replace("%4", str(columns))
    )
    if not bit_map.signed:
        mean = float(bit_map.values.mean())
        times = f"{value / mean:.1f}" if mean > 0 else "0"
        said = _tr("%1 times the average of all places").replace("%1", times)
    elif bit_map.kind == "exact":
        words = _tr("%1, towards on") if value > 0 else _tr("%1, towards off")
        if bit_map.bit is None:  # of a match
            words = _tr("%1, for the match") if value > 0 else _tr("%1, against the match")
        said = words.replace("%1", signed(value))
    else:
        most = float(abs(bit_map.values).max())
        share = f"{100 * abs(value) / most:.0f}" if most > 0 else "0"
        text = _tr("%1 % of the strongest place, towards on")
        if value <= 0:
            text = _tr("%1 % of the strongest place, towards off")
        said = text.replace("%1", share)
    return f"{place}: {said}."


def in_grey(picture: QPixmap) -> QPixmap:
    """Return a picture without its colours."""
    return QPixmap.fromImage(picture.toImage().convertToFormat(QImage.Format.Format_Grayscale8))


def rgba_image(pixels: bytes, size: QSize) -> QImage:
    """Return RGBA pixels as a picture of its own."""
    view = QImage(
        pixels, size.width(), size.height(), 4 * size.width(), QImage.Format.Format_RGBA8888
    )
    return view.copy()  # the view does not keep the bytes alive


def _box(region: tuple[float, float, float, float]) -> QRectF:
    left, top, right, bottom = region
    return QRectF(left, top, right - left, bottom - top)


def _tr(text: str) -> str:
    return QCoreApplication.translate("HeatmapView", text)
