"""A worker thread with two queues: interactive jobs run between the batches of a long one.

Jobs never touch a widget. Everything they report travels as one queued signal to the thread's
GUI side, which passes it on through the job's handle; handles live in the GUI thread, so any
callable may be connected to their signals.
"""

from __future__ import annotations

import itertools
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from engine import JobCancelled, JobContext, Progress

Job = Callable[[JobContext], Any]


class JobState(StrEnum):
    """Where a job is in its life; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the job is over."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class JobHandle(QObject):
    """What the window holds of a job. Lives in the GUI thread.

    Signals:
        state_changed: The state, also as :attr:`state`.
        progressed (Progress): At most ten a second.
        warned (Message): What the user should know though the job goes on.
        succeeded (object): The job's result.
        failed (object, str): The exception and its traceback as text.
        cancelled: The job stopped because somebody asked it to.
        finished: Last signal of every job, after one of the three above.

    Args:
        title: What the job does, for people.
        context: The line to the job.
        withdraw: Takes the job out of the queue if it has not started.
        interactive: Whether somebody waits for the answer; such jobs overtake long ones.
        number: Increases with every job of a thread.

    Attributes:
        seconds: How long it ran, pauses included; None before it is over.
        result_text: What came of it, in a few words; may be empty.
    """

    state_changed = Signal(object)
    progressed = Signal(object)
    warned = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object, str)
    cancelled = Signal()
    finished = Signal()

    def __init__(
        self,
        title: str,
        context: JobContext,
        withdraw: Callable[[int], None],
        *,
        interactive: bool,
        number: int,
    ) -> None:
        super().__init__()
        self.title = title
        self.interactive = interactive
        self.number = number
        self.state = JobState.QUEUED
        self.last_progress: Progress | None = None
        self.error: Exception | None = None
        self.traceback = ""
        self.result_text = ""
        self._context = context
        self._withdraw = withdraw
        self._has_started = False
        self._began = 0.0
        self.seconds: float | None = None

    @property
    def is_paused(self) -> bool:
        """Whether the job is held, or will be at its next checkpoint."""
        return self._context.is_paused

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked the job to stop; it may still be at work."""
        return self._context.is_cancelled

    def cancel(self) -> None:
        """Ask the job to stop at its next checkpoint; one that waits never starts."""
        if self.state.is_final:
            return
        self._context.cancel()
        self._change_state(JobState.STOPPING)
        self._withdraw(self.number)

    def pause(self) -> None:
        """Hold the job at its next checkpoint."""
        if not (self.state.is_final or self.is_cancelled):
            self._context.pause()
            self._change_state(JobState.PAUSED)

    def resume(self) -> None:
        """Let a paused job go on."""
        if self.state is JobState.PAUSED:
            self._context.resume()
            self._change_state(JobState.RUNNING if self._has_started else JobState.QUEUED)

    def tell(self, result_text: str) -> None:
        """Say what came of the job, which is over."""
        self.result_text = result_text
        self.state_changed.emit(self.state)

    def receive(self, kind: str, payload: Any) -> None:
        """Take one report of the worker; called by the thread's GUI side only."""
        if kind == "started":
            self._has_started = True
            self._began = time.monotonic()
            if self.state is JobState.QUEUED:
                self._change_state(JobState.RUNNING)
        elif kind == "progress":
            self.last_progress = payload
            self.progressed.emit(payload)
        elif kind == "warning":
            self.warned.emit(payload)
        else:
            self._finish(kind, payload)

    def _finish(self, kind: str, payload: Any) -> None:
        if self._has_started:
            self.seconds = time.monotonic() - self._began
        # An answer nobody waits for any more must not overwrite a newer one.
        if kind == "cancelled" or (self.interactive and self.is_cancelled):
            self._change_state(JobState.CANCELLED)
            self.cancelled.emit()
        elif kind == "failed":
            self.error, self.traceback = payload
            self._change_state(JobState.FAILED)
            self.failed.emit(self.error, self.traceback)
        else:
            self._change_state(JobState.SUCCEEDED)
            self.succeeded.emit(payload)
        self.finished.emit()

    def _change_state(self, state: JobState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)


