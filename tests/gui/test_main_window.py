from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from engine import JobContext, Message, describe
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.session import Session
from foodsearch_gui.dialogs.help_dialog import SECTIONS, HelpDialog
from foodsearch_gui.main_window import MainWindow
from foodsearch_gui.pages import PAGES, PageEntry
from foodsearch_gui.pages.page import Page

HERE = "tests.gui.test_main_window"


class PlainPage(Page):
    built = 0

    def __init__(
        self, session: Session, actions: ActionRegistry, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, actions, parent)
        PlainPage.built += 1
        self.visits = 0

    def activated(self) -> None:
        self.visits += 1


class DockPage(PlainPage):
    def __init__(
        self, session: Session, actions: ActionRegistry, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, actions, parent)
        self.dock = QDockWidget("Details", self)
        self.dock.setObjectName("details_dock")
        actions.add("plain.do", "&Do it", print, menu="search", context=self)


TEST_PAGES = (
    PageEntry("search", "Search", "search", f"{HERE}:DockPage"),
    PageEntry("library", "Library", "library", f"{HERE}:PlainPage"),
    PageEntry("activity", "Activity", "activity", f"{HERE}:PlainPage"),
)
Open = Callable[..., MainWindow]


@pytest.fixture
def open_window(session: Session, qtbot: QtBot) -> Open:
    """A maker of windows that close without asking, unless told otherwise."""
    PlainPage.built = 0

    def make(**arguments: object) -> MainWindow:
        arguments.setdefault("ask", lambda message, parent: message.actions[1])
        window = MainWindow(session, pages=TEST_PAGES, **arguments)  # type: ignore[arg-type]
        qtbot.addWidget(window)
        with qtbot.waitSignal(window.first_painted):
            window.show()
        return window

    return make


def slow(context: JobContext) -> None:
    for step in range(1000):
        context.checkpoint()
        context.progress("Indexing", step, 1000)
        time.sleep(0.005)


def test_a_page_is_built_on_its_first_visit(open_window: Open) -> None:
    window = open_window()
    assert PlainPage.built == 1
    window.show_page("library")
    window.show_page("search")
    window.show_page("library")
    assert PlainPage.built == 2
    assert window.current_page.visits == 2


def test_rail_menu_and_session_bring_a_page_to_the_front(
    open_window: Open, session: Session
) -> None:
    window = open_window()
    first = window.current_page
    window.rail.buttons()[1].click()
    assert window.current_page is not first
    window.actions_registry["view.search"].trigger()
    assert window.current_page is first
    session.page_requested.emit("activity")
    assert window.rail.buttons()[2].isChecked()
    session.page_requested.emit("no-such-page")
    assert window.current_page is first


def test_the_window_tells_once_that_it_is_painted(session: Session, qtbot: QtBot) -> None:
    window = MainWindow(session, pages=TEST_PAGES)
    qtbot.addWidget(window)
    assert window.current_page is None
    with qtbot.waitSignal(window.first_painted, timeout=2000):
        window.show()
    assert window.current_page is not None
    with qtbot.assertNotEmitted(window.first_painted, wait=50):
        window.repaint()


def test_the_panel_belongs_to_its_page_and_to_the_user(open_window: Open) -> None:
    window = open_window()
    dock = window.current_page.dock
    details = window.actions_registry["view.details"]
    assert dock is not None
    assert dock.isVisible()
    window.show_page("library")
    assert not dock.isVisible()
    assert not details.isEnabled()
    window.show_page("search")
    assert dock.isVisible()
    details.trigger()
    assert not dock.isVisible()
    window.show_page("library")
    window.show_page("search")
    assert not dock.isVisible()
    details.trigger()
    assert dock.isVisible()


def test_no_page_and_no_message_makes_the_window_grow(session: Session, qtbot: QtBot) -> None:
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.show()
    window.resize(1024, 640)
    for code in ("FS-202", "FS-204", "FS-209"):
        details = {"missing": 6980, "total": 7211, "path": "x" * 60, "count": 3, "name": "y" * 60}
        session.notify(describe(code, **details), {})
    for page in PAGES:
        window.show_page(page.name)
        QApplication.processEvents()
        assert window.size().toTuple() == (1024, 640), page.name
        stack = window.current_page.parentWidget()
        least = window.current_page.minimumSizeHint()
        assert least.width() <= stack.width(), page.name
        assert least.height() <= stack.height(), page.name


def test_the_guide_opens_on_every_page(session: Session, qtbot: QtBot) -> None:
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.show()
    for page in PAGES:
        window.show_page(page.name)
        window.actions_registry["help.guide"].trigger()
        guide = window.findChild(HelpDialog)
        assert guide is not None
        assert guide.sections.currentItem().text() == SECTIONS[page.name]
        QApplication.processEvents()
    guide.close()


