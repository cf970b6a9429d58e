"""How a long job talks to whoever runs it: progress, pause, cancel.

A job is any callable that takes a :class:`JobContext`. It calls ``checkpoint()`` at every safe
point (a batch, a file); the same job runs in the window's worker thread, on the command line and
inline in a test.
"""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.errors import Message

PROGRESS_INTERVAL = 0.1  # seconds: ten reports a second are all a person can read
RATE_WINDOW = 30.0  # seconds over which the rate is measured
ETA_AFTER_SECONDS = 5.0
ETA_AFTER_SHARE = 0.03


class JobCancelled(Exception):  # noqa: N818  (a request, not an error)
    """Raised by ``checkpoint()`` after somebody asked the job to stop."""


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        stage: What is being done now, e.g. ``"Scanning"``.
        done: Units finished.
        total: Units in all, or None while they are still being counted.
        rate: Units per second over the last 30 seconds, or None if unknown.
        eta: Seconds left, or None before 5 seconds and 3 % have passed.
        details: Further values of the job, by name.
    """

    stage: str
    done: int = 0
    total: int | None = None
    rate: float | None = None
    eta: float | None = None
    details: dict[str, object] = field(default_factory=dict)


class JobContext:
    """The line between a running job and its owner; every method may be called from any thread.

    Args:
        on_progress: Receives at most ten :class:`Progress` a second, in the job's thread.
        serve: Called at every checkpoint, also while paused; runs waiting interactive work.
        clock: Monotonic time in seconds.
        on_warning: Receives what the user should know though the job goes on.

    Attributes:
        held: Seconds for which the job was held so far.
    """

    def __init__(
        self,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        serve: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        on_warning: Callable[[Message], None] = lambda message: None,
    ) -> None:
        self._on_progress = on_progress
        self._serve = serve
        self._clock = clock
        self._on_warning = on_warning
        self.held = 0.0
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._stage = ""
        self._last_report = float("-inf")
        self._history: deque[tuple[float, int]] = deque()

    def cancel(self) -> None:
        """Ask the job to stop at its next checkpoint."""
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        """Hold the job at its next checkpoint until :meth:`resume`."""
        self._running.clear()

    def resume(self) -> None:
        """Let a paused job go on."""
        self._running.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self._cancelled.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether the job is held, or will be at its next checkpoint."""
        return not self._running.is_set()

    def checkpoint(self) -> None:
        """Serve waiting work, wait while paused.

        Raises:
            JobCancelled: Somebody asked the job to stop.
        """
        if self._cancelled.is_set():
            raise JobCancelled
        self._serve()
        if not self._running.is_set():
            began = self._clock()
            while not self._running.wait(0.02):
                self._serve()
            self.held += self._clock() - began
            self._history.clear()  # the pause must not count as slowness
        if self._cancelled.is_set():
            raise JobCancelled

    def progress(
        self,
        stage: str,
        done: int,
        total: int | None = None,
        *,
        force: bool = False,
        eta: float | None = None,
        **details: object,
    ) -> None:
        """Report how far the job is; reports come through at most ten times a second.

        The first report of a stage and a report with ``done == total`` always come through.

        Args:
            stage: What is being done now.
            done: Units finished.
            total: Units in all, None while they are still being counted.
            force: Let this report through in any case.
            eta: Seconds left, where the job knows better than the rate of its units tells.
            details: Further values, by name.
        """
        now = self._clock()
        if stage != self._stage:
            self._stage = stage
            self._history.clear()
            force = True
        if not (force or done == total or now - self._last_report >= PROGRESS_INTERVAL):
            return
        self._last_report = now
        rate, seconds = self._estimate(now, done, total)
        if eta is not None:
            seconds = eta
        self._on_progress(Progress(stage, done, total, rate, seconds, details))

    def warn(self, message: Message) -> None:
        """Tell what the user should know though the job goes on."""
        self._on_warning(message)

    def muted(self) -> JobContext:
        """Return a line that reports nothing, and is cancelled and paused together with this."""
        line = copy.copy(self)
        line._on_progress = lambda progress: None
        line._on_warning = lambda message: None
        line._history = deque()
        return line

    def unwarned(self) -> JobContext:
        """Return a line that passes everything on but warnings."""
        line = copy.copy(self)
        line._on_warning = lambda message: None
        return line

    def _estimate(
        self, now: float, done: int, total: int | None
    ) -> tuple[float | None, float | None]:
        self._history.append((now, done))
        while len(self._history) > 2 and now - self._history[0][0] > RATE_WINDOW:
            self._history.popleft()
        start, first = self._history[0]
        elapsed = now - start
        if elapsed <= 0 or done <= first:
            return None, None
        rate = (done - first) / elapsed
        if not total or elapsed < ETA_AFTER_SECONDS or done < ETA_AFTER_SHARE * total:
            return rate, None
        return rate, max(total - done, 0) / rate
