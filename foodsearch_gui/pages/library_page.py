"""The Library page: which folders, how much of them can be searched, what could not be read."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

import engine
from foodsearch_gui.core import desktop, job_texts
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.library_contents import LibraryContents, Order
from foodsearch_gui.core.library_edits import LibraryEdits
from foodsearch_gui.core.session import Session
from foodsearch_gui.dialogs.questions import Questions
from foodsearch_gui.models.photo_grid import PhotoGridModel
from foodsearch_gui.pages.library_commands import LibraryCommands
from foodsearch_gui.pages.library_view import LibraryView
from foodsearch_gui.pages.page import Page
from foodsearch_gui.widgets.empty_state import EmptyState
from foodsearch_gui.widgets.index_box import IndexStatus
from foodsearch_gui.widgets.photo_grid_view import PhotoGridView

_ABSENCE_MS = 400
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
        order: Order = "date" if session.settings.value.photo_order == "date" else "name"
        self.contents = LibraryContents(session, order, self)
        self._edits = LibraryEdits(session, self)
        self.questions = questions or Questions()
        self._photos = PhotoGridModel(session.thumbs, "library", self)
        self.view = LibraryView(self._photos, self._make_grid)
        self.view.photos.choose_order(order)
        self._commands = LibraryCommands(self, self._edits)
        self._show_commands()
        self.empty = EmptyState("library", "")
        self._show_empty_state()
        self.absent = EmptyState(
            "library",
            self.tr("No library is open."),
            self.tr("Choose one above, or make a new one."),
            (actions["library.new"],),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view.body)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.absent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 16, 12)
        layout.setSpacing(12)
        layout.addWidget(self.view.header)
        layout.addWidget(self._stack, 1)
        self.view.order_tabs()
        # Opening takes a moment; only a library that cannot be opened is worth a message.
        self._absence_timer = QTimer(self)
        self._absence_timer.setSingleShot(True)
        self._absence_timer.setInterval(_ABSENCE_MS)
        self._absence_timer.timeout.connect(self._show_absence)
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setInterval(_SCAN_REFRESH_MS)
        self._refresh_timer.timeout.connect(self.contents.refresh_sparingly)
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
        for signal in (
            *(session.model_changed, session.index_changed, session.photos_changed),
            session.model_actions.models_changed,
        ):
            signal.connect(self._show_index)
        session.jobs.activity_changed.connect(self._watch_jobs)
        session.problems_requested.connect(view.show_problems)
        self.contents.changed.connect(self._show_contents)
        view.library_box.activated.connect(self._switch_library)
        view.folders.selection_changed.connect(self.actions_registry.update)
        view.folders.show_requested.connect(view.photos.choose_folder)
        view.photos.choice_changed.connect(self._show_choice)
        view.photos.grid.similar_wanted.connect(session.find_similar)
        view.photos.grid.inspect_wanted.connect(session.inspect_photo)
        view.index.build_requested.connect(session.build_index)
        view.problems.retry_requested.connect(self._edits.retry_problems)
        view.problems.ignore_requested.connect(self._edits.ignore_problems)
        view.problems.skip_requested.connect(self._edits.skip_folder)
        view.problems.show_requested.connect(desktop.show_in_folder)
        view.problems.export_requested.connect(self._commands.export_problems)

    def _make_grid(self, parent: QWidget) -> PhotoGridView:
        return PhotoGridView(
            self._photos,
            self.session.thumbs,
            self.actions_registry,
            "library",
            page=self,
            parent=parent,
        )

    def _show_commands(self) -> None:
        actions, view = self.actions_registry, self.view
        add, rescan, show, remove, exclusions, export, new = (
            actions[f"library.{name}"]
            for name in (
                *("add_folder", "rescan", "show_folder", "remove_folder"),
                *("exclusions", "export_problems", "new"),
            )
        )
        view.folders.set_menu((show, remove))
        view.set_actions((add, rescan), (show, remove, exclusions, export, new))
        view.new_library.setDefaultAction(new)

    def _show_empty_state(self) -> None:
        """Say why there are no photos; while some are being drawn or looked for, how far it is."""
        session, actions = self.session, self.actions_registry
        if job := session.running("samples") or session.running("scan"):
            self.empty.show_words("library", f"{job.title}…", job_texts.state_line(job))
            return
        text = self.tr(
            "Add a folder, or drop one here. Its photos stay where they are; "
            "FoodSearch only reads them."
        )
        buttons = (actions["library.add_folder"], actions["library.samples"])
        title = self.tr("This library has no photos yet.")
        self.empty.show_words("library", title, text, buttons)

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
            self._absence_timer.start()
            return
        self._absence_timer.stop()
        self.view.folders.set_roots(contents.roots)
        is_scanning = self.session.running("scan") is not None
        self.view.photos.show_contents(contents, keep_place=is_scanning)
        self.view.problems.set_problems(contents.problems)
        self.view.set_counts(contents.total, sum(not p.ignored for p in contents.problems))
        self._stack.setCurrentWidget(self.view.body if contents.roots else self.empty)
        self.actions_registry.update()

    @Slot()
    def _show_absence(self) -> None:
        if self.session.catalogue is None:
            self.view.set_counts(0, 0)
            self._stack.setCurrentWidget(self.absent)

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
        self._show_empty_state()
        self.view.index.watch(session.running("index") or scan or session.running("samples"))
        if scan is None:
            self._refresh_timer.stop()
        elif not self._refresh_timer.isActive():
            self._refresh_timer.start()

    @Slot()
    def _show_choice(self) -> None:
        photos = self.view.photos
        self.session.settings.change(photo_order=photos.order)
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


def _nothing(_ids: object) -> tuple[()]:
    return ()
