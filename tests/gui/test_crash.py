from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from engine import describe
from foodsearch_gui import crash
from foodsearch_gui.core import qt_log
from foodsearch_gui.core.bug_report import make_report
from foodsearch_gui.crash import CrashReporter
from foodsearch_gui.dialogs.error_dialog import ErrorDialog

Make = Callable[..., CrashReporter]


@pytest.fixture
def make_reporter(tmp_path: Path, qtbot: QtBot) -> Iterator[Make]:
    made: list[CrashReporter] = []
    hooks = sys.excepthook, threading.excepthook

    def make(show: Callable[[str], object] = print) -> CrashReporter:
        reporter = CrashReporter(tmp_path / "log", show)
        made.append(reporter)
        return reporter

    yield make
    for reporter in made:
        reporter.uninstall()
    sys.excepthook, threading.excepthook = hooks


def raised(text: str) -> Exception:
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def test_a_fault_in_a_thread_is_shown_in_the_gui_thread(make_reporter: Make, qtbot: QtBot) -> None:
    shown: list[tuple[str, bool]] = []
    reporter = make_reporter(
        lambda text: shown.append((text, QThread.currentThread() is reporter.thread()))
    )
    reporter.install()
    thread = threading.Thread(target=lambda: 1 // 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(shown))
    ((text, in_gui_thread),) = shown
    assert "ZeroDivisionError" in text
    assert in_gui_thread


def test_the_same_fault_again_is_counted_not_shown(
    make_reporter: Make, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    reporter = make_reporter(shown.append)
    reporter.install()
    for _ in range(5):
        reporter.report(raised("first"), "")
    reporter.report(raised("second"), "")
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert shown == ["ValueError: first", "ValueError: second"]
    monkeypatch.setattr(crash, "_REPEAT_SECONDS", 0.0)
    reporter.report(raised("second"), "")
    qtbot.waitUntil(lambda: len(shown) == 3)
    log = (tmp_path / "log" / "foodsearch.log").read_text(encoding="utf-8")
    assert log.count("fault again") == 4


def test_one_dialog_at_a_time(make_reporter: Make, qtbot: QtBot) -> None:
    shown: list[str] = []

    def show(text: str) -> None:
        shown.append(text)
        reporter.report(raised("inner"), "")
        qtbot.wait(20)

    reporter = make_reporter(show)
    reporter.report(raised("outer"), "")
    qtbot.waitUntil(lambda: bool(shown))
    qtbot.wait(50)
    assert shown == ["ValueError: outer"]


def test_what_qt_says_goes_to_the_log(make_reporter: Make, tmp_path: Path) -> None:
    make_reporter().install()
    qt_log.install()
    try:
        qWarning("the plumbing leaks")
    finally:
        qt_log.uninstall()
    log = (tmp_path / "log" / "foodsearch.log").read_text(encoding="utf-8")
    assert "WARNING qt" in log
    assert "the plumbing leaks" in log


def test_a_good_end_leaves_no_crash_log(make_reporter: Make, tmp_path: Path) -> None:
    reporter = make_reporter()
    reporter.install()
    assert list((tmp_path / "log").glob("crash-*.log"))
    reporter.uninstall()
    assert not list((tmp_path / "log").glob("crash-*.log"))
    assert make_reporter().previous_crash == ""


def test_a_crash_of_the_process_is_offered_at_the_next_start(
    make_reporter: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "log"
    program = (
        "import sys, faulthandler\n"
        "from pathlib import Path\n"
        "from foodsearch_gui.crash import CrashReporter\n"
        "CrashReporter(Path(sys.argv[1]), print).install()\n"
        "faulthandler._sigsegv()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(folder)], check=False, timeout=60)
    assert ended.returncode != 0
    assert "Segmentation fault" in make_reporter().previous_crash
    assert (folder / "crash-last.log").exists()
    assert make_reporter().previous_crash == ""


def test_a_program_that_still_runs_has_not_crashed(make_reporter: Make, tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    log = tmp_path / "log" / f"crash-{other.pid}.log"
    log.parent.mkdir()
    log.write_text("Fatal Python error", encoding="utf-8")
    assert make_reporter().previous_crash == ""
    other.communicate(b"\n")
    assert make_reporter().previous_crash == "Fatal Python error"


def test_a_program_that_was_killed_left_nothing_to_tell(
    make_reporter: Make, tmp_path: Path
) -> None:
    log = tmp_path / "log" / "crash-999999999.log"
    log.parent.mkdir()
    log.touch()
    assert make_reporter().previous_crash == ""
    assert not log.exists()


def test_logs_stay_small(make_reporter: Make, tmp_path: Path) -> None:
    make_reporter().install()
    logger = logging.getLogger("foodsearch_gui.test")
    for _ in range(70):
        logger.warning("x" * 100_000)
    files = list((tmp_path / "log").glob("foodsearch.log*"))
    assert len(files) == 5
    assert sum(file.stat().st_size for file in files) < 5_500_000


def test_a_report_does_not_tell_the_users_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/anna"))
    report = make_report('File "/home/anna/meals/x.py", line 1')
    assert "anna" not in report
    assert '"~/meals/x.py"' in report
    assert "PySide6 " in report


@pytest.mark.parametrize("caption", ["C&ontinue", "&Quit"])
def test_the_dialog_offers_details_and_a_way_on(qtbot: QtBot, caption: str) -> None:
    dialog = ErrorDialog(describe("FS-901"), "Traceback of the fault")
    qtbot.addWidget(dialog)
    buttons = {button.text(): button for button in dialog.buttons()}
    buttons["&Copy details"].click()
    assert "Traceback of the fault" in QGuiApplication.clipboard().text()
    dialog.show()
    buttons[caption].click()
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert dialog.wants_to_quit is (caption == "&Quit")


def test_details_are_folded_until_asked_for(qtbot: QtBot) -> None:
    dialog = ErrorDialog(describe("FS-901"), "Traceback")
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.details.isVisible()
    dialog.buttons()[0].click()
    assert dialog.details.isVisible()
    assert dialog.buttons()[0].text() == "Hide &details"
