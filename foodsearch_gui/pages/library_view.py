"""The layout of the Library page; it decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSplitter,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core import wording
from foodsearch_gui.core.icons import icon
from foodsearch_gui.models.photo_grid import PhotoGridModel
from foodsearch_gui.widgets.action_button import ActionButton
from foodsearch_gui.widgets.elided_box import ElidedBox
from foodsearch_gui.widgets.folders_panel import FoldersPanel
from foodsearch_gui.widgets.index_box import IndexBox
from foodsearch_gui.widgets.photo_grid_view import PhotoGridView
from foodsearch_gui.widgets.photos_panel import PhotosPanel
from foodsearch_gui.widgets.problems_view import ProblemsView

_PHOTOS_TAB, _PROBLEMS_TAB = 0, 1
_GAP = 14


class LibraryView(QObject):
    """The widgets of the page, from the top: header, folders and index, photos and problems.

    Args:
        photos: Rows of the grid.
        make_grid: Makes the grid below a widget.
    """

    def __init__(
        self, photos: PhotoGridModel, make_grid: Callable[[QWidget], PhotoGridView]
    ) -> None:
        super().__init__()
        self.library_box = ElidedBox()
        self.library_box.setObjectName("library-name")
        self.library_box.setAccessibleName(self.tr("Library"))
        self.library_box.setToolTip(self.tr("The library whose photos are searched"))
        self.library_box.setMinimumContentsLength(14)
        # A long name is cut, not the window widened.
        self.library_box.setSizeAdjustPolicy(
            ElidedBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.new_library = _tool_button("action_library.new")
        self.more = _tool_button("library-more")
        self.summary = QLabel()
        self.summary.setObjectName("library-summary")
        self._buttons = QHBoxLayout()
        self._main_buttons: list[ActionButton] = []
        self.header = self._make_header()
        self.folders = FoldersPanel()
        self.index = IndexBox()
        self.photos = PhotosPanel(photos, make_grid)
        self.problems = ProblemsView()
        self.tabs = QTabWidget()
        self.tabs.setObjectName("library-tabs")
        self.tabs.addTab(self.photos, self.tr("Photos"))
        self.tabs.addTab(self.problems, self.tr("Problems"))
        self.tabs.tabBar().setAccessibleName(self.tr("Photos or problems"))
        self.tabs.tabBar().setToolTip(self.tr("The photos, or the files that could not be read"))
        self.body = self._make_body()

    def set_actions(self, main: Sequence[QAction], more: Sequence[QAction]) -> None:
        """Fill the header: buttons with captions, and a menu with the rest."""
        self._main_buttons = [ActionButton(action) for action in main]
        for button in self._main_buttons:
            self._buttons.addWidget(button)
        menu = QMenu(self.more)
        menu.addActions(more)
        self.more.setMenu(menu)

    def order_tabs(self) -> None:
        """Let Tab go from the header through the left column to the photos and problems.

        To be called when everything lies in one window, else Qt refuses.
        """
        index, photos, problems = self.index, self.photos, self.problems
        for first, second in pairwise(
            (
                *(self.library_box, self.new_library, *self._main_buttons, self.more),
                *(self.folders.table, index.build, index.pause, index.stop),
                self.tabs.tabBar(),
                *(photos.folder_box, photos.order_box, photos.grid),
                *(problems.show_ignored, problems.table, problems.retry, problems.show_file),
                *(problems.ignore, problems.skip, problems.export),
            )
        ):
            QWidget.setTabOrder(first, second)

    def set_libraries(self, names: Sequence[str], present: str) -> None:
        """List the libraries and choose the open one."""
        shown = list(names) if not present or present in names else [present, *names]
        if shown != [self.library_box.itemText(i) for i in range(self.library_box.count())]:
            self.library_box.clear()
            self.library_box.addItems(shown)
        self.library_box.setCurrentIndex(self.library_box.findText(present))

    def set_counts(self, photos: int, problems: int) -> None:
        """Tell how many photos and open problems there are."""
        parts = [wording.photos(photos), wording.problems(problems) if problems else ""]
        self.summary.setText(" · ".join(part for part in parts if part))
        self.tabs.setTabText(_PHOTOS_TAB, _titled(self.tr("Photos"), photos))
        self.tabs.setTabText(_PROBLEMS_TAB, _titled(self.tr("Problems"), problems))
        self.tabs.setTabIcon(_PROBLEMS_TAB, icon("warning" if problems else "done"))

    @Slot()
    def show_problems(self) -> None:
        """Bring the list of problems to the front."""
        self.tabs.setCurrentIndex(_PROBLEMS_TAB)
        self.problems.table.setFocus()

    def _make_header(self) -> QWidget:
        header = QWidget()
        label = QLabel(self.tr("Librar&y"))
        label.setBuddy(self.library_box)
        self.more.setIcon(icon("more"))
        self.more.setText(self.tr("&More"))
        self.more.setToolTip(self.tr("More that can be done with this library"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row = QHBoxLayout(header)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addWidget(self.library_box)
        row.addWidget(self.new_library)
        row.addSpacing(12)
        row.addLayout(self._buttons)
        row.addWidget(self.more)
        row.addStretch(1)
        row.addWidget(self.summary)
        return header

    def _make_body(self) -> QSplitter:
        # Spaces in rows, unlike margins, change sides in languages written from right to left.
        left, right = QWidget(), QWidget()
        row = QHBoxLayout(left)
        row.setContentsMargins(0, 8, 0, 0)
        row.setSpacing(0)
        column = QVBoxLayout()
        column.setSpacing(_GAP)
        row.addLayout(column)
        row.addSpacing(_GAP)
        column.addWidget(self.folders, 1)
        column.addWidget(self.index)
        row = QHBoxLayout(right)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addSpacing(_GAP)
        row.addWidget(self.tabs)
        body = QSplitter(Qt.Orientation.Horizontal)
        body.setObjectName("library-body")
        body.setChildrenCollapsible(False)
        body.addWidget(left)
        body.addWidget(right)
        body.setStretchFactor(1, 1)
        body.setSizes([420, 740])
        return body


def _tool_button(name: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button


def _titled(title: str, number: int) -> str:
    return f"{title} ({wording.count(number)})" if number else title
