"""The bits of a photo as rows: number, name, on or off, how sure, and the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from foodsearch_gui.core import inspect_texts
from foodsearch_gui.core.wording import signed

if TYPE_CHECKING:
    from engine import BitMap, LabelName

AnyIndex = QModelIndex | QPersistentModelIndex
CellRole = Qt.ItemDataRole.UserRole + 1
_NO_PARENT = QModelIndex()


class BitOrder(StrEnum):
    """By what the bits are sorted."""

    SURE = "sure"
    UNSURE = "unsure"
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True)
class BitCell:
    """One bit of a photo.

    Attributes:
        bit: Its number.
        name: What the user calls it; may be empty.
        label_name: What the labels of the library call it, if anything.
        logit: Above zero the bit is on.
        may_flip: Whether it is so near zero that small changes of photos turned such bits.
        map: Where it comes from; None until that is known.
    """

    bit: int
    name: str
    label_name: LabelName | None
    logit: float
    may_flip: bool
    map: BitMap | None = None

    @property
    def is_on(self) -> bool:
        """Its value."""
        return self.logit > 0

    @property
    def shown_name(self) -> str:
        """The user's name, else the one from the labels, else nothing."""
        return self.name or inspect_texts.label_name_text(self.label_name)

    @property
    def state(self) -> str:
        """E.g. ``on +0.92``."""
        return state_of(self.logit)

    def describe(self) -> str:
        """Return e.g. ``Bit 17 “fried”: off −0.04, may flip``."""
        title = _tr("Bit %1").replace("%1", str(self.bit))
        if self.shown_name:
            title += f" “{self.shown_name}”"
        state = f"{title}: {self.state}"
        return _tr("%1, may flip").replace("%1", state) if self.may_flip else state

    def explain(self) -> str:
        """Return the same with where a name of the labels comes from, and why it may flip."""
        parts = [self.describe()]
        if self.label_name is not None and not self.name:
            parts.append(inspect_texts.label_name_words(self.label_name))
        if self.may_flip:
            parts.append(inspect_texts.may_flip_words())
        return "\n".join(parts)


def state_of(logit: float) -> str:
    """Return e.g. ``on +0.92``."""
    return f"{_tr('on') if logit > 0 else _tr('off')} {signed(logit)}"


def make_cells(
    logits: NDArray[np.float32],
    names: Sequence[str | None],
    label_names: Mapping[int, LabelName | None],
    maps: Mapping[int, BitMap],
    near: float = 0.0,
) -> list[BitCell]:
    """Return the bits of a photo by number.

    Args:
        logits: Of the photo, shape (num_bits,).
        names: What the user calls the bits; may be shorter.
        label_names: What the labels of the library call them.
        maps: Those that have come.
        near: Up to this margin a bit may flip; 0 while that is not known.
    """
    return [
        BitCell(
            bit,
            (names[bit] if bit < len(names) else None) or "",
            label_names.get(bit),
            float(logit),
            bool(near > 0 and abs(logit) <= near),
            maps.get(bit),
        )
        for bit, logit in enumerate(logits)
    ]


def arrange(
    cells: Sequence[BitCell], order: BitOrder, *, only_named: bool = False, text: str = ""
) -> list[BitCell]:
    """Return those that are wanted in an order; equal ones by number."""
    wanted = text.casefold().strip()
    chosen = [
        cell
        for cell in cells
        if (cell.shown_name or not only_named)
        and (not wanted or wanted in cell.shown_name.casefold() or wanted == str(cell.bit))
    ]
    keys: dict[BitOrder, Any] = {
        BitOrder.SURE: lambda cell: -abs(cell.logit),
        BitOrder.UNSURE: lambda cell: abs(cell.logit),
        BitOrder.NUMBER: lambda cell: cell.bit,
        BitOrder.NAME: lambda cell: (not cell.shown_name, cell.shown_name.casefold()),
    }
    return sorted(chosen, key=keys[order])


class BitCells(QAbstractListModel):
    """The rows in the order they were given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cells: list[BitCell] = []

    @property
    def cells(self) -> Sequence[BitCell]:
        """The bits, in order."""
        return self._cells

    def set_cells(self, cells: Sequence[BitCell]) -> None:
        """Show other bits; where they are the same in the same order, rows only change."""
        new = list(cells)
        if [cell.bit for cell in new] != [cell.bit for cell in self._cells]:
            self.beginResetModel()
            self._cells = new
            self.endResetModel()
            return
        changed = [row for row, cell in enumerate(new) if cell is not self._cells[row]]
        self._cells = new
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def add_maps(self, maps: Mapping[int, BitMap]) -> None:
        """Give the rows the maps that have arrived."""
        self.set_cells(
            [
                cell if maps.get(cell.bit) is cell.map else replace(cell, map=maps.get(cell.bit))
                for cell in self._cells
            ]
        )

    def row_of(self, bit: int) -> int:
        """Return the row of a bit, -1 if it is not shown."""
        return next((row for row, cell in enumerate(self._cells) if cell.bit == bit), -1)

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        """Return how many bits are shown."""
        return 0 if parent.isValid() else len(self._cells)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row's words, or the row itself."""
        if not index.isValid():
            return None
        cell = self._cells[index.row()]
        if role == CellRole:
            return cell
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{cell.bit} {cell.shown_name}".strip()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return cell.describe()
        return cell.explain() if role == Qt.ItemDataRole.ToolTipRole else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("BitCells", text)
