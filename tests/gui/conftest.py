"""GUI tests run without a screen and without network, and must leave nothing running."""

from __future__ import annotations

import gc
import os
import socket
import traceback
import weakref
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QThreadPool, QTimer
from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication

from engine import Paths
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.core.theme import apply_theme
from foodsearch_gui.core.worker_thread import WorkerThread
from tests.gui.cheap_engine import CheapEngine

_Started = list[tuple["weakref.ref[Any]", str]]


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """The style the program runs in."""
    return ["foodsearch", "-style", "Fusion"]


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application in the light theme."""
    apply_theme(qapp, "light")
    return qapp


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every attempt to leave the computer fail the test."""

    def refuse(self: socket.socket, address: object) -> None:
        pytest.fail(f"tried to connect to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def _no_old_pictures(qapp: QApplication) -> None:
    QPixmapCache.clear()


@pytest.fixture(autouse=True)
def _nothing_left_running(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[None]:
    """Fail if a thread, a pool's task or a timer outlives its test; name the line that began it."""
    threads = _record(monkeypatch, QThread, "start")
    pools = _record(monkeypatch, QThreadPool, "start")
    timers = _record(monkeypatch, QTimer, "start")
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    _fail_on(threads, lambda thread: thread.isRunning(), "thread")
    _fail_on(pools, lambda pool: not pool.waitForDone(1000), "thread pool")
    _fail_on(timers, lambda timer: timer.isActive(), "timer")


@pytest.fixture
def paths() -> Paths:
    """The folders of this test's home."""
    return Paths.resolve()


@pytest.fixture
def settings(paths: Paths) -> SettingsStore:
    """Settings with their defaults."""
    return SettingsStore(paths.config / "settings.json")


@pytest.fixture
def worker(qapp: QApplication) -> Iterator[WorkerThread]:
    """A worker thread that runs."""
    thread = WorkerThread("test-worker")
    thread.start()
    yield thread
    assert thread.shutdown(5000)


@pytest.fixture
def bugs() -> list[str]:
    """What a session reported as a fault of ours; a test that expects one clears the list."""
    return []


@pytest.fixture
def session(paths: Paths, settings: SettingsStore, bugs: list[str]) -> Iterator[Session]:
    """A session with a cheap engine, not started."""
    made = Session(paths, settings, gpu_engine=CheapEngine())
    made.bug_found.connect(lambda _error, text: bugs.append(text))
    yield made
    assert made.shutdown()
    assert bugs == []


def _record(monkeypatch: pytest.MonkeyPatch, kind: type[QObject], method: str) -> _Started:
    started: _Started = []
    original = getattr(kind, method)

    def start(self: Any, *args: Any) -> Any:
        started.append((weakref.ref(self), "".join(traceback.format_stack(limit=4)[:-1])))
        return original(self, *args)

    monkeypatch.setattr(kind, method, start)
    return started


def _fail_on(started: _Started, is_running: Callable[[Any], bool], what: str) -> None:
    def left() -> list[str]:
        alive = ((reference(), where) for reference, where in started)
        return [
            where
            for thing, where in alive
            if thing is not None and shiboken6.isValid(thing) and is_running(thing)
        ]

    if left():
        gc.collect()
    if places := left():
        pytest.fail(f"a {what} is still running; it was started here:\n{places[0]}")
