"""A table of frozen engine records, one column a field in words; sorted by the user, never written.

New records with the same keys in the same order only change the cells, so that the selection and
the scroll position survive an update during a scan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon

Record = TypeVar("Record")
AnyIndex = QModelIndex | QPersistentModelIndex

_NO_PARENT = QModelIndex()
RecordRole = Qt.ItemDataRole.UserRole + 1


def _nothing(record: Any) -> None:
    return None


@dataclass(frozen=True)
class Column(Generic[Record]):
    """One column of a table.

    Attributes:
        title: Header.
        text: What the cell says.
        sort_key: Value to sort by; the text by default.
        tool_tip: Longer text, e.g. the whole path.
        icon: Picture before the text, never the only carrier of a meaning.
        is_number: Numbers are aligned at the end of the cell.
    """

    title: str
    text: Callable[[Record], str]
    sort_key: Callable[[Record], Any] | None = None
    tool_tip: Callable[[Record], str | None] = _nothing
    icon: Callable[[Record], QIcon | None] = _nothing
    is_number: bool = False


class RecordTable(QAbstractTableModel, Generic[Record]):
    """Rows are records, shown by :class:`Column` descriptions.

    Args:
        columns: From left to right.
        key: Identity of a record across updates.
    """

    def __init__(
        self,
        columns: Sequence[Column[Record]],
        key: Callable[[Record], Any],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._key = key
        self._records: list[Record] = []
        self._order: tuple[int, Qt.SortOrder] | None = None

    @property
    def records(self) -> tuple[Record, ...]:
        """The rows, in the order shown."""
        return tuple(self._records)

    def record(self, index: AnyIndex) -> Record | None:
        """Return the record of a row, None for an invalid index."""
        row = index.row()
        return self._records[row] if 0 <= row < len(self._records) else None

    def set_records(self, records: Sequence[Record]) -> None:
        """Show these records; cells change in place while the rows stay the same."""
        fresh = self._sorted(records)
        if [self._key(r) for r in fresh] == [self._key(r) for r in self._records]:
            self._records = fresh
            if fresh:
                last = self.index(len(fresh) - 1, len(self._columns) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._records = fresh
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        """Return the number of records; a table has no children."""
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, says to a screen reader, or stands for."""
        record = self.record(index)
        if record is None:
            return None
        column = self._columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(record)
            case Qt.ItemDataRole.ToolTipRole:
                return column.tool_tip(record)
            case Qt.ItemDataRole.DecorationRole:
                return column.icon(record)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{column.title}: {column.text(record)}"
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column.is_number)
            case _:
                return record if role == RecordRole else None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return a column's title, aligned as its cells."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self._columns[section].is_number)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; later records keep this order."""
        self._order = (column, order) if 0 <= column < len(self._columns) else None
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [(self._key(self._records[i.row()]), i.column()) for i in before]
        self._records = self._sorted(self._records)
        rows = {self._key(record): row for row, record in enumerate(self._records)}
        self.changePersistentIndexList(before, [self.index(rows[k], c) for k, c in held])
        self.layoutChanged.emit()

    def _sorted(self, records: Sequence[Record]) -> list[Record]:
        if self._order is None:
            return list(records)
        column, order = self._order
        key = self._columns[column].sort_key or self._columns[column].text
        return sorted(records, key=key, reverse=order == Qt.SortOrder.DescendingOrder)


def _alignment(is_number: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
