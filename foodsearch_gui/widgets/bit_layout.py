"""Where the bits of a code stand: rows of two or four groups of eight, with numbers before them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect

GROUP = 8  # bits between two gaps, one byte of the packed code
_GROUP_GAP = 6
_LARGEST_CELL = 22
_SMALLEST_CELL = 9
_EDGE = 2
_FRAME = 5
_SMALLEST_PITCH = _SMALLEST_CELL + 2


@dataclass(frozen=True)
class BitLayout:
    """Squares and numbers at some width.

    Attributes:
        per_row: Bits in a row.
        side: Of a square.
        gap: Between two squares.
        number: Room for the number of a row's first bit, before the row.
        between: Room between two groups, beside the gap.
    """

    per_row: int
    side: int
    gap: int
    number: int
    between: int

    @classmethod
    def fit(cls, num_bits: int, width: int, number: int) -> BitLayout:
        """Return the layout for a width.

        Args:
            num_bits: Length of the code.
            width: Of the widget.
            number: Room that a number needs.
        """
        is_long = num_bits > 64 and width >= _needed(32, number, _GROUP_GAP)
        per_row = 32 if is_long else 16
        # Where squares would become too small, only the rows have numbers.
        between = number if width >= _needed(per_row, number, number) else _GROUP_GAP
        room = width - _needed(per_row, number, between) + per_row * _SMALLEST_PITCH
        pitch = max(_SMALLEST_PITCH, room // per_row)
        gap = 3 if pitch >= 16 else 2
        return cls(per_row, min(_LARGEST_CELL, pitch - gap), gap, number, between)

    @staticmethod
    def narrowest(number: int) -> int:
        """Return the width below which bits could no longer be told apart."""
        return _needed(16, number, _GROUP_GAP)

    @property
    def numbers_groups(self) -> bool:
        """Whether there is room for a number before every group, not before rows alone."""
        return self.between >= self.number

    def height(self, num_bits: int) -> int:
        """Return the height of all rows."""
        rows = -(-num_bits // self.per_row)
        return max(self.side, rows * self._step - self.gap + _EDGE)

    def cell(self, bit: int) -> QRect:
        """Return the square of a bit, read from left to right."""
        row, column = divmod(bit, self.per_row)
        groups = column // GROUP
        x = _EDGE + self.number + column * (self.side + self.gap) + groups * self.between
        return QRect(x, _EDGE + row * self._step, self.side, self.side)

    def number_box(self, bit: int, height: int) -> QRect:
        """Return where the number of a bit that begins a row or a group stands.

        Args:
            bit: The first of its group.
            height: Of a line of text, which may be more than that of a square.
        """
        cell = self.cell(bit)
        box = QRect(0, 0, self.number, height)
        box.moveCenter(cell.center())
        box.moveRight(cell.left() - _FRAME)  # the frame of the bit that is looked at lies between
        return box

    @property
    def _step(self) -> int:
        return self.side + self.gap + 2


def _needed(per_row: int, number: int, between: int) -> int:
    groups = per_row // GROUP
    return per_row * _SMALLEST_PITCH + number + (groups - 1) * between + 2 * _EDGE
