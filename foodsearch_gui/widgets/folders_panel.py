"""The folders of the library as a table, each with its photos and its state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QMenu, QWidget

from foodsearch_gui.models.roots import RootsModel
from foodsearch_gui.widgets.record_view import RecordView
from foodsearch_gui.widgets.section import Section

if TYPE_CHECKING:
    from engine import Root


class FoldersPanel(Section):
    """One row a folder; a context menu with what can be done to it.

    Signals:
        selection_changed: Another folder is selected, or none.
        show_requested (Path): Show the photos of this folder.
    """

    selection_changed = Signal()
    show_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Folders"), parent)
        self.model = RootsModel(self)
        self.table: RecordView[Root] = RecordView(self.model, self.tr("Folders of the library"))
        self.table.setObjectName("library-roots")
        self.table.setToolTip(self.tr("The folders of this library"))
        self.table.selection_changed.connect(self._announce)
        self._actions: tuple[QAction, ...] = ()
        self.column.addWidget(self.table, 1)

    @property
    def selected(self) -> Root | None:
        """The selected folder."""
        roots = self.table.selected()
        return roots[0] if roots else None

    def set_roots(self, roots: Sequence[Root]) -> None:
        """Show these folders."""
        self.model.set_records(roots)

    def set_menu(self, actions: Sequence[QAction]) -> None:
        """Say what the context menu offers."""
        self._actions = tuple(actions)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the selected folder."""
        menu = QMenu(self)
        menu.addActions(self._actions)
        menu.exec(event.globalPos())
        menu.deleteLater()

    @Slot()
    def _announce(self) -> None:
        self.selection_changed.emit()
        if self.selected is not None and self.table.hasFocus():
            self.show_requested.emit(self.selected.path)
