"""The Library page: which folders, how much of them can be searched, what could not be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

import engine
from foodsearch_gui.core import desktop, wording
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.library_contents import LibraryContents
from foodsearch_gui.core.library_edits import LibraryEdits
from foodsearch_gui.core.session import Session
from foodsearch_gui.dialogs.questions import Questions
from foodsearch_gui.models.photo_grid import PhotoGridModel
from foodsearch_gui.pages.library_view import LibraryView
from foodsearch_gui.pages.page import Page
from foodsearch_gui.widgets.empty_state import EmptyState
from foodsearch_gui.widgets.index_box import IndexStatus
from foodsearch_gui.widgets.photo_grid_view import PhotoGridView

_SCAN_REFRESH_MS = 1000  # how often the grid shows what a running scan has found


class LibraryPage(Page):
    """Connects the view to the session.

    Args:
        session: The state of the program.
        actions: Where the page's actions go.
        questions: Asks in dialogs.
    """

    def __init__(
        self,
        session: Session,
        actions: ActionRegistry,
        parent: QWidget | None = None,
        *,
        questions: Questions | None = None,
    ) -> None:
        super().__init__(session, actions, parent)
        self.setObjectName("library_page")
        self.contents = LibraryContents(session, self)
        self._edits = LibraryEdits(session, self)
        self.questions = questions or Questions()
        self._photos = PhotoGridModel(session.thumbs, "library", self)
        self.view = LibraryView(self._photos, self._make_grid)
        self._add_actions()
        self.empty = self._make_empty_state()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view.body)
        self._stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 16, 12)
        layout.setSpacing(12)
        layout.addWidget(self.view.header)
        layout.addWidget(self._stack, 1)
        self.view.order_tabs()
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setInterval(_SCAN_REFRESH_MS)
        self._refresh_timer.timeout.connect(self.contents.refresh)
        self._connect()
        self._take_catalogue()
        self._show_index()
        self._watch_jobs()

    def activated(self) -> None:
        """Show the libraries and photos there are now."""
        self._list_libraries()
        self.contents.refresh()

    def is_settled(self) -> bool:
        """Whether the library has been read and its thumbnails have arrived."""
        return self.contents.is_settled and self.session.thumbs.is_idle

    def _connect(self) -> None:
        session, view = self.session, self.view
        session.catalogue_changed.connect(self._take_catalogue)
        for signal in (session.model_changed, session.index_changed, session.photos_changed):
            signal.connect(self._show_index)
        session.jobs.activity_changed.connect(self._watch_jobs)
        session.problems_requested.connect(view.show_problems)
        self.contents.changed.connect(self._show_contents)
        view.library_box.activated.connect(self._switch_library)
        view.folders.selection_changed.connect(self.actions_registry.update)
        view.folders.show_requested.connect(view.photos.choose_folder)
        view.photos.choice_changed.connect(self._show_choice)
        view.photos.grid.similar_wanted.connect(session.find_similar)
        view.index.build_requested.connect(session.build_index)
        view.problems.retry_requested.connect(self._edits.retry_problems)
        view.problems.ignore_requested.connect(self._edits.ignore_problems)
        view.problems.skip_requested.connect(self._edits.skip_folder)
        view.problems.show_requested.connect(desktop.show_in_folder)
        view.problems.export_requested.connect(self._export_problems)

    def _make_grid(self, parent: QWidget) -> PhotoGridView:
        return PhotoGridView(
            self._photos,
            self.session.thumbs,
            self.actions_registry,
            "library",
            page=self,
            parent=parent,
        )

    def _make_empty_state(self) -> EmptyState:
        actions = self.actions_registry
        return EmptyState(
            "library",
            self.tr("This library has no photos yet."),
            self.tr(
                "Add a folder, or drop one here. Its photos stay where they are; "
                "FoodSearch only reads them."
            ),
            (actions["library.add_folder"], actions["library.samples"]),
        )

    def _add_actions(self) -> None:
        actions, session, view = self.actions_registry, self.session, self.view
        for name, text, handler, icon_name, is_enabled in (
            ("library.new", self.tr("&New library…"), self._new_library, "add", None),
            (
                "library.show_folder",
                self.tr("&Open folder"),
                self._open_folder,
                "folder",
                lambda: view.folders.selected is not None,
            ),
            (
                "library.exclusions",
                self.tr("E&xclusions…"),
                self._edit_exclusions,
                "hide",
                lambda: session.can_change,
            ),
            (
                "library.export_problems",
                self.tr("Export list of &problems…"),
                self._export_problems,
                "export",
                lambda: bool(self.contents.contents and self.contents.contents.problems),
            ),
        ):
            actions.add(
                name, text, handler, menu="library", icon_name=icon_name, is_enabled=is_enabled
            )
        remove = actions.add(
            "library.remove_folder",
            self.tr("Remo&ve folder…"),
            self._remove_folder,
            menu="library",
            shortcuts=("Del",),
            icon_name="remove",
            is_enabled=lambda: session.can_change and view.folders.selected is not None,
            context=view.folders.table,
        )
        in_table = (actions["library.show_folder"], remove)
        view.folders.set_menu(in_table)
        view.set_actions(
            [actions[f"library.{name}"] for name in ("add_folder", "rescan")],
            [
                *in_table,
                actions["library.exclusions"],
                actions["library.export_problems"],
                actions["library.new"],
            ],
        )
        view.new_library.setDefaultAction(actions["library.new"])

    @Slot()
    def _take_catalogue(self) -> None:
        catalogue = self.session.catalogue
        self._photos.set_fetch(catalogue.photos if catalogue is not None else _nothing)
        self._list_libraries()
        self._show_index()

    @Slot()
    def _show_contents(self) -> None:
        contents = self.contents.contents
        if contents is None:
            self._photos.set_ids(np.zeros(0, np.int64))
            return
        self.view.folders.set_roots(contents.roots)
        is_scanning = self.session.running("scan") is not None
        self.view.photos.show_contents(contents, keep_place=is_scanning)
        self.view.problems.set_problems(contents.problems)
        self.view.set_counts(contents.total, sum(not p.ignored for p in contents.problems))
        self._stack.setCurrentWidget(self.view.body if contents.roots else self.empty)
        self.actions_registry.update()

    @Slot()
    def _show_index(self) -> None:
        session = self.session
        coverage = session.coverage
        self.view.index.set_status(
            IndexStatus(
                session.model.name if session.model else "",
                coverage.indexed if coverage else 0,
                coverage.total if coverage else 0,
                session.can_change,
            )
        )

    @Slot()
    def _watch_jobs(self) -> None:
        session = self.session
        scan = session.running("scan")
        self.view.index.watch(session.running("index") or scan or session.running("samples"))
        if scan is None:
            self._refresh_timer.stop()
        elif not self._refresh_timer.isActive():
            self._refresh_timer.start()

    @Slot()
    def _show_choice(self) -> None:
        photos = self.view.photos
        self.contents.show(folder=photos.folder, order=photos.order)

    def _list_libraries(self) -> None:
        present = self.session.catalogue.name if self.session.catalogue else ""
        names = [library.name for library in engine.list_libraries(self.session.paths)]
        self.view.set_libraries(names, present)

    @Slot()
    def _switch_library(self) -> None:
        name = self.view.library_box.currentText()
        if self.session.catalogue is None or name != self.session.catalogue.name:
            self.session.open_library(name)

    def _new_library(self) -> None:
        taken = [library.name for library in engine.list_libraries(self.session.paths)]
        if name := self.questions.new_library(self, taken):
            self.session.open_library(name)

    def _open_folder(self) -> None:
        if (root := self.view.folders.selected) is not None:
            desktop.open_folder(root.path)

    def _remove_folder(self) -> None:
        root = self.view.folders.selected
        if root is None:
            return
        title = self.tr("Remove “%1” from the library?").replace(
            "%1", wording.path(root.path.name or root.path)
        )
        text = self.tr("%1 cannot be found any more. The files themselves stay where they are.")
        if self.questions.confirm(
            self, title, text.replace("%1", wording.photos(root.photos)), self.tr("&Remove folder")
        ):
            self.session.remove_root(root)

    def _edit_exclusions(self) -> None:
        if self.session.catalogue is None:
            return
        patterns = self.questions.exclusions(
            self, self.session.catalogue.exclusions(), engine.DEFAULT_EXCLUSIONS
        )
        if patterns is not None and patterns != self.session.catalogue.exclusions():
            self._edits.set_exclusions(patterns)

    @Slot()
    def _export_problems(self) -> None:
        contents = self.contents.contents
        if contents is None:
            return
        target = self.questions.save_as(
            self,
            self.tr("Save the list of problems"),
            str(Path.home() / self.tr("problems.csv")),
            self.tr("Tables (*.csv)"),
        )
        if target is not None:
            self._edits.export_problems(target, contents.problems)


def _nothing(_ids: object) -> tuple[()]:
    return ()
