"""The program: puts the parts together, starts the heavy ones after the first paint, ends well."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

import engine
from engine import InputError, Paths, describe
from foodsearch_gui.core import qt_log
from foodsearch_gui.core.gpu_engine import GpuEngine
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.core.theme import apply_theme
from foodsearch_gui.instance_name import may_be_running, server_name
from foodsearch_gui.main_window import MainWindow
from foodsearch_gui.options import Options
from foodsearch_gui.pages import PAGES

if TYPE_CHECKING:
    from foodsearch_gui.crash import CrashReporter
    from foodsearch_gui.single_instance import InstanceServer

APP_ID = "io.github.foodsearch.FoodSearch"
USER_ERROR, WRONG_USAGE = 1, 2
_PATIENCE_MS = 60_000  # an import of torch cannot be interrupted


def run(options: Options) -> int:
    """Open the window and stay until it is closed; return the exit code."""
    names = [entry.name for entry in PAGES]
    if options.page and options.page not in names:
        sys.stderr.write(f"There is no page {options.page!r}; known are {', '.join(names)}.\n")
        return WRONG_USAGE
    with ExitStack() as stack:
        home = options.home
        if options.is_fleeting:
            import tempfile

            sys.stderr.write(f"{describe('FS-905')}\n")
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="foodsearch-")))
        try:
            paths = Paths.resolve(home)
        except InputError as error:
            sys.stderr.write(f"{error.code}: {error}\n")
            return USER_ERROR
        application = make_application()
        stack.callback(qt_log.uninstall)
        program = Program(application, paths, options)
        if options.screenshot is None and program.is_running_already():
            return 0
        return program.run()


def make_application() -> QApplication:
    """Return the application object, named."""
    qt_log.install()
    application = QApplication(["foodsearch", "-style", "Fusion"])
    application.setApplicationName("FoodSearch")
    application.setApplicationVersion(engine.__version__)
    QGuiApplication.setDesktopFileName(APP_ID)
    return application


class Program(QObject):
    """Everything that lives as long as the window.

    Args:
        application: The application object.
        paths: Where files are kept.
        options: The command line.
        gpu_engine: Another engine, for tests.
    """

    def __init__(
        self,
        application: QApplication,
        paths: Paths,
        options: Options,
        gpu_engine: GpuEngine | None = None,
    ) -> None:
        super().__init__()
        self._application = application
        self._options = options
        self._paths = paths
        self.settings = SettingsStore(paths.config / "settings.json", self)
        apply_theme(application, options.theme or self.settings.value.theme)
        self.settings.changed.connect(self._follow_settings)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._apply_theme)
        self.session = Session(paths, self.settings, gpu_engine=gpu_engine)
        self.window = MainWindow(self.session, start_page=options.page)
        self.window.first_painted.connect(self.start)
        self.reporter: CrashReporter | None = None
        self.server: InstanceServer | None = None

    def is_running_already(self) -> bool:
        """Whether another window took over what this one was started for."""
        name = server_name(self._paths)
        if not may_be_running(name):
            return False
        from foodsearch_gui.single_instance import hand_over

        photo = self._options.photo
        return hand_over(name, photo.absolute() if photo else None)

    def run(self) -> int:
        """Show the window; return the exit code after everything has ended."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C in a terminal ends a Qt program too
        self.window.show()
        code = self._application.exec()
        return self.end(code)

    @Slot()
    def start(self) -> None:
        """Start what may take its time; the window is on the screen."""
        from foodsearch_gui.crash import CrashReporter
        from foodsearch_gui.dialogs.about_dialog import program_logo

        self._application.setWindowIcon(QIcon(program_logo(128)))
        self.reporter = CrashReporter(self._paths.log, self._show_bug, self)
        self.reporter.install()
        self.session.bug_found.connect(self.reporter.report)
        self.session.start()
        self._show_past_problems(self.reporter.previous_crash)
        if self._options.screenshot is None:
            self._listen()
        self._do_as_told()

    def _listen(self) -> None:
        from foodsearch_gui.single_instance import InstanceServer

        self.server = InstanceServer(server_name(self._paths), self)
        self.server.asked.connect(self._take_over)

    def _show_past_problems(self, crash: str) -> None:
        if self.settings.problem is not None:
            self.session.notify(self.settings.problem, {})
        if crash:
            message = describe("FS-904")
            show = partial(self._show_details, crash)
            self.session.notify(message, {message.actions[1]: show})

    def _do_as_told(self) -> None:
        options = self._options
        if options.demo:
            self.session.catalogue_changed.connect(self._add_demo)
        if options.is_fleeting and options.screenshot is None:
            self.session.notify(describe("FS-905"), {})
        photo = options.photo.absolute() if options.photo is not None else None
        if photo is not None and not photo.is_dir() and options.page == "inspect":
            from foodsearch_gui.core.inspection import Inspected

            self.session.inspect(Inspected(photo, photo.name))
        elif photo is not None:
            self._take_over(str(photo))
        if options.screenshot is not None:
            from foodsearch_gui.screenshot import Screenshot

            search = options.page in ("", "search") and options.photo is None
            Screenshot(self.window, options.screenshot, search=search).start()

    @Slot()
    def _add_demo(self) -> None:
        catalogue = self.session.catalogue
        if catalogue is not None and not catalogue.root_paths():
            self.session.add_sample_photos()

    @Slot(str)
    def _take_over(self, photo: str) -> None:
        """Do what a start with this argument would do; bring the window to the front."""
        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.raise_()
        self.window.activateWindow()
        path = Path(photo)
        if photo and path.is_dir():
            self.session.add_roots([path])
        elif photo:
            self.session.search_photo(path, path.name)

    @Slot(object)
    def _follow_settings(self, names: frozenset[str]) -> None:
        if "theme" in names:
            self._apply_theme()

    @Slot()
    def _apply_theme(self) -> None:
        apply_theme(self._application, self._options.theme or self.settings.value.theme)

    def _show_bug(self, text: str) -> None:
        if self._options.screenshot is not None:  # nobody is there to press a button
            sys.stderr.write(text)
            QApplication.exit(1)
            return
        from foodsearch_gui.dialogs.error_dialog import ErrorDialog

        dialog = ErrorDialog(describe("FS-901"), text, self.window)
        dialog.exec()
        if dialog.wants_to_quit:
            QTimer.singleShot(0, self.window, self.window.close)

    def _show_details(self, text: str) -> None:
        from foodsearch_gui.dialogs.error_dialog import ErrorDialog

        ErrorDialog(describe("FS-904"), text, self.window).exec()

    def end(self, code: int) -> int:
        """Stop everything; a worker that does not end must not keep the process for ever."""
        self.window.hide()
        ended = self.session.shutdown() or self.session.shutdown(_PATIENCE_MS)
        if self.server is not None:
            self.server.close()
        if self.reporter is not None:
            self.reporter.uninstall()
        if not ended:
            sys.stderr.write("A job did not stop; FoodSearch ends without it.\n")
            sys.stderr.flush()
            os._exit(1)
        return code
