"""The window: rail, pages, messages, status bar, menus and the panel at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from engine import Message, describe
from foodsearch_gui.core import job_texts, training_texts, wording
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.intake import Intake
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.worker_thread import JobHandle
from foodsearch_gui.dialogs.decision import decide
from foodsearch_gui.menus import make_menus
from foodsearch_gui.pages import PAGES, PageEntry
from foodsearch_gui.pages.page import Page
from foodsearch_gui.widgets.drop_target import DropTarget
from foodsearch_gui.widgets.message_bar import MessageBar
from foodsearch_gui.widgets.page_stack import PageStack
from foodsearch_gui.widgets.rail import Rail
from foodsearch_gui.widgets.status_line import StatusLine
from foodsearch_gui.window_actions import add_window_actions, show_pause_state

SIZE = (1280, 800)
MINIMUM_SIZE = (760, 520)
_DOCK_WIDTH = 340
Ask = Callable[[Message, QWidget | None], str]

# Jobs that nobody asked for: closing the window need not ask either.
_UNASKED = ("engine", "map-test", "speed", "stability", "suggestions")


class MainWindow(QMainWindow):
    """The one window of the program.

    Signals:
        first_painted: The window and its first page are there; now heavy things may start.
        closed: The user closed the window.

    Args:
        session: The state of the program.
        start_page: The page to show first; the user's choice by default.
        pages: What the rail offers.
        ask: Puts a question to the user; tests answer by themselves.
    """

    first_painted = Signal()
    closed = Signal()

    def __init__(
        self,
        session: Session,
        *,
        start_page: str = "",
        pages: Sequence[PageEntry] = PAGES,
        ask: Ask = decide,
    ) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.setWindowTitle("FoodSearch")
        self.session = session
        self.actions_registry = ActionRegistry(self)
        self._entries = {entry.name: entry for entry in pages}
        self._pages: dict[str, Page] = {}
        self._ask = ask
        self._is_painted = False
        self._is_leaving = False  # the user said what is to become of everything that runs
        self._wants_details = True
        self._geometry = QSettings(
            str(session.paths.config / "window.ini"), QSettings.Format.IniFormat, self
        )
        add_window_actions(self, pages)
        self._build()
        self._connect()
        self._restore_geometry()
        self._start_page = start_page or session.settings.value.start_page
        self.rail.choose(self._known(self._start_page))

    @property
    def current_page(self) -> Page | None:
        """The page that is shown; None before the first paint."""
        page = self._stack.currentWidget()
        return page if isinstance(page, Page) else None

    @property
    def current_name(self) -> str:
        """The id of the page that is shown, e.g. ``"search"``; empty before the first paint."""
        page = self.current_page
        return next((name for name, shown in self._pages.items() if shown is page), "")

    @Slot(str)
    def show_page(self, name: str) -> None:
        """Bring a page to the front, building it on its first visit."""
        name = self._known(name)
        page = self._pages.get(name) or self._build_page(name)
        self._stack.setCurrentWidget(page)
        self.messages.show_page(name)
        self.rail.choose(name)
        self._show_docks()
        page.activated()

    def build_all_pages(self) -> dict[QWidget, str]:
        """Return every page with its caption; their actions are known from then on."""
        for name in self._entries:
            if name not in self._pages:
                self._build_page(name)
        return {page: self._entries[name].caption() for name, page in self._pages.items()}

    def toggle_details(self) -> None:
        """Show or hide the panel at the right."""
        self._wants_details = self.actions_registry["view.details"].isChecked()
        if self.current_page is not None:
            self._show_docks()

    def running_jobs(self) -> list[JobHandle]:
        """Return the jobs whose work would be interrupted by closing the window."""
        unasked = [self.session.running(kind) for kind in _UNASKED]
        return [job for job in self.session.jobs.active() if job not in unasked]

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask if work is going on, keep the geometry, go."""
        if self.session.trainings.stage.is_busy and not self._is_leaving:
            may_close = self._may_end_training()
        else:
            jobs = self.running_jobs()
            may_close = not jobs or self._is_leaving or self._may_stop(jobs)
        if not may_close:
            event.ignore()
            return
        self._geometry.setValue("geometry", self.saveGeometry())
        self._geometry.setValue("state", self.saveState())
        self._geometry.setValue("details", self._wants_details)
        event.accept()
        self.closed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Go on with the first page, once the frame of the window is on the screen."""
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self, self.build_first_page)

    @Slot()
    def build_first_page(self) -> None:
        """Show the page to start with; the frame of the window is on the screen."""
        if self.current_page is None:
            self.show_page(self._start_page)
        self.first_painted.emit()

    def _known(self, name: str) -> str:
        return name if name in self._entries else next(iter(self._entries))

    def _may_stop(self, jobs: list[JobHandle]) -> bool:
        state = "\n".join(job_texts.state_line(job) for job in jobs)
        message = describe("FS-902", job=", ".join(job.title for job in jobs), state=state)
        return self._ask(message, self) != message.actions[0]

    def _may_end_training(self) -> bool:
        """Ask what becomes of the training; to keep its best model, it is waited for."""
        trainings = self.session.trainings
        message = training_texts.closing_question(trainings)
        answer = self._ask(message, self)
        if answer == training_texts.KEEP:
            self._is_leaving = True
            trainings.settled.connect(self._close_soon)
            trainings.stop_and_keep()
            return False
        return answer != message.actions[0]

    @Slot()
    def _close_soon(self) -> None:
        QTimer.singleShot(0, self, self.close)

    def _build(self) -> None:
        self.rail = Rail(self)
        for name, entry in self._entries.items():
            self.rail.add(name, entry.icon, self.actions_registry[f"view.{name}"])
        self.messages = MessageBar(self)
        self._stack = PageStack(self)
        self._stack.setObjectName("pages")
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.messages)
        right.addWidget(self._stack, 1)
        central = QWidget(self)
        row = QHBoxLayout(central)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        self.setCentralWidget(central)
        self._build_status_bar()
        make_menus(self.menuBar(), self.actions_registry)

    def _build_status_bar(self) -> None:
        registry = self.actions_registry
        self.status_line = StatusLine(
            self.session.jobs, registry["jobs.pause"], registry["jobs.stop"], self
        )
        self._device = QLabel(self)
        self._device.setObjectName("device")
        self._device.setContentsMargins(0, 0, 8, 0)
        self.statusBar().setObjectName("status_bar")
        self.statusBar().addWidget(self.status_line, 1)
        self.statusBar().addPermanentWidget(self._device)

    def _connect(self) -> None:
        session = self.session
        DropTarget(self).dropped.connect(Intake(session, self).take)
        self.rail.page_chosen.connect(self.show_page)
        self.status_line.activity_wanted.connect(partial(self.show_page, "activity"))
        session.page_requested.connect(self.show_page)
        session.banner.connect(self.messages.show_message)
        session.banner_withdrawn.connect(self.messages.withdraw)
        session.message_withdrawn.connect(self.messages.withdraw_message)
        session.engine_changed.connect(self._show_device)
        session.jobs.activity_changed.connect(self._follow_jobs)
        for signal in (
            session.catalogue_changed,
            session.photos_changed,
            session.index_changed,
            session.model_changed,
        ):
            signal.connect(self._follow_session)

    def _build_page(self, name: str) -> Page:
        page = self._entries[name].load()(self.session, self.actions_registry, self)
        self._pages[name] = page
        self._stack.addWidget(page)
        if page.dock is not None:
            self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, page.dock)
            page.dock.visibilityChanged.connect(self._dock_closed)
            if not self.restoreDockWidget(page.dock):
                self.resizeDocks([page.dock], [_DOCK_WIDTH], Qt.Orientation.Horizontal)
        return page

    def _show_docks(self) -> None:
        """Show the panel of the current page only, and only if the user wants one."""
        current = self.current_page
        assert current is not None
        for page in self._pages.values():
            if page.dock is not None:
                page.dock.setVisible(page is current and self._wants_details)
        action = self.actions_registry["view.details"]
        action.setEnabled(current.dock is not None)
        action.setChecked(self._wants_details)

    @Slot(bool)
    def _dock_closed(self, is_visible: bool) -> None:
        """Remember that the user closed the panel with its own cross."""
        dock = self.sender()
        if not is_visible and isinstance(dock, QDockWidget) and dock.isHidden():
            page = self.current_page
            if page is not None and page.dock is dock and self.isVisible() and self._wants_details:
                self._wants_details = False
                self.actions_registry["view.details"].setChecked(False)

    @Slot()
    def _follow_session(self) -> None:
        self.actions_registry.update()
        self.status_line.set_idle_text(self._idle_text())
        catalogue = self.session.catalogue
        self.setWindowTitle(f"{catalogue.name} – FoodSearch" if catalogue else "FoodSearch")

    @Slot()
    def _follow_jobs(self) -> None:
        self.actions_registry.update()
        show_pause_state(self)
        count = len(self.session.jobs.active())
        if "activity" in self._entries:
            self.rail.set_badge("activity", str(count) if count else "")

    @Slot()
    def _show_device(self) -> None:
        device = self.session.device
        if device is not None:
            self._device.setText(device.label)
            self._device.setToolTip(device.reason)

    def _idle_text(self) -> str:
        session = self.session
        if session.catalogue is None:
            return ""
        coverage = session.coverage
        if coverage is None:
            return session.catalogue.name
        text = f"{session.catalogue.name} · {wording.photos(coverage.total)}"
        if coverage.total:
            share = wording.percent(coverage.indexed, coverage.total)
            text += " · " + self.tr("%1 indexed").replace("%1", share)
        return text

    def _restore_geometry(self) -> None:
        # Said once and for all: no page, banner or panel makes the window grow by itself.
        self.setMinimumSize(*MINIMUM_SIZE)
        self.resize(*SIZE)
        geometry, state = (self._geometry.value(name) for name in ("geometry", "state"))
        if geometry is not None:
            self.restoreGeometry(geometry)
        if state is not None:
            self.restoreState(state)
        self._wants_details = bool(self._geometry.value("details", True, bool))
