"""The look and keyboard of every table of records: whole rows, sortable, columns kept readable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from foodsearch_gui.models.record_table import RecordTable

Record = TypeVar("Record")


class RecordView(QTableView, Generic[Record]):
    """Shows a :class:`RecordTable`.

    Signals:
        selection_changed: Other rows are selected, or their records changed.

    Args:
        model: The records.
        name: What a screen reader calls the table.
        stretch: The column that takes the room that is left.
        is_multiple: Whether several rows can be selected.
    """

    selection_changed = Signal()

    def __init__(
        self,
        model: RecordTable[Record],
        name: str,
        *,
        stretch: int = 0,
        is_multiple: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._records = model
        self.setModel(model)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if is_multiple else mode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)  # Tab leaves the table, arrows move inside
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(1.9 * self.fontMetrics().height()))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        model.modelReset.connect(self.selection_changed)
        model.dataChanged.connect(self.selection_changed)

    def selected(self) -> list[Record]:
        """Return the records of the selected rows, top first."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._records.records[row] for row in rows]

    def select(self, row: int) -> None:
        """Select one row and make it the current one."""
        self.setCurrentIndex(self._records.index(row, 0))
        self.selectRow(row)

    def select_rows(self, rows: Sequence[int]) -> None:
        """Select these rows, none for no row."""
        chosen = QItemSelection()
        for row in rows:
            chosen.select(self._records.index(row, 0), self._records.index(row, 0))
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)

    @Slot(QItemSelection, QItemSelection)
    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell that other rows are selected; Qt's own override point."""
        super().selectionChanged(selected, deselected)
        self.selection_changed.emit()

    def sizeHintForColumn(self, column: int) -> int:
        """Return the width of a column's longest text with room to breathe."""
        return super().sizeHintForColumn(column) + self.fontMetrics().averageCharWidth()
