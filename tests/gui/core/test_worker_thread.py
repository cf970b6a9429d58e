from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

import foodsearch_gui
from engine import JobContext, describe
from foodsearch_gui.core.worker_thread import JobState, WorkerThread


def long_job(context: JobContext) -> str:
    for batch in range(10_000):
        context.checkpoint()
        time.sleep(0.01)
        context.progress("Working", batch, 10_000)
    return "done"


def test_a_job_runs_in_the_thread_and_reports_in_the_gui(
    worker: WorkerThread, qtbot: QtBot
) -> None:
    receivers = []
    handle = worker.submit("query", lambda _context: QThread.currentThread() is worker)
    handle.succeeded.connect(lambda _result: receivers.append(QThread.currentThread()))
    with qtbot.waitSignal(handle.succeeded, timeout=2000) as signal:
        pass
    assert signal.args == [True]
    assert receivers == [worker.thread()]
    assert handle.state is JobState.SUCCEEDED


def test_what_a_job_warns_of_arrives_in_the_gui_while_it_goes_on(
    worker: WorkerThread, qtbot: QtBot
) -> None:
    message = describe("FS-104", host="example.org")

    def job(context: JobContext) -> str:
        context.warn(message)
        return "done"

    warned = []
    handle = worker.submit("train", job)
    handle.warned.connect(lambda found: warned.append((found, QThread.currentThread())))
    with qtbot.waitSignal(handle.succeeded, timeout=2000):
        pass
    assert warned == [(message, worker.thread())]


def test_an_interactive_job_runs_between_the_batches_of_a_long_one(
    worker: WorkerThread, qtbot: QtBot
) -> None:
    slow = worker.submit("index", long_job)
    qtbot.waitUntil(lambda: slow.last_progress is not None, timeout=2000)
    asked = time.perf_counter()
    quick = worker.submit("query", lambda _context: 42, interactive=True)
    with qtbot.waitSignal(quick.succeeded, timeout=2000):
        pass
    assert time.perf_counter() - asked < 0.5
    assert slow.state is JobState.RUNNING


def test_an_interactive_job_overtakes_waiting_long_ones(worker: WorkerThread, qtbot: QtBot) -> None:
    first = worker.submit("index", long_job)
    second = worker.submit("index", long_job)
    qtbot.waitUntil(lambda: first.state is JobState.RUNNING)
    quick = worker.submit("query", lambda _context: 42, interactive=True)
    with qtbot.waitSignal(quick.succeeded, timeout=2000):
        pass
    assert (first.state, second.state) == (JobState.RUNNING, JobState.QUEUED)


def test_a_running_job_can_be_cancelled(worker: WorkerThread, qtbot: QtBot) -> None:
    handle = worker.submit("index", long_job)
    qtbot.waitUntil(lambda: handle.state is JobState.RUNNING, timeout=2000)
    with qtbot.waitSignals([handle.cancelled, handle.finished], timeout=1000):
        handle.cancel()
        assert handle.state is JobState.STOPPING
    assert handle.state is JobState.CANCELLED


def test_a_waiting_job_is_cancelled_at_once(worker: WorkerThread, qtbot: QtBot) -> None:
    running = worker.submit("index", long_job)
    waiting = worker.submit("index", long_job)
    with qtbot.waitSignal(waiting.cancelled, timeout=300):
        waiting.cancel()
    assert not running.state.is_final


def test_pause_holds_the_long_job_but_not_the_interactive_ones(
    worker: WorkerThread, qtbot: QtBot
) -> None:
    handle = worker.submit("index", long_job)
    qtbot.waitUntil(lambda: handle.last_progress is not None, timeout=2000)
    handle.pause()
    qtbot.wait(100)
    held = handle.last_progress
    query = worker.submit("query", lambda _context: 1, interactive=True)
    with qtbot.waitSignal(query.succeeded, timeout=1000):
        pass
    qtbot.wait(150)
    assert handle.last_progress is held
    assert handle.state is JobState.PAUSED
    handle.resume()
    qtbot.waitUntil(lambda: handle.last_progress is not held, timeout=2000)
    assert handle.state is JobState.RUNNING


def test_a_failure_comes_with_its_traceback_and_without_its_frames(
    worker: WorkerThread, qtbot: QtBot
) -> None:
    handle = worker.submit("bad", lambda _context: 1 // 0)
    with qtbot.waitSignal(handle.failed, timeout=2000) as signal:
        pass
    error, text = signal.args
    assert isinstance(error, ZeroDivisionError)
    assert error.__traceback__ is None
    assert "1 // 0" in text
    assert handle.state is JobState.FAILED


def test_a_cancelled_interactive_job_never_answers(worker: WorkerThread, qtbot: QtBot) -> None:
    answers: list[object] = []
    handle = worker.submit("query", lambda _context: time.sleep(0.1), interactive=True)
    handle.succeeded.connect(answers.append)
    qtbot.waitUntil(lambda: handle.state is JobState.RUNNING, timeout=1000)
    with qtbot.waitSignal(handle.cancelled, timeout=1000):
        handle.cancel()
    assert answers == []


def test_progress_is_limited_at_its_source(worker: WorkerThread, qtbot: QtBot) -> None:
    seen: list[object] = []

    def fast(context: JobContext) -> None:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            context.progress("Working", 1, 2)

    handle = worker.submit("fast", fast)
    handle.progressed.connect(seen.append)
    with qtbot.waitSignal(handle.finished, timeout=3000):
        pass
    assert 3 <= len(seen) <= 7


def test_shutdown_stops_everything_at_once(qtbot: QtBot) -> None:
    thread = WorkerThread("short-lived")
    thread.start()
    for _ in range(3):
        thread.submit("index", long_job)
    thread.submit("query", lambda _context: 1, interactive=True)
    assert thread.shutdown(1000)


def test_a_thread_can_be_started_and_stopped_many_times(qtbot: QtBot) -> None:
    for _ in range(200):
        thread = WorkerThread("short-lived")
        thread.start()
        thread.submit("nothing", lambda _context: None)
        assert thread.shutdown(1000)


@pytest.mark.parametrize("source", sorted(Path(foodsearch_gui.__file__).parent.rglob("*.py")))
def test_no_thread_is_ever_terminated(source: Path) -> None:
    assert ".terminate(" not in source.read_text(encoding="utf-8")
