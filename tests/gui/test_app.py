"""The program as a whole, in this process, with a cheap engine."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import engine
from engine import JobContext, Paths
from foodsearch_gui.app import Program, run
from foodsearch_gui.core.theme import DARK, LIGHT, apply_theme, colours_for
from foodsearch_gui.dialogs.error_dialog import ErrorDialog
from foodsearch_gui.options import Options
from foodsearch_gui.pages.inspect_page import InspectPage
from tests.gui.cheap_engine import CheapEngine, draw_photos

Start = Callable[[Options], Program]


@pytest.fixture
def start(qapp: QApplication, paths: Paths, qtbot: QtBot) -> Iterator[Start]:
    """A starter of programs that are ended after the test."""
    programs: list[Program] = []
    hooks = sys.excepthook, threading.excepthook

    def make(options: Options) -> Program:
        program = Program(qapp, paths, options, CheapEngine())
        programs.append(program)
        program.session.bug_found.connect(lambda _error, text: pytest.fail(text))
        with qtbot.waitSignal(program.window.first_painted):
            program.window.show()
        qtbot.waitUntil(lambda: program.session.coverage is not None, timeout=10_000)
        return program

    yield make
    for program in programs:
        assert program.end(0) == 0
        program.window.deleteLater()
    sys.excepthook, threading.excepthook = hooks
    apply_theme(qapp, "light")


def titles(program: Program) -> list[str]:
    return [banner.message.code for banner in program.window.messages.banners()]


def test_a_start_shows_the_search_page_without_a_message(start: Start) -> None:
    program = start(Options())
    assert program.window.current_page is not None
    assert program.window.current_page.objectName() == "search_page"
    assert titles(program) == []
    assert program.window.windowTitle() == "Home – FoodSearch"


def test_a_home_that_is_a_file_opens_no_window(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert run(Options(home=file)) == 1
    assert "It is not a folder" in capsys.readouterr().err


def test_the_theme_follows_the_setting_without_a_restart(start: Start, qapp: QApplication) -> None:
    program = start(Options())
    program.settings.change(theme="dark")
    assert colours_for(qapp.palette()) is DARK
    assert colours_for(program.window.palette()) is DARK
    program.settings.change(theme="light")
    assert colours_for(program.window.palette()) is LIGHT


def test_a_theme_on_the_command_line_wins(start: Start, qapp: QApplication) -> None:
    program = start(Options(theme="dark"))
    program.settings.change(theme="light")
    assert colours_for(qapp.palette()) is DARK


def test_a_photo_on_the_command_line_is_searched(
    start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    (photo,) = draw_photos(tmp_path, 1)
    program = start(Options(photo=photo))
    catalogue = program.session.catalogue
    assert catalogue is not None
    qtbot.waitUntil(lambda: [query.path for query in catalogue.recent_queries()] == [photo])


def test_a_folder_on_the_command_line_is_added(start: Start, tmp_path: Path, qtbot: QtBot) -> None:
    draw_photos(tmp_path / "meals", 3)
    program = start(Options(photo=tmp_path / "meals"))
    qtbot.waitUntil(lambda: program.session.coverage == engine.Coverage(3, 3), timeout=10_000)


def test_a_photo_is_looked_at_on_the_page_inspect(
    start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    (photo,) = draw_photos(tmp_path, 1)
    page = start(Options(photo=photo, page="inspect")).window.current_page
    assert isinstance(page, InspectPage)
    qtbot.waitUntil(lambda: page.photo.photo is not None)
    assert page.photo.photo.source == photo


def test_a_second_start_brings_its_photo_to_this_window(
    start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    program = start(Options())
    program.window.show_page("library")
    (photo,) = draw_photos(tmp_path, 1)
    assert program.server is not None
    with qtbot.waitSignal(program.session.search_requested) as signal:
        program.server.asked.emit(str(photo))
    assert signal.args == [photo, photo.name]
    assert program.window.current_page.objectName() == "search_page"  # type: ignore[union-attr]


@pytest.mark.parametrize("has_home", [False, True])
def test_demo_draws_its_photos_once_and_says_when_nothing_is_kept(
    start: Start, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, paths: Paths, has_home: bool
) -> None:
    def draw(folder: Path, context: JobContext) -> int:
        return len(draw_photos(folder / "pizza", 4))

    monkeypatch.setattr(engine, "draw_demo_photos", draw)
    program = start(Options(demo=True, home=paths.data if has_home else None))
    assert titles(program) == ([] if has_home else ["FS-905"])
    qtbot.waitUntil(lambda: program.session.coverage == engine.Coverage(4, 4), timeout=10_000)


def test_damaged_settings_and_a_crash_are_told_at_the_start(
    start: Start, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths.config.mkdir(parents=True)
    (paths.config / "settings.json").write_text("{", encoding="utf-8")
    paths.log.mkdir(parents=True)
    (paths.log / "crash-999999999.log").write_text("Fatal Python error", encoding="utf-8")
    shown: list[str] = []
    monkeypatch.setattr(ErrorDialog, "exec", lambda self: shown.append(self.details.toPlainText()))
    program = start(Options())
    assert titles(program) == ["FS-904", "FS-903"]
    program.window.messages.banners()[0].buttons()[1].click()
    assert "Fatal Python error" in shown[0]


def test_a_bug_is_shown_once_and_the_program_goes_on(
    start: Start, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[ErrorDialog] = []
    monkeypatch.setattr(ErrorDialog, "exec", lambda self: shown.append(self))
    program = start(Options())
    assert program.reporter is not None
    for _ in range(3):
        program.reporter.report(ValueError("ours"), "Traceback: ours")
    qtbot.waitUntil(lambda: bool(shown))
    qtbot.wait(50)
    assert len(shown) == 1
    assert "Traceback: ours" in shown[0].details.toPlainText()
    assert program.window.isVisible()
