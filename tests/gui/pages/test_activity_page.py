from __future__ import annotations

import time

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine import JobContext
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.theme import DARK, LIGHT, apply_theme
from foodsearch_gui.core.worker_thread import JobState
from foodsearch_gui.pages.activity_page import ActivityPage
from foodsearch_gui.widgets.empty_state import EmptyState


@pytest.fixture
def page(session: Session, qtbot: QtBot) -> ActivityPage:
    window = QWidget()
    qtbot.addWidget(window)
    made = ActivityPage(session, ActionRegistry(window), window)
    window.show()
    made.show()
    session.gpu.start()
    return made


def slow(context: JobContext) -> None:
    for step in range(1000):
        context.checkpoint()
        context.progress("Indexing", step, 1000)
        time.sleep(0.005)


def test_nothing_is_running(page: ActivityPage) -> None:
    assert page.rows() == []
    state = page.findChild(EmptyState)
    assert state.isVisible()
    assert state.accessibleName() == "Nothing is running."


def test_a_job_shows_how_far_it_is(page: ActivityPage, session: Session, qtbot: QtBot) -> None:
    session.gpu.submit("Indexing the photos", slow)
    (row,) = page.rows()
    qtbot.waitUntil(lambda: "of 1,000" in row.accessibleName())
    assert row.accessibleName().startswith("Indexing the photos, Indexing ")
    assert not page.findChild(EmptyState).isVisible()


def test_pause_resume_and_stop(page: ActivityPage, session: Session, qtbot: QtBot) -> None:
    job = session.gpu.submit("Indexing the photos", slow)
    (row,) = page.rows()
    qtbot.waitUntil(lambda: job.state is JobState.RUNNING)
    pause, stop = row.pause_button, row.stop_button
    pause.click()
    assert job.state is JobState.PAUSED
    assert pause.text() == "Resume"
    pause.click()
    assert job.state is JobState.RUNNING
    with qtbot.waitSignal(job.cancelled):
        stop.click()
        assert not stop.isEnabled()
    assert "Stopped" in row.accessibleName()
    assert not stop.isVisible()


def few(context: JobContext) -> None:
    context.progress("Trying", 7, 14, force=True)


def test_what_has_succeeded_is_not_told_as_half_done(
    page: ActivityPage, session: Session, qtbot: QtBot
) -> None:
    whole = session.gpu.submit("Whole", lambda context: context.progress("Reading", 1200, 1200))
    early = session.gpu.submit("Early", few)
    qtbot.waitUntil(lambda: whole.state.is_final and early.state.is_final)
    assert [row.accessibleName() for row in page.rows()] == [
        "Early, Finished",
        "Whole, Finished · Reading 1,200 of 1,200",
    ]


def test_a_failure_says_why_and_offers_details(
    page: ActivityPage,
    session: Session,
    bugs: list[str],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[object] = []
    monkeypatch.setattr(
        "foodsearch_gui.pages.activity_page.show_failure", lambda *details: shown.append(details)
    )
    job = session.gpu.submit("Bad", lambda _context: [][1])
    with qtbot.waitSignal(job.finished):
        pass
    assert "IndexError" in bugs.pop()
    (row,) = page.rows()
    assert "list index out of range" in row.accessibleName()
    row.details_button.click()
    ((title, error, text, _window),) = shown
    assert (title, error) == ("Bad", job.error)
    assert "[][1]" in text


def test_finished_jobs_can_be_cleared(page: ActivityPage, session: Session, qtbot: QtBot) -> None:
    done = session.gpu.submit("Done", lambda _context: None)
    with qtbot.waitSignal(done.finished):
        pass
    session.gpu.submit("Running", slow)
    assert len(page.rows()) == 2
    page.clear_button.click()
    assert [row.job.title for row in page.rows()] == ["Running"]
    assert not page.clear_button.isVisible()


def test_a_row_follows_the_theme(
    page: ActivityPage, session: Session, qtbot: QtBot, qapp: QApplication
) -> None:
    session.gpu.submit("Indexing the photos", slow)
    (row,) = page.rows()
    try:
        for theme, colours in (("light", LIGHT), ("dark", DARK), ("light", LIGHT)):
            apply_theme(qapp, theme)
            QApplication.processEvents()
            found = row._line.palette().color(row._line.foregroundRole()).name()
            assert found == colours.secondary
    finally:
        apply_theme(qapp, "light")
