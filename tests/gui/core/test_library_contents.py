from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine import JobContext, Paths, open_library, scan
from foodsearch_gui.core.library_contents import LibraryContents, read_contents
from foodsearch_gui.core.session import Session
from tests.gui.cheap_engine import draw_photos


@pytest.fixture
def meals(tmp_path: Path) -> Path:
    draw_photos(tmp_path / "Meals" / "2025" / "soup", 2)
    draw_photos(tmp_path / "Meals", 1, seed=1)
    return tmp_path / "Meals"


@pytest.fixture
def started(session: Session, qtbot: QtBot, meals: Path) -> Session:
    session.start()
    qtbot.waitUntil(lambda: session.catalogue is not None, timeout=10_000)
    session.add_roots([meals])
    qtbot.waitUntil(
        lambda: session.coverage is not None and session.coverage.indexed == 3, timeout=10_000
    )
    return session


def test_folders_form_a_tree_also_where_one_holds_no_photos(paths: Paths, meals: Path) -> None:
    with open_library(paths) as catalogue:
        catalogue.add_root(meals)
        scan(catalogue, JobContext())
        contents = read_contents(catalogue, None, "name")
    assert contents.folders == (
        (meals, 0),
        (meals / "2025", 1),
        (meals / "2025" / "soup", 2),
    )
    assert contents.total == len(contents.ids) == 3


def test_what_is_shown_follows_folder_and_library(
    started: Session, qtbot: QtBot, meals: Path
) -> None:
    contents = LibraryContents(started)
    qtbot.waitUntil(lambda: contents.contents is not None)
    assert len(contents.contents.ids) == 3
    contents.show(folder=meals / "2025", order="date")
    qtbot.waitUntil(lambda: len(contents.contents.ids) == 2)
    started.open_library("Other")
    qtbot.waitUntil(lambda: contents.contents is None)
    qtbot.waitUntil(lambda: contents.contents is not None and contents.contents.total == 0)
    assert contents.folder is None
    qtbot.waitUntil(lambda: contents.is_settled)


def test_answers_to_an_older_question_are_dropped(
    started: Session, qtbot: QtBot, meals: Path
) -> None:
    contents = LibraryContents(started)
    seen: list[int] = []
    contents.changed.connect(lambda: seen.append(len(contents.contents.ids)))
    contents.show(folder=meals / "2025", order="name")  # while all photos are being read
    qtbot.waitUntil(lambda: contents.is_settled and bool(seen))
    assert seen == [2]
