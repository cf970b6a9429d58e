"""A map of codes: one mark a photo, near where the codes are near; pointing shows the photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
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
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from foodsearch_gui.core import wording
from foodsearch_gui.core.theme import Colours, colours_for
from foodsearch_gui.core.thumb_pool import LooseFile, ThumbPool
from foodsearch_gui.widgets import curve_look

_MARGIN = 26
_REACH = 14.0  # how far from a mark the pointer may be
_HALF = 3.0  # of a mark
_STAMP = 14  # side of a mark's picture, with its rim
_THUMB = 120
_PAD = 8
_MOST_NAMES = 24
_FAINT = 0.16
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class CodeMapView(QWidget):
    """The map; dishes differ in colour and in the shape of their marks.

    Signals:
        opened (Path): The user wants to search with this photo.

    Args:
        thumbs: Makes the thumbnails.
    """

    opened = Signal(Path)

    def __init__(self, thumbs: ThumbPool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbs = thumbs
        self._path_of: Callable[[int], Path] = lambda _mark: Path()
        self._labels: tuple[str, ...] = ()
        self._label_of: NDArray[np.int64] = np.zeros(0, np.int64)
        self._places: NDArray[np.float64] = np.zeros((0, 2))
        self._walk: list[int] = []
        self._dish: int | None = None
        self._current: int | None = None
        self._layer = QPixmap()  # all marks, so that the pointer moves without effort
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Map of the codes"))
        self.setToolTip(
            self.tr("Point at a mark, or press the arrow keys; Enter searches with its photo")
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        thumbs.ready.connect(self._take)

    def set_map(
        self,
        path_of: Callable[[int], Path],
        labels: Sequence[str],
        label_of: Sequence[int],
        places: NDArray[np.float64],
    ) -> None:
        """Show a map.

        Args:
            path_of: Tells the photo of a mark, once it is pointed at.
            labels: The dishes.
            label_of: Which dish each mark is of.
            places: −1 to 1, shape (marks, 2).
        """
        self._path_of = path_of
        self._labels = tuple(labels)
        self._label_of = np.array(label_of, np.int64)
        # Far distances mean nothing, so the map may fill the room it has.
        reach = np.abs(places).max(axis=0, initial=1e-9)
        self._places = places / reach
        self._walk = np.lexsort((places[:, 0], self._label_of)).tolist() if len(places) else []
        self._current = self._dish = None
        text = self.tr("%1 of %2 dishes").replace("%1", wording.photos(len(places)))
        self.setAccessibleDescription(text.replace("%2", wording.count(len(labels))))
        self._redraw()

    def set_dish(self, number: int | None) -> None:
        """Bring out one dish, None for all alike."""
        self._dish = number
        self._redraw()

    @property
    def current(self) -> int | None:
        """The mark whose photo is shown."""
        return self._current

    def place_of(self, mark: int) -> QPointF:
        """Return where a mark is drawn."""
        return QPointF(*self._drawn()[mark].tolist())

    def sizeHint(self) -> QSize:
        """Return a readable size."""
        return QSize(620, 460)

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(240, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the marks, and the photo that is pointed at."""
        if self._layer.isNull():
            self._layer = self._draw_layer()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._layer)
        if self._current is not None:
            painter.setRenderHints(
                QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
            )
            self._paint_card(painter, self._current)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours_for(self.palette()).frame), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew."""
        self._redraw()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._redraw()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the photo under the pointer."""
        self._point_at(self._mark_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Show none."""
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the photo under the pointer with a double click; see below."""
        self._point_at(self._mark_at(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the photo under the pointer."""
        self._point_at(self._mark_at(event.position()))
        self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the photos, dish by dish, or open one."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        elif key in _STEPS and self._walk:
            marks = [m for m in self._walk if self._dish in (None, int(self._label_of[m]))]
            place = marks.index(self._current) if self._current in marks else -_STEPS[key]
            self._point_at(marks[(place + _STEPS[key]) % len(marks)])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus."""
        super().focusOutEvent(event)
        self.update()

    def _open(self) -> None:
        if self._current is not None:
            self.opened.emit(self._path_of(self._current))

    def _point_at(self, mark: int | None) -> None:
        if mark == self._current:
            return
        self._current = mark
        if mark is not None:
            photo = LooseFile(self._path_of(mark))
            label = wording.label(self._labels[self._label_of[mark]])
            name = wording.path(photo.path.name)
            self.setAccessibleDescription(f"{label} · {name}".strip(" ·"))
        self.update()

    def _mark_at(self, place: QPointF) -> int | None:
        if not len(self._places):
            return None
        distances = np.hypot(*(self._drawn() - (place.x(), place.y())).T)
        if self._dish is not None:
            distances[self._label_of != self._dish] = np.inf
        nearest = int(distances.argmin())
        return nearest if distances[nearest] <= _REACH else None

    def _drawn(self) -> NDArray[np.float64]:
        """Return where the marks are drawn, shape (marks, 2)."""
        field = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        half = np.array([field.width() / 2, -field.height() / 2])  # upwards is less
        middle = np.array([field.center().x(), field.center().y()])
        drawn: NDArray[np.float64] = self._places * half + middle
        return drawn

    def _redraw(self) -> None:
        self._layer = QPixmap()
        self.update()

    def _draw_layer(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        layer = QPixmap(self.size() * ratio)
        layer.setDevicePixelRatio(ratio)
        colours = colours_for(self.palette())
        layer.fill(QColor(colours.base))
        painter = QPainter(layer)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        order = self._walk
        if self._dish is not None:  # the chosen one on top
            order = sorted(order, key=lambda mark: self._label_of[mark] == self._dish)
        drawn, labels = self._drawn().tolist(), self._label_of.tolist()
        stamps = [_stamp(colours, label, ratio) for label in range(len(self._labels))]
        for mark in order:
            label = labels[mark]
            painter.setOpacity(1.0 if self._dish in (None, label) else _FAINT)
            x, y = drawn[mark]
            painter.drawPixmap(QPointF(x - _STAMP / 2, y - _STAMP / 2), stamps[label])
        painter.setOpacity(1.0)
        self._paint_names(painter, colours)
        painter.end()
        return layer

    def _paint_names(self, painter: QPainter, colours: Colours) -> None:
        """Write the names of dishes in the middle of their marks, as far as they have room."""
        wanted = range(len(self._labels)) if self._dish is None else [self._dish]
        metrics, drawn = self.fontMetrics(), self._drawn()
        taken: list[QRectF] = []
        for label in list(wanted)[:_MOST_NAMES]:
            marks = np.flatnonzero(self._label_of == label)
            if not len(marks):
                continue
            middle = np.median(drawn[marks], axis=0)
            text = wording.label(self._labels[label])
            box = QRectF(metrics.boundingRect(text)).adjusted(-4, -1, 4, 1)
            box.moveCenter(QPointF(*middle.tolist()))
            box.moveLeft(min(max(box.left(), 2), self.width() - box.width() - 2))
            if any(box.intersects(other) for other in taken):
                continue
            taken.append(box)
            painter.setPen(Qt.PenStyle.NoPen)
            plate = QColor(colours.base)
            plate.setAlphaF(0.82)
            painter.setBrush(plate)
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(QColor(colours.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_card(self, painter: QPainter, mark: int) -> None:
        """Paint the photo beside its mark, with its dish and name."""
        colours, place = colours_for(self.palette()), self.place_of(mark)
        painter.setPen(QPen(QColor(colours.text), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(place, _HALF + 4, _HALF + 4)
        metrics = self.fontMetrics()
        card = QRectF(0, 0, _THUMB + 2 * _PAD, _THUMB + 2 * _PAD + 2 * metrics.height())
        card.moveTopLeft(place + QPointF(14, 14))
        if card.right() > self.width() - 4:
            card.moveRight(place.x() - 14)
        if card.bottom() > self.height() - 4:
            card.moveBottom(max(place.y() - 14, card.height() + 4))
        card.moveLeft(max(card.left(), 4.0))
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(card, 8, 8)
        picture = QRectF(card.left() + _PAD, card.top() + _PAD, _THUMB, _THUMB)
        photo = LooseFile(self._path_of(mark))
        self._paint_photo(painter, picture, self._pixmap(photo))
        line = QRectF(picture.left(), picture.bottom() + 3, _THUMB, metrics.height())
        name = wording.path(photo.path.name)
        label = wording.label(self._labels[self._label_of[mark]])
        for text, colour in ((label, colours.text), (name, colours.secondary)):
            painter.setPen(QColor(colour))
            short = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, _THUMB)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, short)
            line.translate(0, metrics.height())

    def _paint_photo(self, painter: QPainter, box: QRectF, pixmap: QPixmap | None) -> None:
        painter.save()
        corners = QPainterPath()
        corners.addRoundedRect(box, 5, 5)
        painter.setClipPath(corners)
        painter.fillRect(box, QColor(colours_for(self.palette()).rail))
        if pixmap is not None:
            size = pixmap.size().scaled(_THUMB, _THUMB, Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(box.center())
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
        painter.restore()

    def _pixmap(self, photo: LooseFile) -> QPixmap | None:
        pixels = round(_THUMB * self.devicePixelRatioF())
        if self._thumbs.failure(photo, pixels) is not None:
            return None
        return self._thumbs.pixmap(photo, pixels, owner="code-map")

    @Slot(str, QImage)
    def _take(self, key: str, _image: QImage) -> None:
        photo = LooseFile(self._path_of(self._current)) if self._current is not None else None
        pixels = round(_THUMB * self.devicePixelRatioF())
        if photo is not None and self._thumbs.key(photo, pixels) == key:
            self.update()


def _stamp(colours: Colours, label: int, ratio: float) -> QPixmap:
    """Return the mark of a dish as a picture: thousands of outlines would take too long."""
    stamp = QPixmap(round(_STAMP * ratio), round(_STAMP * ratio))
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    painter = QPainter(stamp)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    curve_look.paint_marker(painter, colours, label, QPointF(_STAMP / 2, _STAMP / 2), _HALF)
    painter.end()
    return stamp
