"""The two workers and what runs in them; sorts failures into the user's and ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine import EngineError
from foodsearch_gui.core.worker_thread import Job, JobHandle, WorkerThread
from foodsearch_gui.models.jobs import JobsModel


class JobDesk(QObject):
    """Starts jobs and remembers the newest of each kind.

    Signals:
        refused (EngineError): A job stopped for a reason the user understands. An interactive job
            is left to whoever asked for it, unless :meth:`run` started it.
        warned (Message): What the user should know though a job goes on.
        bug_found (object, str): A job failed by a fault of ours; exception and traceback.

    Attributes:
        gpu: The worker that owns torch.
        library_worker: The worker that scans folders and writes to the library.
        jobs: The long jobs of this session.
    """

    refused = Signal(object)
    warned = Signal(object)
    bug_found = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = JobsModel(self)
        self.gpu = WorkerThread("gpu-worker", self)
        self.library_worker = WorkerThread("library", self)
        self._newest: dict[str, JobHandle] = {}
        for worker in (self.gpu, self.library_worker):
            worker.submitted.connect(self._watch)

    def start(self) -> None:
        """Start both workers."""
        self.gpu.start()
        self.library_worker.start()

    def shutdown(self, ms: int) -> bool:
        """Stop all jobs; return whether both workers ended in time."""
        ended = [worker.shutdown(ms) for worker in (self.gpu, self.library_worker)]
        return all(ended)

    def running(self, kind: str) -> JobHandle | None:
        """Return the newest job of a kind if it is not over."""
        handle = self._newest.get(kind)
        return handle if handle is not None and not handle.state.is_final else None

    def remember(self, kind: str, handle: JobHandle) -> JobHandle:
        """Let a job be the newest of its kind; return it."""
        self._newest[kind] = handle
        return handle

    def run(
        self,
        kind: str,
        worker: WorkerThread,
        title: str,
        job: Job,
        done: Callable[[Any], object],
        *,
        interactive: bool = False,
        tell_refusal: bool = True,
    ) -> JobHandle:
        """Start a job as the newest of its kind; its refusal is told by :attr:`refused`.

        Args:
            kind: By which it is found again.
            worker: Where it runs.
            title: What it does, for people.
            job: The work.
            done: Takes its result.
            interactive: Whether somebody waits for the answer.
            tell_refusal: Else whoever starts it tells why it stopped, in words of his own.
        """
        handle = self.remember(kind, worker.submit(title, job, interactive=interactive))
        handle.succeeded.connect(done)
        if tell_refusal and interactive:
            handle.failed.connect(self._tell_refusal)
        elif not tell_refusal and not interactive:
            handle.failed.disconnect(self._tell_refusal)
        return handle

    def adopt(self, kind: str, handle: JobHandle) -> JobHandle:
        """List a job of another process as the newest of its kind; whoever made it tells of it."""
        self._watch(handle)
        handle.failed.disconnect(self._tell_refusal)
        return self.remember(kind, handle)

    @Slot(object)
    def _watch(self, handle: JobHandle) -> None:
        self.jobs.add(handle)
        handle.failed.connect(self._tell_bug)
        handle.warned.connect(self.warned)
        if not handle.interactive:
            handle.failed.connect(self._tell_refusal)

    @Slot(object, str)
    def _tell_refusal(self, error: Exception, _traceback: str) -> None:
        if isinstance(error, EngineError):
            self.refused.emit(error)

    @Slot(object, str)
    def _tell_bug(self, error: Exception, traceback: str) -> None:
        if not isinstance(error, EngineError):
            self.bug_found.emit(error, traceback)
