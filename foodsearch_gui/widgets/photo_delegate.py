"""One tile of the grid: the picture, what is known about it, and every mark in form and word.

Colours come from the palette; nothing is told by colour alone.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from foodsearch_gui.core.icons import icon_pixmap
from foodsearch_gui.core.theme import Colours, colours_for
from foodsearch_gui.models.photo_grid import PhotoRole

ZOOM_STEPS = (128, 192, 256)
TILE_GAP = 12
MIN_SHARE = 85  # per cent of the chosen width that a tile has at least
_PAD = 8
_RADIUS = 8.0
_BADGE_INSET = 6
_STATE_ICONS = {"offline": "offline", "missing": "warning", "damaged": "error"}


class PhotoDelegate(QStyledItemDelegate):
    """Paints tiles of one size, which follows the room the view gives them.

    Args:
        width: Of the picture, roughly, one of :data:`ZOOM_STEPS`.
    """

    def __init__(self, width: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._width = width
        self._cell = QSize(width + TILE_GAP, width)

    @property
    def width(self) -> int:
        """Width of the picture that the user chose, in logical pixels."""
        return self._width

    def set_width(self, width: int) -> None:
        """Change the size of all tiles; the view lays them out anew."""
        self._width = width

    def set_cell(self, cell: QSize) -> None:
        """Say how much room the view gives to every tile."""
        self._cell = cell

    def tile_size(self, font: QFont) -> QSize:
        """Return the size of every tile: a 4:3 picture above two lines of text."""
        text = 2 * QFontMetrics(font).height() + 2
        return QSize(self._tile_width(), self._picture_height() + text + 2 * _PAD)

    def thumbnail_pixels(self, device_pixel_ratio: float) -> int:
        """Return the longest side a thumbnail needs: only cropping may enlarge it a little."""
        needed = max(self._width * 4 / 3, self._tile_width()) * device_pixel_ratio
        return next((side for side in (256, 512) if needed <= side), 1024)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the room of every tile, so that Qt leaves no gap that belongs to none."""
        return self._cell

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw a tile."""
        colours = colours_for(option.palette)
        size = self.tile_size(option.font)
        tile = QRect(option.rect.topLeft(), size)
        tile.moveCenter(option.rect.center())
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if not option.state & QStyle.StateFlag.State_Enabled:
            painter.setOpacity(0.45)
        picture = QRect(tile.left(), tile.top(), tile.width(), self._picture_height())
        _draw_card(painter, colours, tile, bool(option.state & QStyle.StateFlag.State_MouseOver))
        _draw_picture(painter, option, colours, tile, picture, index)
        _draw_text(painter, option, colours, tile, picture, index)
        _draw_badges(painter, option, colours, picture, index)
        _draw_frames(painter, option, colours, tile)
        painter.restore()

    def _picture_height(self) -> int:
        return self._tile_width() * 3 // 4

    def _tile_width(self) -> int:
        # Room that is left over would else be a wide gap between columns.
        return max(MIN_SHARE * self._width // 100, self._cell.width() - TILE_GAP)


def draw_pixmap_filling(painter: QPainter, target: QRect, pixmap: QPixmap) -> None:
    """Draw the middle of a pixmap so that it fills the target without distortion."""
    scale = max(target.width() / pixmap.width(), target.height() / pixmap.height())
    width, height = target.width() / scale, target.height() / scale
    source = QRectF((pixmap.width() - width) / 2, (pixmap.height() - height) / 2, width, height)
    painter.drawPixmap(QRectF(target), pixmap, source)


def draw_check_mark(painter: QPainter, box: QRectF, colour: str) -> None:
    """Draw a tick that fills most of a square."""
    path = QPainterPath(QPointF(box.left() + 0.24 * box.width(), box.top() + 0.53 * box.height()))
    path.lineTo(box.left() + 0.43 * box.width(), box.top() + 0.71 * box.height())
    path.lineTo(box.left() + 0.77 * box.width(), box.top() + 0.31 * box.height())
    _stroke(painter, path, box, colour)


def draw_cross(painter: QPainter, box: QRectF, colour: str) -> None:
    """Draw a cross that fills most of a square."""
    inner = box.adjusted(*(0.3 * box.width() * sign for sign in (1, 1, -1, -1)))
    path = QPainterPath(inner.topLeft())
    path.lineTo(inner.bottomRight())
    path.moveTo(inner.topRight())
    path.lineTo(inner.bottomLeft())
    _stroke(painter, path, box, colour)


def _stroke(painter: QPainter, path: QPainterPath, box: QRectF, colour: str) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(QColor(colour), max(1.5, box.width() / 9))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPath(path)


def _draw_card(painter: QPainter, colours: Colours, tile: QRect, is_hovered: bool) -> None:
    painter.setPen(QPen(QColor(colours.secondary if is_hovered else colours.border), 1))
    painter.setBrush(QColor(colours.raised))
    painter.drawRoundedRect(QRectF(tile).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)


def _draw_picture(
    painter: QPainter,
    option: QStyleOptionViewItem,
    colours: Colours,
    tile: QRect,
    picture: QRect,
    index: QModelIndex | QPersistentModelIndex,
) -> None:
    rounded = QPainterPath()
    rounded.addRoundedRect(QRectF(tile).adjusted(1, 1, -1, -1), _RADIUS - 1, _RADIUS - 1)
    painter.save()
    painter.setClipPath(rounded)
    painter.setClipRect(picture, Qt.ClipOperation.IntersectClip)
    thumbnail = index.data(PhotoRole.THUMB)
    if thumbnail is None:
        painter.fillRect(picture, QColor(colours.rail))
        _draw_placeholder(painter, option, colours, picture, index)
    else:
        if index.data(PhotoRole.STATE) != "ok":
            painter.setOpacity(0.55 * painter.opacity())
        draw_pixmap_filling(painter, picture, thumbnail)
    painter.restore()


def _draw_placeholder(
    painter: QPainter,
    option: QStyleOptionViewItem,
    colours: Colours,
    picture: QRect,
    index: QModelIndex | QPersistentModelIndex,
) -> None:
    state = index.data(PhotoRole.STATE)
    box = picture.adjusted(_PAD, _PAD, -_PAD, -_PAD)
    words = _state_word(state) or str(index.data())
    if state in _STATE_ICONS:
        side = option.fontMetrics.height() + 8
        sign = QRect(0, 0, side, side)
        sign.moveCenter(box.center() - QPoint(0, side // 2 + 2))
        _draw_icon(painter, sign, _STATE_ICONS[state], colours.secondary)
        box.setTop(sign.bottom() + 4)
        box.setHeight(option.fontMetrics.height() + 2)
    painter.setPen(QColor(colours.secondary))
    text = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideMiddle, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _draw_icon(painter: QPainter, box: QRect, name: str, colour: str) -> None:
    painter.drawPixmap(
        box, icon_pixmap(name, box.width(), colour, painter.device().devicePixelRatioF())
    )


def _draw_text(
    painter: QPainter,
    option: QStyleOptionViewItem,
    colours: Colours,
    tile: QRect,
    picture: QRect,
    index: QModelIndex | QPersistentModelIndex,
) -> None:
    metrics = option.fontMetrics
    left, width = tile.left() + _PAD, tile.width() - 2 * _PAD
    line = QRect(left, picture.bottom() + 1 + _PAD, width, metrics.height())
    below = line.translated(0, metrics.height() + 2)
    name, label = str(index.data()), index.data(PhotoRole.LABEL)
    distance = index.data(PhotoRole.DISTANCE)
    painter.setFont(option.font)
    if distance is None:
        _draw_line(painter, line, colours.text, metrics, name)
        _draw_line(painter, below, colours.secondary, metrics, label or "")
        return
    near = f"d = {distance}/{index.data(PhotoRole.BITS)}"
    painter.setPen(QColor(colours.text))
    painter.drawText(line, Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter, near)
    bold = QFont(option.font)
    bold.setBold(True)
    painter.setFont(bold)
    painter.drawText(
        line,
        Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter,
        f"#{index.data(PhotoRole.RANK)}",
    )
    painter.setFont(option.font)
    if label:
        shown = metrics.elidedText(label, Qt.TextElideMode.ElideRight, int(width * 0.55))
        _draw_line(painter, below, colours.text, metrics, shown)
        used = metrics.horizontalAdvance(shown + "  ")
        if painter.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            below = below.adjusted(0, 0, -used, 0)
        else:
            below = below.adjusted(used, 0, 0, 0)
    _draw_line(painter, below, colours.secondary, metrics, name)


def _draw_line(
    painter: QPainter, box: QRect, colour: str, metrics: QFontMetrics, text: str
) -> None:
    painter.setPen(QColor(colour))
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter, shown)


def _draw_badges(
    painter: QPainter,
    option: QStyleOptionViewItem,
    colours: Colours,
    picture: QRect,
    index: QModelIndex | QPersistentModelIndex,
) -> None:
    inner = picture.adjusted(_BADGE_INSET, _BADGE_INSET, -_BADGE_INSET, -_BADGE_INSET)
    side = option.fontMetrics.height() + 4
    if option.state & QStyle.StateFlag.State_Selected:
        box = QRectF(inner.right() - side + 1, inner.top(), side, side)
        painter.setPen(QPen(QColor(colours.on_accent), 1.5))
        painter.setBrush(QColor(colours.accent))
        painter.drawEllipse(box)
        draw_check_mark(painter, box, colours.on_accent)
    judgement = index.data(PhotoRole.JUDGEMENT)
    if judgement is not None:
        words = _tr("Good match") if judgement else _tr("Not a match")
        mark = draw_check_mark if judgement else draw_cross
        box = _draw_pill(painter, option, colours, inner, words, at_top=True, room=side)
        mark(painter, box, colours.ok if judgement else colours.error)
    state = index.data(PhotoRole.STATE)
    words = _state_word(state) if index.data(PhotoRole.THUMB) is not None else ""
    if index.data(PhotoRole.IS_QUERY):
        _draw_pill(painter, option, colours, inner, _tr("this photo"))
    elif words:
        box = _draw_pill(painter, option, colours, inner, words, room=side)
        _draw_icon(painter, box.toRect().adjusted(4, 3, -3, -4), _STATE_ICONS[state], colours.text)
    hidden = index.data(PhotoRole.DUPLICATES)
    if hidden:
        _draw_pill(painter, option, colours, inner, f"+{hidden}", at_end=True)


def _draw_pill(
    painter: QPainter,
    option: QStyleOptionViewItem,
    colours: Colours,
    inner: QRect,
    words: str,
    *,
    at_top: bool = False,
    at_end: bool = False,
    room: int = 0,
) -> QRectF:
    """Draw words on a plate in a corner of the picture; return the room left before them."""
    metrics = option.fontMetrics
    height = metrics.height() + 4
    longest = inner.width() - (height + 6 if at_top else 0)
    width = metrics.horizontalAdvance(words) + 16 + (max(room - 8, 0) if room else 0)
    if width > longest:  # a small tile has room for the sign alone
        words, width = ("", height) if room else (words, longest)
    x = inner.right() - width + 1 if at_end else inner.left()
    y = inner.top() if at_top else inner.bottom() - height + 1
    box = QRectF(x, y, width, height)
    plate = QColor(colours.base)
    plate.setAlphaF(0.9)
    painter.setPen(QPen(QColor(colours.border), 1))
    painter.setBrush(plate)
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setPen(option.palette.color(QPalette.ColorRole.Text))
    text_box = box.adjusted(room or 8, 0, -8, 0)
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(text_box.width()) + 1)
    painter.drawText(text_box, Qt.AlignmentFlag.AlignCenter, shown)
    return QRectF(x, y, height, height)


def _draw_frames(
    painter: QPainter, option: QStyleOptionViewItem, colours: Colours, tile: QRect
) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if option.state & QStyle.StateFlag.State_Selected:
        painter.setPen(QPen(QColor(colours.frame), 2))
        painter.drawRoundedRect(QRectF(tile).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)
    is_focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
    widget = option.widget
    if is_focused and isinstance(widget, QWidget) and widget.hasFocus():
        painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DotLine))
        painter.drawRoundedRect(QRectF(tile).adjusted(3.5, 3.5, -3.5, -3.5), 5, 5)


def _state_word(state: str) -> str:
    words = {
        "offline": _tr("offline"),
        "missing": _tr("missing"),
        "damaged": _tr("cannot be read"),
    }
    return words.get(state, "")


def _tr(text: str) -> str:
    return QCoreApplication.translate("PhotoDelegate", text)