def test_closing_the_panel_by_its_cross_is_remembered(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    dock = window.current_page.dock
    assert dock is not None
    dock.close()
    qtbot.waitUntil(lambda: not window.actions_registry["view.details"].isChecked())
    window.show_page("library")
    window.show_page("search")
    assert not dock.isVisible()


def test_menus_list_the_actions_of_the_window_and_of_built_pages(open_window: Open) -> None:
    window = open_window()
    for menu_action in window.menuBar().actions():
        menu_action.menu().aboutToShow.emit()
    captions = {
        menu_action.text(): [a.text() for a in menu_action.menu().actions() if a.text()]
        for menu_action in window.menuBar().actions()
    }
    assert list(captions) == ["&File", "&Edit", "&View", "&Search", "&Library", "&Jobs", "&Help"]
    assert captions["&Search"] == ["&Do it"]
    assert captions["&File"] == ["&Open photo…", "&Quit"]
    assert "&Rescan the folders" in captions["&Library"]


def test_the_status_bar_follows_the_running_job(
    open_window: Open, session: Session, qtbot: QtBot
) -> None:
    window = open_window()
    line = window.status_line
    bar = line.findChild(QProgressBar, "job_bar")
    assert not bar.isVisible()
    session.gpu.start()
    job = session.gpu.submit("Indexing the photos", slow)
    session.gpu.submit("Another", slow)
    qtbot.waitUntil(lambda: job.last_progress is not None)
    assert line.findChild(QLabel, "job_title").text() == "Indexing the photos"
    assert line.findChild(QLabel, "job_line").text().startswith("Indexing ")
    assert bar.isVisible()
    text = line.findChild(QLabel, "job_line")
    assert text.minimumSizeHint().width() < text.sizeHint().width()  # it is shortened in words
    assert text.toolTip() == text.text()
    pause, stop = (window.actions_registry[f"jobs.{name}"] for name in ("pause", "stop"))
    pause.trigger()
    assert "Paused" in line.findChild(QLabel, "job_line").text()
    assert pause.text() == "&Resume the job"
    pause.trigger()
    assert pause.text() == "&Pause the job"
    with qtbot.waitSignal(job.cancelled):
        stop.trigger()
    qtbot.waitUntil(lambda: line.findChild(QLabel, "job_title").text() == "Another")


def test_screen_readers_hear_of_each_quarter(open_window: Open, session: Session) -> None:
    window = open_window()
    names = []
    job = session.gpu.submit("Indexing the photos", slow)
    for done in range(0, 101, 5):
        job.receive("started", None)
        job.receive("progress", _progress(done))
        names.append(window.status_line.accessibleName())
    assert len(set(names)) == 5


def test_messages_come_and_go_with_the_session(open_window: Open, session: Session) -> None:
    window = open_window()
    calls: list[int] = []
    message = Message("FS-302", "Photos have changed.", actions=("Update", "Later"))
    session.notify(message, {"Update": lambda: calls.append(1)})
    window.messages.banners()[0].buttons()[0].click()
    assert calls == [1]
    session.notify(message, {})
    session.banner_withdrawn.emit("FS-302")
    assert not window.messages.isVisible()


def test_an_idle_window_closes_without_a_question(open_window: Open) -> None:
    window = open_window(ask=lambda message, parent: pytest.fail("asked"))
    assert window.close()


@pytest.mark.parametrize(("answer", "closes"), [("Keep working", False), ("Stop and quit", True)])
def test_closing_asks_while_something_is_running(
    open_window: Open, session: Session, qtbot: QtBot, answer: str, closes: bool
) -> None:
    asked: list[Message] = []

    def ask(message: Message, _parent: QWidget | None) -> str:
        asked.append(message)
        return answer

    window = open_window(ask=ask)
    session.gpu.start()
    job = session.gpu.submit("Indexing the photos", slow)
    qtbot.waitUntil(lambda: job.last_progress is not None)
    event = QCloseEvent()
    QApplication.sendEvent(window, event)
    assert event.isAccepted() is closes
    assert asked[0].code == "FS-902"
    assert asked[0].title == "Indexing the photos is running."
    assert asked[0].cause.startswith("Indexing ")
    assert asked[0].actions[0] == "Keep working"


def test_the_start_of_the_engine_is_no_reason_to_ask(open_window: Open, session: Session) -> None:
    window = open_window(ask=lambda message, parent: pytest.fail("asked"))
    session.run("engine", session.gpu, "Starting the engine", slow, print)
    assert window.close()


def test_size_and_panel_are_kept(open_window: Open, session: Session, qtbot: QtBot) -> None:
    window = open_window()
    window.resize(770, 600)
    window.actions_registry["view.details"].trigger()
    window.close()
    again = open_window()
    assert (again.width(), again.height()) == (770, 600)
    assert not again.actions_registry["view.details"].isChecked()
    assert again.current_page.dock is not None
    assert not again.current_page.dock.isVisible()


def test_without_a_library_what_needs_one_is_disabled(open_window: Open) -> None:
    window = open_window()
    for name in ("library.add_folder", "library.rescan", "library.index", "jobs.stop"):
        assert not window.actions_registry[name].isEnabled()
    assert window.actions_registry["file.open"].isEnabled()


def test_right_to_left_languages_mirror_the_window(open_window: Open) -> None:
    window = open_window()
    window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    QApplication.processEvents()
    assert window.rail.mapTo(window, window.rail.rect().center()).x() > window.width() // 2


def test_the_pages_of_the_program_are_known_by_name() -> None:
    names = [entry.name for entry in PAGES]
    assert names[:4] == ["search", "library", "train", "models"]
    assert len(set(names)) == len(names)


def _progress(done: int) -> object:
    from engine import Progress

    return Progress("Indexing", done, 100)
