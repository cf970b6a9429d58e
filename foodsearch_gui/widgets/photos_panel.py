"""The photos of the library: which folder, in which order, as a grid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core import wording
from foodsearch_gui.models.photo_grid import PhotoGridModel
from foodsearch_gui.widgets.elided_box import ElidedBox
from foodsearch_gui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from foodsearch_gui.core.library_contents import Contents, Order
    from foodsearch_gui.widgets.photo_grid_view import PhotoGridView

_INDENT = "    "


class PhotosPanel(QWidget):
    """Choice of folder and order above the grid.

    Signals:
        choice_changed: The user wants another folder or order.

    Args:
        model: The grid's rows.
        make_grid: Makes the grid below this panel.
    """

    choice_changed = Signal()

    def __init__(
        self,
        model: PhotoGridModel,
        make_grid: Callable[[QWidget], PhotoGridView],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._folders: tuple[Path | None, ...] = (None,)
        self.folder_box = ElidedBox()
        self.folder_box.setObjectName("library-folder")
        self.folder_box.setAccessibleName(self.tr("Folder to show"))
        self.folder_box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.folder_box.setMinimumContentsLength(12)
        self.folder_box.setSizeAdjustPolicy(
            ElidedBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.order_box = ElidedBox()
        self.order_box.setObjectName("library-order")
        self.order_box.setAccessibleName(self.tr("Order of the photos"))
        self.order_box.addItem(self.tr("by name"), "name")
        self.order_box.addItem(self.tr("by date, newest first"), "date")
        self.folder_box.setToolTip(self.tr("Show only the photos of one folder"))
        self.order_box.setToolTip(self.tr("What the photos are sorted by"))
        self.count = QLabel()
        self.count.setObjectName("library-shown")
        self.grid = make_grid(self)
        self.grid.setToolTip(self.tr("Enter shows a photo large, S finds similar ones"))
        self._nothing = EmptyState("photo", self.tr("No photos in this folder."))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self._nothing)
        self._arrange()
        self.folder_box.activated.connect(self.choice_changed)
        self.order_box.activated.connect(self.choice_changed)

    @property
    def folder(self) -> Path | None:
        """The folder chosen, None for all."""
        return self._folders[max(0, self.folder_box.currentIndex())]

    @property
    def order(self) -> Order:
        """The order chosen."""
        order: Order = self.order_box.currentData()
        return order

    def choose_folder(self, folder: Path | None) -> None:
        """Show another folder, as if the user had chosen it."""
        if folder in self._folders and folder != self.folder:
            self.folder_box.setCurrentIndex(self._folders.index(folder))
            self.choice_changed.emit()

    def choose_order(self, order: Order) -> None:
        """Preset the order; nothing is announced."""
        self.order_box.setCurrentIndex(self.order_box.findData(order))

    def show_contents(self, contents: Contents, *, keep_place: bool) -> None:
        """Show the photos of a folder.

        Args:
            contents: What to show.
            keep_place: Leave the grid alone if the user has scrolled or selected: photos are
                still being found, and the place would jump.
        """
        self._list_folders(contents)
        is_in_use = self.grid.verticalScrollBar().value() > 0 or self.grid.hasFocus()
        if keep_place and is_in_use and len(self._model.ids):
            return
        current = self.grid.currentIndex().row()
        photo_id = int(self._model.ids[current]) if current >= 0 else None
        self._model.set_ids(contents.ids)
        if photo_id is not None and not self.grid.currentIndex().isValid():
            self.grid.select_photo(photo_id)
        self.count.setText(wording.photos(len(contents.ids)))
        self._stack.setCurrentWidget(self.grid if len(contents.ids) else self._nothing)

    def _list_folders(self, contents: Contents) -> None:
        """Offer all folders, each root and what lies below it; the choice stays."""
        chosen = self.folder
        folders = (None, *(path for path, _ in contents.folders))
        if folders == self._folders and self.folder_box.count():
            return
        self._folders = folders
        self.folder_box.clear()
        self.folder_box.addItem(self.tr("All folders"))
        for row, (path, depth) in enumerate(contents.folders, 1):
            name = wording.path(path.name) if depth else wording.place(path)
            self.folder_box.addItem(_INDENT * depth + name)
            self.folder_box.setItemData(row, wording.path(path), Qt.ItemDataRole.ToolTipRole)
        self.folder_box.setCurrentIndex(folders.index(chosen) if chosen in folders else 0)
        if chosen not in folders:
            self.choice_changed.emit()

    def _arrange(self) -> None:
        folder_label = QLabel(self.tr("Sho&w"))
        folder_label.setBuddy(self.folder_box)
        order_label = QLabel(self.tr("S&orted"))
        order_label.setBuddy(self.order_box)
        top = QHBoxLayout()
        top.addWidget(folder_label)
        top.addWidget(self.folder_box, 1)
        top.addSpacing(8)
        top.addWidget(order_label)
        top.addWidget(self.order_box)
        top.addSpacing(8)
        top.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self._stack, 1)
