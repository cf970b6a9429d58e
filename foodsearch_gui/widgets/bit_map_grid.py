"""All bits of a photo as small pictures of the same photo, each with the map of its bit."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

import engine
from foodsearch_gui.core.theme import Colours, colours_for
from foodsearch_gui.models.bit_cells import AnyIndex, BitCell, BitCells, CellRole
from foodsearch_gui.widgets.fitted_words import fit_words
from foodsearch_gui.widgets.heatmap_view import PaletteName, in_grey, rgba_image

if TYPE_CHECKING:
    from engine import BitMap

_SIDE = 5.6  # of a picture, in heights of a line of text
_PAD = 6
_GAP = 5  # between the mark of a bit and its words
_ROOM = 24  # around words in place of bits
_RADIUS = 6.0
_WHOLE = (0.0, 0.0, 1.0, 1.0)
_OPACITY = 0.8
_FINER = 3  # contours are drawn larger and shrunk: as they are, they would hide a small picture
_SMOOTH = Qt.TransformationMode.SmoothTransformation


class BitMapGrid(QListView):
    """Small multiples in rows; arrow keys and clicks choose a bit, Enter or a double click open it.

    Signals:
        bit_chosen (int): The cursor is on another bit.
        bit_opened (int): The user wants to know more of a bit.

    Args:
        cells: The bits.
    """

    bit_chosen = Signal(int)
    bit_opened = Signal(int)

    def __init__(self, cells: BitCells, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells = cells
        self._nothing = ""
        self._delegate = _BitDelegate(self)
        self.setObjectName("bit-maps")
        self.setAccessibleName(self.tr("Bits of the photo"))
        self.setToolTip(self.tr("The bits of the photo, each with where it comes from"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(self._delegate)
        self.setModel(cells)
        self.activated.connect(self._open)
        self.doubleClicked.connect(self._open)

    def set_picture(self, picture: QImage | None) -> None:
        """Lay the maps over another photo."""
        self._delegate.set_picture(picture)
        self.viewport().update()

    def set_look(self, palette: str, has_contours: bool) -> None:
        """Draw the maps as the large one."""
        self._delegate.set_look(palette, has_contours)
        self.viewport().update()

    def set_nothing(self, words: str) -> None:
        """Say this where no bit is left."""
        self._nothing = words
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bits, or why there are none."""
        super().paintEvent(event)
        if self._nothing and not self._cells.rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(colours_for(self.palette()).secondary))
            room = self.viewport().rect().adjusted(_ROOM, _ROOM, -_ROOM, -_ROOM)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, flags, self._nothing)
            painter.end()

    def choose(self, bit: int) -> None:
        """Put the cursor on a bit, if it is shown, and tell nobody."""
        row = self._cells.row_of(bit)
        blocked = self.blockSignals(True)
        self.setCurrentIndex(self._cells.index(row) if row >= 0 else QModelIndex())
        self.blockSignals(blocked)
        self.viewport().update()

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        """Tell which bit the cursor is on."""
        super().currentChanged(current, previous)
        cell = current.data(CellRole)
        if cell is not None:
            self.bit_chosen.emit(cell.bit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Spread the pictures over the width."""
        self._spread()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._spread()

    def keyboardSearch(self, search: str) -> None:
        """Letters do not look for names; the filter does."""

    def _spread(self) -> None:
        least = self._delegate.size(self.fontMetrics().height())
        extent = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        room = self.maximumViewportSize().width() - extent - 1
        width = max(least.width(), room // max(1, room // least.width()))
        self.setGridSize(QSize(width, least.height()))
        self._delegate.cell = self.gridSize()

    def _open(self, index: AnyIndex) -> None:
        cell = index.data(CellRole)
        if cell is not None:
            self.bit_opened.emit(cell.bit)


class _BitDelegate(QStyledItemDelegate):
    """Paints a bit: the picture with its map, number and name, on or off with its margin."""

    def __init__(self, view: BitMapGrid) -> None:
        super().__init__(view)
        self.cell = QSize(100, 130)
        self._picture: QPixmap | None = None
        self._palette: PaletteName = "auto"
        self._has_contours = False
        self._bare: QPixmap | None = None  # without a map
        self._below: tuple[BitMap, QPixmap] | None = None  # the part of the photo below a map
        self._drawn: dict[int, tuple[BitMap | None, QPixmap]] = {}

    def set_picture(self, picture: QImage | None) -> None:
        self._picture = None if picture is None else QPixmap.fromImage(picture)
        self._bare = self._below = None
        self._drawn.clear()

    def set_look(self, palette: str, has_contours: bool) -> None:
        self._palette = cast(PaletteName, palette)
        self._has_contours = has_contours
        self._bare = self._below = None
        self._drawn.clear()

    def size(self, line: int) -> QSize:
        side = round(_SIDE * line)
        return QSize(side + 4 * _PAD, side + 2 * line + 4 * _PAD)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return self.cell

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        cell: BitCell = index.data(CellRole)
        colours = colours_for(option.palette)
        line = option.fontMetrics.height()
        side = round(_SIDE * line)
        box = QRect(0, option.rect.top() + 2 * _PAD, side, side)
        box.moveLeft(option.rect.center().x() - side // 2)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_chosen:
            around = QRectF(option.rect).adjusted(2, 4, -2, -2)
            painter.setPen(QPen(QColor(colours.frame), 2))
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(around, _RADIUS + 2, _RADIUS + 2)
        self._paint_picture(painter, colours, box, cell)
        if cell.may_flip:
            _paint_badge(painter, colours, box, self.tr("may flip"))
        self._paint_words(painter, option, colours, box, cell)
        painter.restore()

    def _paint_picture(
        self, painter: QPainter, colours: Colours, box: QRect, cell: BitCell
    ) -> None:
        corners = QPainterPath()
        corners.addRoundedRect(QRectF(box), _RADIUS, _RADIUS)
        painter.save()
        painter.setClipPath(corners)
        if self._picture is None:
            painter.fillRect(box, QColor(colours.rail))
        else:
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(box, self._pixmap(cell, round(box.width() * ratio)))
        painter.restore()

    def _pixmap(self, cell: BitCell, side: int) -> QPixmap:
        kept = self._drawn.get(cell.bit)
        if kept is not None and kept[1].width() != side:  # another screen
            self._bare = self._below = None
            self._drawn.clear()
            kept = None
        if kept is None or kept[0] is not cell.map:
            kept = cell.map, self._draw(cell.map, side)
            self._drawn[cell.bit] = kept
        return kept[1]

    def _draw(self, bit_map: BitMap | None, side: int) -> QPixmap:
        """Return the part of the photo that the model sees, with the map."""
        if bit_map is None:
            self._bare = self._bare or self._cut(None, side)
            return self._bare
        if self._below is None or self._below[0].region != bit_map.region:  # of another model
            self._below = bit_map, self._cut(bit_map, side)
        result = QPixmap(self._below[1])
        painter = QPainter(result)
        painter.setOpacity(1.0 if self._has_contours else _OPACITY)
        # Of the square alone; what lies outside has no map.
        square = dataclasses.replace(bit_map, region=_WHOLE, picture_size=(1, 1))
        large = side * (_FINER if self._has_contours else 1)
        pixels = engine.render_map(
            square, large, large, opacity=1.0, palette=self._palette, contours=self._has_contours
        )
        layer = rgba_image(pixels.tobytes(), QSize(large, large))
        painter.drawImage(0, 0, layer.scaled(result.size(), mode=_SMOOTH))
        painter.end()
        return result

    def _cut(self, bit_map: BitMap | None, side: int) -> QPixmap:
        assert self._picture is not None
        part = _square(self._picture, bit_map, side)
        return part if self._has_contours else in_grey(part)

    def _paint_words(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        colours: Colours,
        box: QRect,
        cell: BitCell,
    ) -> None:
        metrics = option.fontMetrics
        room = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        line = QRect(room.left(), box.bottom() + 4, room.width(), metrics.height())
        number, mark = f"{cell.bit}", round(0.6 * metrics.height())
        widths = [metrics.horizontalAdvance(text) for text in (number, cell.state)]
        x = line.center().x() - (sum(widths) + mark + _GAP + _PAD) // 2
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(QColor(colours.text))
        painter.drawText(QRect(x, line.top(), widths[0] + 2, line.height()), flags, number)
        x += widths[0] + _PAD
        top = line.center().y() - mark / 2
        paint_bit_mark(painter, colours, QRectF(x, top, mark, mark), cell.is_on)
        painter.setPen(QColor(colours.secondary))
        x += mark + _GAP
        painter.drawText(QRect(x, line.top(), widths[1] + 2, line.height()), flags, cell.state)
        painter.setPen(QColor(colours.text))
        name = fit_words(cell.shown_name, metrics, room.width())
        line.translate(0, metrics.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, name)


def paint_bit_mark(painter: QPainter, colours: Colours, box: QRectF, is_on: bool) -> None:
    """Draw a bit as in the strip of a code: filled is on, hollow is off."""
    painter.setPen(QPen(QColor(colours.accent if is_on else colours.secondary), 1))
    painter.setBrush(QColor(colours.accent if is_on else colours.base))
    painter.drawRoundedRect(box, 2, 2)


def _paint_badge(painter: QPainter, colours: Colours, box: QRect, text: str) -> None:
    metrics = painter.fontMetrics()
    badge = QRectF(0, 0, metrics.horizontalAdvance(text) + 10, metrics.height() + 2)
    badge.moveBottomLeft(QRectF(box).bottomLeft() + QRectF(3, -3, 0, 0).topLeft())
    pen = QPen(QColor(colours.warning), 1)
    pen.setDashPattern((3, 2))
    painter.setPen(pen)
    painter.setBrush(QColor(colours.base))
    painter.drawRoundedRect(badge, 4, 4)
    painter.setPen(QColor(colours.warning))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


def _square(picture: QPixmap, bit_map: BitMap | None, side: int) -> QPixmap:
    """Return what the model sees of a photo; without a map its middle."""
    if bit_map is None:
        least = min(picture.width(), picture.height())
        part = QRect(0, 0, least, least)
        part.moveCenter(picture.rect().center())
    else:
        across = picture.width() / bit_map.picture_size[0]
        down = picture.height() / bit_map.picture_size[1]
        left, top, right, bottom = bit_map.region
        part = QRectF(
            left * across, top * down, (right - left) * across, (bottom - top) * down
        ).toRect()
    return picture.copy(part).scaled(
        side,
        side,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
