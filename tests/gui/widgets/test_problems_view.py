from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine import Problem
from foodsearch_gui.widgets.problems_view import ProblemsView


def problem(number: int, code: str = "FS-106", ignored: bool = False) -> Problem:
    path = Path(f"/photos/{number}")
    return Problem(number, path, code, "Damaged.", "Copy it.", "2026-11-12T12:00:00+00:00", ignored)


@pytest.fixture
def view(qtbot: QtBot) -> ProblemsView:
    made = ProblemsView()
    qtbot.addWidget(made)
    made.show()
    return made


def test_without_problems_nothing_can_be_done(view: ProblemsView) -> None:
    view.set_problems([])
    assert view.summary.text() == "No problems: every photo could be read."
    for button in (view.retry, view.ignore, view.export, view.show_file):
        assert not button.isEnabled()
    assert not view.show_ignored.isVisible()


def test_buttons_say_whether_they_mean_the_selection_or_all(
    view: ProblemsView, qtbot: QtBot
) -> None:
    view.set_problems([problem(1), problem(2)])
    assert (view.retry.text(), view.ignore.text()) == ("Re&try all", "&Ignore all")
    with qtbot.waitSignal(view.retry_requested) as asked:
        view.retry.click()
    assert asked.args == [[1, 2]]
    view.table.select(1)
    assert (view.retry.text(), view.ignore.text()) == ("Re&try", "&Ignore")
    with qtbot.waitSignal(view.ignore_requested) as asked:
        view.ignore.click()
    assert asked.args == [[2], True]
    with qtbot.waitSignal(view.show_requested) as asked:
        view.show_file.click()
    assert asked.args == [Path("/photos/2")]


def test_ignored_files_are_hidden_until_asked_for(view: ProblemsView, qtbot: QtBot) -> None:
    view.set_problems([problem(1), problem(2, ignored=True)])
    assert view.model.rowCount() == 1
    assert view.show_ignored.isVisible()
    view.show_ignored.click()
    assert view.model.rowCount() == 2
    view.table.select(1)
    assert view.ignore.text() == "Stop &ignoring"
    with qtbot.waitSignal(view.ignore_requested) as asked:
        view.ignore.click()
    assert asked.args == [[2], False]


def test_a_forbidden_folder_can_be_skipped(view: ProblemsView, qtbot: QtBot) -> None:
    view.set_problems([problem(1), problem(2, code="FS-203")])
    view.table.select(0)
    assert not view.skip.isVisible()
    view.table.select(1)
    with qtbot.waitSignal(view.skip_requested) as asked:
        view.skip.click()
    assert asked.args == [Path("/photos/2")]
