"""Every key of the program, read from the action registry."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, Qt
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

_ROWS = 15  # that are seen at once


class ShortcutsDialog(QDialog):
    """A table of captions, places and keys.

    Args:
        actions: What there is to do.
        places: What to call the widgets in which some keys work.
    """

    def __init__(
        self,
        actions: ActionRegistry,
        places: Mapping[QWidget, str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts_dialog")
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        rows = _rows(actions, places)
        table = QTableWidget(len(rows), 3, self)
        table.setObjectName("shortcuts")
        table.setAccessibleName(self.tr("Keyboard shortcuts"))
        table.setToolTip(self.tr("What the keys do"))
        table.setHorizontalHeaderLabels([self.tr("What"), self.tr("Where"), self.tr("Keys")])
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            table.horizontalHeader().setSectionResizeMode(
                column, QHeaderView.ResizeMode.ResizeToContents
            )
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
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
        # Whole rows: half a row at the bottom looks like the end.
        frame = 2 * table.frameWidth() + table.horizontalHeader().sizeHint().height()
        table.setFixedHeight(frame + _ROWS * table.verticalHeader().defaultSectionSize())
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        table.setMinimumWidth(560)


def _rows(actions: ActionRegistry, places: Mapping[QWidget, str]) -> list[tuple[str, str, str]]:
    """Return caption, place and keys of every action that has a key."""
    native = QKeySequence.SequenceFormat.NativeText
    rows = []
    for entry in actions:
        keys = [key.toString(native) for key in entry.action.shortcuts()]
        if keys:
            caption = entry.action.text().replace("&", "").removesuffix("…")
            rows.append((caption, _place(entry.context, places), ", ".join(keys)))
    return rows


def _place(context: QWidget, places: Mapping[QWidget, str]) -> str:
    """Return the page a widget lies in; the keys of the window work everywhere."""
    widget: QWidget | None = context
    while widget is not None:
        if widget in places:
            return places[widget]
        widget = widget.parentWidget()
    return QCoreApplication.translate("ShortcutsDialog", "everywhere")
