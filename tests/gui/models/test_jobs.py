from __future__ import annotations

import time

from PySide6.QtCore import QAbstractItemModel
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from engine import JobContext
from foodsearch_gui.core.worker_thread import JobState, WorkerThread
from foodsearch_gui.models.jobs import JobRole, JobsModel


def work(context: JobContext) -> None:
    for step in range(1000):
        context.checkpoint()
        context.progress("Working", step, 1000)
        time.sleep(0.005)


def watched(worker: WorkerThread) -> tuple[JobsModel, QAbstractItemModelTester]:
    model = JobsModel()
    worker.submitted.connect(model.add)
    return model, QAbstractItemModelTester(model)


def test_jobs_are_listed_newest_first(worker: WorkerThread, qtbot: QtBot) -> None:
    model, _tester = watched(worker)
    first, second = worker.submit("first", work), worker.submit("second", work)
    assert [model.index(row).data() for row in range(model.rowCount())] == ["second", "first"]
    assert model.index(0).data(JobRole.HANDLE) is second
    qtbot.waitUntil(lambda: first.state is JobState.RUNNING)
    assert model.active() == [first, second]
    assert isinstance(model, QAbstractItemModel)


def test_interactive_jobs_are_not_listed(worker: WorkerThread, qtbot: QtBot) -> None:
    model, _tester = watched(worker)
    handle = worker.submit("query", lambda _context: 1, interactive=True)
    with qtbot.waitSignal(handle.finished):
        pass
    assert model.rowCount() == 0


def test_progress_and_state_change_the_row(worker: WorkerThread, qtbot: QtBot) -> None:
    model, _tester = watched(worker)
    rows: list[int] = []
    model.dataChanged.connect(lambda first, _last, _roles: rows.append(first.row()))
    handle = worker.submit("work", work)
    worker.submit("waiting", work)
    qtbot.waitUntil(lambda: handle.last_progress is not None)
    assert set(rows) == {1}
    with qtbot.waitSignal(model.activity_changed):
        handle.cancel()


def test_finished_jobs_can_be_cleared(worker: WorkerThread, qtbot: QtBot) -> None:
    model, _tester = watched(worker)
    done = worker.submit("done", lambda _context: None)
    with qtbot.waitSignal(done.finished):
        pass
    running = worker.submit("running", work)
    model.clear_finished()
    assert model.handles() == [running]
