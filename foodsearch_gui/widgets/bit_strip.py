"""A code drawn bit by bit: filled is on, hollow is off, ``≠`` where the match differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from foodsearch_gui.core.steering import Wish
from foodsearch_gui.core.theme import Colours, colours_for
from foodsearch_gui.core.wording import signed
from foodsearch_gui.widgets.bit_layout import GROUP, BitLayout

_NUMBER_GAP = 6  # between a number and what is beside it


class BitStrip(QWidget):
    """The query's bits, with the number of every eighth; hover or arrow keys name a bit.

    Signals:
        current_changed (int): The bit under the keyboard cursor, after the user moved it.
    """

    current_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._query: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._match: NDArray[np.uint8] | None = None
        self._logits: NDArray[np.float32] | None = None
        self._names: Sequence[str | None] = ()
        self._wishes: Mapping[int, Wish] = {}
        self._current = -1
        self.setObjectName("bit-strip")
        self.setAccessibleName(self.tr("Code, bit by bit"))
        self.setWhatsThis(
            self.tr(
                "Each square is one bit of the query's code: filled is on, hollow is off. "
                "The mark ≠ shows the bits in which the match differs; the others agree. The "
                "number before a square is the bit's. A line below a square shows that something "
                "is asked of the bit; one that does not count is crossed out."
            )
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_bits(
        self,
        query: NDArray[np.uint8],
        match: NDArray[np.uint8] | None = None,
        *,
        logits: NDArray[np.float32] | None = None,
        names: Sequence[str | None] = (),
        wishes: Mapping[int, Wish] | None = None,
    ) -> None:
        """Show a code.

        Args:
            query: Bits 0 or 1, shape (num_bits,).
            match: Bits of the photo it is compared with, if any.
            logits: The query's outputs before they were cut to bits, if known.
            names: What each bit stands for, if known.
            wishes: What is asked of bits.
        """
        self._query, self._match, self._logits, self._names = query, match, logits, names
        self._wishes = wishes or {}
        if self._current >= len(query):
            self._current = -1
        self.setAccessibleDescription(self._summary())
        self._fit_height()
        self.update()

    def set_current(self, bit: int) -> None:
        """Put the cursor on a bit without telling anybody."""
        self._current = bit if 0 <= bit < len(self._query) else -1
        self.update()

    @property
    def current(self) -> int:
        """The bit the cursor is on, or -1."""
        return self._current

    @property
    def differing(self) -> list[int]:
        """The bits in which query and match differ, ascending."""
        if self._match is None:
            return []
        return [int(bit) for bit in np.flatnonzero(self._query != self._match)]

    def describe_bit(self, bit: int) -> str:
        """Return e.g. ``Bit 17 “fried”: query on (+0.92), match off. They differ.``."""
        name = self._names[bit] if bit < len(self._names) else None
        title = self.tr("Bit %1").replace("%1", str(bit))
        if name:
            title += f" “{name}”"
        value = on_or_off(self._query[bit])
        wish = self._wishes.get(bit)
        if wish is Wish.FLIP:
            value += " " + self.tr("(turned round)")
        elif self._logits is not None:
            value += f" ({signed(float(self._logits[bit]))})"
        if self._match is None:
            return self.tr("%1: query %2").replace("%1", title).replace("%2", value)
        text = (
            self.tr("%1: query %2, match %3. They differ.")
            if self._query[bit] != self._match[bit]
            else self.tr("%1: query %2, match %3. They agree.")
        )
        text = text.replace("%1", title).replace("%2", value)
        text = text.replace("%3", on_or_off(self._match[bit]))
        asked = {
            Wish.ON: self.tr("It must be on."),
            Wish.OFF: self.tr("It must be off."),
            Wish.IGNORE: self.tr("It does not count."),
        }
        return f"{text} {asked[wish]}" if wish in asked else text

    def bit_at(self, position: QPoint) -> int:
        """Return the bit drawn at a position of the widget, or -1."""
        for bit in range(len(self._query)):
            if self.cell(bit).adjusted(-1, -2, 1, 2).contains(position):
                return bit
        return -1

    def cell(self, bit: int) -> QRect:
        """Return where a bit is drawn."""
        return self._mirrored(self._layout().cell(bit))

    def sizeHint(self) -> QSize:
        """Return a size with cells that are easy to see."""
        width = 16 * 18 + 2 * self._number_room()
        return QSize(width, self._height_for(width))

    def minimumSizeHint(self) -> QSize:
        """Return the size below which bits could no longer be told apart."""
        width = BitLayout.narrowest(self._number_room())
        return QSize(width, self._height_for(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the cells square."""
        super().resizeEvent(event)
        self._fit_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw every bit, then the cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_for(self.palette())
        differing = set(self.differing)
        for bit, value in enumerate(self._query):
            cell, wish = self.cell(bit), self._wishes.get(bit)
            if wish is Wish.IGNORE:
                painter.setOpacity(0.4)
            paint_bit(painter, colours, cell, bool(value), bit in differing)
            painter.setOpacity(1.0)
            if wish is not None:
                _paint_wish(painter, QRectF(cell), colours.text, wish)
        self._paint_numbers(painter, colours)
        if 0 <= self._current < len(self._query):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.text), 1.5 if self.hasFocus() else 1.0))
            around = QRectF(self.cell(self._current)).adjusted(-2, -2, 2, 2)
            painter.drawRoundedRect(around, 3, 3)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor with the arrow keys, Home and End."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._layout().per_row,
            Qt.Key.Key_Down: self._layout().per_row,
        }
        last = len(self._query) - 1
        key = Qt.Key(event.key())
        if key in steps and last >= 0:
            target = 0 if self._current < 0 else self._current + steps[key]
            self._move_to(target if 0 <= target <= last else self._current)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and last >= 0:
            self._move_to(0 if key == Qt.Key.Key_Home else last)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the cursor on the bit that was clicked."""
        bit = self.bit_at(event.position().toPoint())
        if bit >= 0:
            self._move_to(bit)

    def event(self, event: QEvent) -> bool:
        """Name the bit under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            bit = self.bit_at(event.pos())
            if bit >= 0:
                QToolTip.showText(event.globalPos(), self.describe_bit(bit), self, self.cell(bit))
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _move_to(self, bit: int) -> None:
        if bit < 0:
            return
        self._current = bit
        self.setAccessibleDescription(f"{self.describe_bit(bit)} {self._summary()}")
        event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        QAccessible.updateAccessibility(event)
        self.update()
        self.current_changed.emit(bit)

    def _summary(self) -> str:
        if self._match is None:
            return self.tr("%1 bits.").replace("%1", str(len(self._query)))
        differing = self.differing
        agree = (
            self.tr("%1 of %2 bits agree.")
            .replace("%1", str(len(self._query) - len(differing)))
            .replace("%2", str(len(self._query)))
        )
        if not differing:
            return agree
        numbers = ", ".join(str(bit) for bit in differing)
        return f"{agree} {self.tr('Different: %1.').replace('%1', numbers)}"

    def _fit_height(self) -> None:
        # Scroll areas do not ask for a height that follows from the width.
        self.setFixedHeight(self._height_for(self.width()))

    def _height_for(self, width: int) -> int:
        return self._layout(width).height(len(self._query))

    def _layout(self, width: int | None = None) -> BitLayout:
        fitted = self.width() if width is None else width
        return BitLayout.fit(len(self._query), fitted, self._number_room())

    def _number_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(0.85 * font.pointSizeF())
        return font

    def _number_room(self) -> int:
        last = str(max(0, len(self._query) - 1) // GROUP * GROUP)
        return QFontMetrics(self._number_font()).horizontalAdvance(last) + _NUMBER_GAP

    def _mirrored(self, box: QRect) -> QRect:
        if self.isRightToLeft():
            box.moveLeft(self.width() - box.left() - box.width())
        return box

    def _paint_numbers(self, painter: QPainter, colours: Colours) -> None:
        """Write the number of the first bit of every group, or of every row."""
        layout = self._layout()
        painter.setFont(self._number_font())
        painter.setPen(QColor(colours.secondary))
        height = painter.fontMetrics().height()
        side = Qt.AlignmentFlag.AlignLeft if self.isRightToLeft() else Qt.AlignmentFlag.AlignRight
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        for bit in range(0, len(self._query), GROUP if layout.numbers_groups else layout.per_row):
            painter.drawText(self._mirrored(layout.number_box(bit, height)), flags, str(bit))


def on_or_off(value: int | np.uint8) -> str:
    """Return a bit's value as a word."""
    return _tr("on") if value else _tr("off")


def paint_bit(
    painter: QPainter, colours: Colours, cell: QRect, is_one: bool, differs: bool
) -> None:
    """Draw a bit, marked where the match has the other value."""
    line = colours.difference if differs else colours.accent if is_one else colours.secondary
    width = 2.0 if differs else 1.0
    inset = width / 2
    painter.setPen(QPen(QColor(line), width))
    painter.setBrush(QColor(colours.accent if is_one else colours.base))
    painter.drawRoundedRect(QRectF(cell).adjusted(inset, inset, -inset, -inset), 2.5, 2.5)
    if differs:
        _paint_not_equal(painter, QRectF(cell), colours.on_accent if is_one else colours.text)


def _paint_wish(painter: QPainter, cell: QRectF, colour: str, wish: Wish) -> None:
    painter.setPen(QPen(QColor(colour), 1.6, c=Qt.PenCapStyle.FlatCap))
    if wish is Wish.IGNORE:
        painter.drawLine(cell.topRight(), cell.bottomLeft())
    else:
        below = QPointF(0, 2.0)
        painter.drawLine(cell.bottomLeft() + below, cell.bottomRight() + below)


def _paint_not_equal(painter: QPainter, cell: QRectF, colour: str) -> None:
    # Lines, not a glyph: fonts differ in its size and some have none.
    unit = cell.width() / 10
    painter.setPen(QPen(QColor(colour), max(1.2, unit), c=Qt.PenCapStyle.FlatCap))
    centre = cell.center()
    for offset in (-1.1 * unit, 1.1 * unit):
        left, right = QPointF(-2.4 * unit, offset), QPointF(2.4 * unit, offset)
        painter.drawLine(centre + left, centre + right)
    painter.drawLine(
        centre + QPointF(-1.4 * unit, 2.8 * unit), centre + QPointF(1.4 * unit, -2.8 * unit)
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("BitStrip", text)
