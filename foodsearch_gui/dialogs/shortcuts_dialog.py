"""Every key of the program, read from the action registry."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core.actions import ActionRegistry


class ShortcutsDialog(QDialog):
    """A table of captions and keys."""

    def __init__(self, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts_dialog")
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        rows = _rows(actions)
        table = QTableWidget(len(rows), 2, self)
        table.setObjectName("shortcuts")
        table.setAccessibleName(self.tr("Keyboard shortcuts"))
        table.setToolTip(self.tr("What the keys do"))
        table.setHorizontalHeaderLabels([self.tr("What"), self.tr("Keys")])
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                table.setItem(row, column, QTableWidgetItem(text))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setObjectName("shortcuts_close")
        close.setAccessibleName(close.text().replace("&", ""))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 14)
        layout.addWidget(table)
        layout.addWidget(buttons)
        self.resize(520, 560)


def _rows(actions: ActionRegistry) -> list[tuple[str, str]]:
    """Return caption and keys of every action that has a key."""
    native = QKeySequence.SequenceFormat.NativeText
    rows = []
    for entry in actions:
        keys = [key.toString(native) for key in entry.action.shortcuts()]
        if keys:
            caption = entry.action.text().replace("&", "").removesuffix("…")
            rows.append((caption, ", ".join(keys)))
    return rows
