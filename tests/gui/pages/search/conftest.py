from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine import Paths
from foodsearch_gui.core.search_work import SearchState
from foodsearch_gui.core.session import Session
from foodsearch_gui.main_window import MainWindow
from tests.gui.pages.search.bench import Bench, draw_library, fill_library


@pytest.fixture
def photo_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Meals"
    draw_library(folder)
    return folder


@pytest.fixture
def open_bench(session: Session, qtbot: QtBot) -> Callable[[], Bench]:
    def make() -> Bench:
        session.settings.change(rescan_on_open=False)
        window = MainWindow(session)
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        window.show_page("search")
        bench = Bench(session, window, qtbot.waitUntil)
        session.start()
        return bench

    return make


@pytest.fixture
def bench(paths: Paths, photo_folder: Path, open_bench: Callable[[], Bench]) -> Bench:
    """A window ready to search an indexed library."""
    fill_library(paths, photo_folder)
    made = open_bench()
    made.until(SearchState.NO_QUERY)
    return made
