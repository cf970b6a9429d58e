"""Some photos beside each other, each marked as right or wrong by a sign, a frame and a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QHelpEvent,
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
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine import EngineError
from foodsearch_gui.core.icons import icon_pixmap
from foodsearch_gui.core.theme import Colours, colours_for
from foodsearch_gui.core.thumb_pool import LooseFile, ThumbPool
from foodsearch_gui.widgets.photo_delegate import (
    draw_check_mark,
    draw_cross,
    draw_pixmap_filling,
)

_GAP = 6
_RADIUS = 6.0
_LEAST, _MOST = 3.8, 7.0  # width of a photo in heights of a line of text
_EDGE = 2  # room for the cursor
_ICON = 20


@dataclass(frozen=True)
class StripPhoto:
    """One photo.

    Attributes:
        path: The file.
        caption: What it shows, in words.
        is_right: Whether it is what was wanted; None where that is no question.
    """

    path: Path
    caption: str = ""
    is_right: bool | None = None


class PhotoStrip(QWidget):
    """Shows photos in one line, in more where there is little room; click or Enter chooses one.

    Signals:
        photo_activated (Path): The user wants to see a photo.

    Args:
        thumbs: Makes the pictures.
        name: What a screen reader calls the strip.
        has_captions: Whether the captions are written below the photos.
    """

    photo_activated = Signal(object)

    def __init__(
        self,
        thumbs: ThumbPool,
        name: str = "",
        *,
        has_captions: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._thumbs = thumbs
        self._photos: tuple[StripPhoto, ...] = ()
        self._keys: set[str] = set()
        self._current = 0
        self._has_captions = has_captions
        self.setAccessibleName(name or self.tr("Photos"))
        self.setToolTip(self.tr("Click a photo to see it large"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        thumbs.ready.connect(self._take_picture)
        thumbs.failed.connect(self._take_failure)

    def show_photos(self, photos: Sequence[StripPhoto]) -> None:
        """Show these photos instead of the ones before."""
        self._photos = tuple(photos)
        self._current = 0
        self._keys.clear()
        self.setAccessibleDescription(self._said())
        self._fit_height()
        self.updateGeometry()
        self.update()

    @property
    def photos(self) -> tuple[StripPhoto, ...]:
        """The photos that are shown."""
        return self._photos

    def cell(self, number: int) -> QRect:
        """Return where a photo is drawn."""
        row, column = divmod(number, self._per_row(self.width()))
        size = self._cell_size(self.width())
        x = _EDGE + column * (size.width() + _GAP)
        if self.isRightToLeft():
            x = self.width() - x - size.width()
        y = _EDGE + row * (size.height() + self._caption_height + _GAP)
        return QRect(QPoint(x, y), size)

    def describe(self, number: int) -> str:
        """Return e.g. ``curry: right, the same dish``."""
        photo = self._photos[number]
        caption = photo.caption or photo.path.name
        if photo.is_right is None:
            return caption
        word = self.tr("%1: right") if photo.is_right else self.tr("%1: wrong")
        return word.replace("%1", caption)

    def sizeHint(self) -> QSize:
        """Return the size of a single line of large photos."""
        count = max(1, len(self._photos))
        width = 2 * _EDGE + count * self._widest + (count - 1) * _GAP
        return QSize(width, self._height_for(width))

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing could be recognised."""
        width = 2 * _EDGE + self._narrowest
        return QSize(width, self._height_for(max(width, self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Begin another line where the room ends."""
        super().resizeEvent(event)
        self._fit_height()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the photos that are at hand, and ask for the others."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        colours = colours_for(self.palette())
        for number, photo in enumerate(self._photos):
            cell = self.cell(number)
            if not event.rect().intersects(cell):
                continue
            self._paint_picture(painter, colours, cell, photo)
            if photo.is_right is not None:
                paint_verdict(painter, colours, cell, photo.is_right)
            if self._has_captions:
                self._paint_caption(painter, colours, cell, photo.caption)
            if self.hasFocus() and number == self._current:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(colours.text), 1.5))
                around = QRectF(cell).adjusted(-1.2, -1.2, 1.2, 1.2)
                painter.drawRoundedRect(around, _RADIUS + 1, _RADIUS + 1)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrow keys, Home and End; Enter and Space choose."""
        per_row, last = self._per_row(self.width()), len(self._photos) - 1
        ahead = -1 if self.isRightToLeft() else 1
        steps = {
            Qt.Key.Key_Left: -ahead,
            Qt.Key.Key_Right: ahead,
            Qt.Key.Key_Up: -per_row,
            Qt.Key.Key_Down: per_row,
            Qt.Key.Key_Home: -self._current,
            Qt.Key.Key_End: last - self._current,
        }
        key = Qt.Key(event.key())
        if last < 0:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.photo_activated.emit(self._photos[self._current].path)
        elif key in steps and 0 <= self._current + steps[key] <= last:
            self._move_to(self._current + steps[key])
        else:
            super().keyPressEvent(event)  # Up and Down scroll the page then

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what can be clicked."""
        if self._photo_at(event.position().toPoint()) < 0:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the cursor on the photo under the pointer."""
        number = self._photo_at(event.position().toPoint())
        if number >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self._move_to(number)
        else:
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the photo that was clicked."""
        number = self._photo_at(event.position().toPoint())
        if number == self._current and event.button() is Qt.MouseButton.LeftButton:
            self.photo_activated.emit(self._photos[number].path)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say where the cursor is."""
        super().focusInEvent(event)
        self.setAccessibleDescription(self._said())

    def event(self, event: QEvent) -> bool:
        """Name the photo under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._photo_at(event.pos())
            if number >= 0:
                QToolTip.showText(event.globalPos(), self._tip(number), self, self.cell(number))
                return True
        return super().event(event)

    @Slot(str, QImage)
    def _take_picture(self, key: str, _image: QImage) -> None:
        if key in self._keys:
            self.update()

    @Slot(str, object)
    def _take_failure(self, key: str, _error: object) -> None:
        if key in self._keys:
            self.update()

    def _move_to(self, number: int) -> None:
        self._current = number
        self.setAccessibleDescription(self._said())
        event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        QAccessible.updateAccessibility(event)
        self.update()

    def _said(self) -> str:
        if not self._photos:
            return self.tr("No photos.")
        here = (
            self.tr("Photo %1 of %2, %3.")
            .replace("%1", str(self._current + 1))
            .replace("%2", str(len(self._photos)))
            .replace("%3", self.describe(self._current))
        )
        judged = [photo.is_right for photo in self._photos if photo.is_right is not None]
        if len(judged) < 2:
            return here
        total = (
            self.tr("%1 of %2 are right.")
            .replace("%1", str(sum(judged)))
            .replace("%2", str(len(judged)))
        )
        return f"{here} {total}"

    def _tip(self, number: int) -> str:
        failure = self._thumbs.failure(LooseFile(self._photos[number].path), self._pixels)
        if failure is None:
            return self.describe(number)
        reason = str(failure.message) if isinstance(failure, EngineError) else str(failure)
        return f"{self.describe(number)}\n{reason}"

    def _photo_at(self, position: QPoint) -> int:
        cells = (self.cell(number) for number in range(len(self._photos)))
        return next((number for number, cell in enumerate(cells) if cell.contains(position)), -1)

    def _pixmap(self, photo: StripPhoto) -> QPixmap | None:
        file = LooseFile(photo.path)
        self._keys.add(self._thumbs.key(file, self._pixels))
        if self._thumbs.failure(file, self._pixels) is not None:
            return None
        return self._thumbs.pixmap(file, self._pixels, owner="strips")

    @property
    def _pixels(self) -> int:
        """The longest side to ask for: few steps, so that the disk cache is of use."""
        needed = self._widest * 4 / 3 * self.devicePixelRatioF()
        return 256 if needed <= 256 else 512

    def _paint_picture(
        self, painter: QPainter, colours: Colours, cell: QRect, photo: StripPhoto
    ) -> None:
        painter.save()
        corners = QPainterPath()
        corners.addRoundedRect(QRectF(cell), _RADIUS, _RADIUS)
        painter.setClipPath(corners)
        pixmap = self._pixmap(photo)
        if pixmap is not None:
            draw_pixmap_filling(painter, cell, pixmap)
        else:
            painter.fillRect(cell, QColor(colours.rail))
            has_failed = self._thumbs.failure(LooseFile(photo.path), self._pixels) is not None
            box = QRect(0, 0, _ICON, _ICON)
            box.moveCenter(cell.center())
            name = "error" if has_failed else "photo"
            sign = icon_pixmap(name, _ICON, colours.secondary, self.devicePixelRatioF())
            painter.drawPixmap(box, sign)
        painter.restore()

    def _paint_caption(
        self, painter: QPainter, colours: Colours, cell: QRect, caption: str
    ) -> None:
        metrics = self.fontMetrics()
        box = QRect(cell.left(), cell.bottom() + 2, cell.width(), metrics.height())
        painter.setPen(QColor(colours.secondary))
        shown = metrics.elidedText(caption, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)

    def _fit_height(self) -> None:
        # Scroll areas do not ask for a height that follows from the width.
        self.setFixedHeight(self._height_for(self.width()))

    def _height_for(self, width: int) -> int:
        rows = -(-max(1, len(self._photos)) // self._per_row(width))
        each = self._cell_size(width).height() + self._caption_height
        return 2 * _EDGE + rows * each + (rows - 1) * _GAP

    @property
    def _narrowest(self) -> int:
        return round(_LEAST * self.fontMetrics().height())

    @property
    def _widest(self) -> int:
        return round(_MOST * self.fontMetrics().height())

    @property
    def _caption_height(self) -> int:
        return self.fontMetrics().height() + 2 if self._has_captions else 0

    def _per_row(self, width: int) -> int:
        count = max(1, len(self._photos))
        room = max(1, (width - 2 * _EDGE + _GAP) // (self._narrowest + _GAP))
        rows = -(-count // room)
        return -(-count // rows)  # lines of equal length

    def _cell_size(self, width: int) -> QSize:
        number = self._per_row(width)
        room = (width - 2 * _EDGE - (number - 1) * _GAP) // number
        side = max(self._narrowest, min(self._widest, room))
        return QSize(side, side * 3 // 4)


def paint_verdict(painter: QPainter, colours: Colours, cell: QRect, is_right: bool) -> None:
    """Mark a photo: a tick and a whole frame if it is right, a cross and a dashed one if not."""
    colour = colours.ok if is_right else colours.error
    pen = QPen(QColor(colour), 2)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # Behind the dashes, so that they are seen on every photo.
    painter.setPen(QPen(QColor(colours.base), 2))
    frame = QRectF(cell).adjusted(1, 1, -1, -1)
    painter.drawRoundedRect(frame, _RADIUS - 1, _RADIUS - 1)
    if not is_right:
        pen.setDashPattern((3, 2.5))
    painter.setPen(pen)
    painter.drawRoundedRect(frame, _RADIUS - 1, _RADIUS - 1)
    side = min(20, cell.height() // 2)
    box = QRectF(cell.right() - side - 3, cell.top() + 4, side, side)
    painter.setPen(QPen(QColor(colour), 1.5))
    painter.setBrush(QColor(colours.base))
    painter.drawEllipse(box)
    (draw_check_mark if is_right else draw_cross)(painter, box, colour)