@dataclass
class _Entry:
    number: int
    job: Job = field(repr=False)
    context: JobContext = field(repr=False)


class WorkerThread(QThread):
    """Runs jobs one after the other; interactive ones also at the checkpoints of a long one.

    Signals:
        submitted (JobHandle): A job was handed in; emitted in the GUI thread.

    Args:
        name: Name of the thread, for debuggers and crash logs.
    """

    submitted = Signal(object)
    _reported = Signal(int, str, object)  # job number, kind, payload

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._condition = threading.Condition()
        self._interactive: deque[_Entry] = deque()
        self._long: deque[_Entry] = deque()
        self._is_stopping = False
        self._numbers = itertools.count(1)
        self._handles: dict[int, JobHandle] = {}
        self._reported.connect(self._relay, Qt.ConnectionType.QueuedConnection)

    def submit(self, title: str, job: Job, *, interactive: bool = False) -> JobHandle:
        """Queue a job; its handle reports in the GUI thread."""
        number = next(self._numbers)
        context = JobContext(
            lambda progress: self._reported.emit(number, "progress", progress),
            serve=_nothing if interactive else self._serve_interactive,
            on_warning=lambda message: self._reported.emit(number, "warning", message),
        )
        handle = JobHandle(title, context, self._withdraw, interactive=interactive, number=number)
        self._handles[number] = handle
        with self._condition:
            queue = self._interactive if interactive else self._long
            queue.append(_Entry(number, job, context))
            self._condition.notify()
        self.submitted.emit(handle)
        return handle

    def active(self) -> list[JobHandle]:
        """Return the jobs that are not over, oldest first."""
        return list(self._handles.values())

    def shutdown(self, ms: int = 5000) -> bool:
        """Cancel everything and wait for the thread; return whether it ended in time."""
        for handle in self.active():
            handle.cancel()
        with self._condition:
            self._is_stopping = True
            self._condition.notify_all()
        return self.wait(ms)

    def run(self) -> None:
        """Work until :meth:`shutdown`; the body of the thread."""
        while (entry := self._next()) is not None:
            self._execute(entry)

    def _next(self) -> _Entry | None:
        with self._condition:
            while not (self._interactive or self._long or self._is_stopping):
                self._condition.wait()
            if self._is_stopping:
                return None
            return (self._interactive or self._long).popleft()

    def _serve_interactive(self) -> None:
        while self._interactive:
            with self._condition:
                entry = self._interactive.popleft() if self._interactive else None
            if entry is not None:
                self._execute(entry)

    def _execute(self, entry: _Entry) -> None:
        try:
            if entry.context.is_cancelled:
                raise JobCancelled
            self._reported.emit(entry.number, "started", None)
            result = entry.job(entry.context)
        except JobCancelled:
            self._reported.emit(entry.number, "cancelled", None)
        except Exception as error:
            # The text is kept, the frames are not: they would hold the job's arrays and files.
            text = traceback.format_exc()
            self._reported.emit(entry.number, "failed", (error.with_traceback(None), text))
        else:
            self._reported.emit(entry.number, "succeeded", result)

    def _withdraw(self, number: int) -> None:
        """Report a job as cancelled at once if it still waits in a queue."""
        with self._condition:
            for queue in (self._interactive, self._long):
                for entry in queue:
                    if entry.number == number:
                        queue.remove(entry)
                        self._reported.emit(number, "cancelled", None)
                        return

    @Slot(int, str, object)
    def _relay(self, number: int, kind: str, payload: object) -> None:
        assert QThread.currentThread() is self.thread(), "reports must arrive in the GUI thread"
        handle = self._handles[number]
        if kind not in ("started", "progress", "warning"):
            del self._handles[number]
        handle.receive(kind, payload)


def _nothing() -> None:
    """Interactive jobs serve nobody: they are short."""
