"""What comes before a training: its photos are looked at, and its cost is measured."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

import engine
from engine import EngineError
from foodsearch_gui.core import training_jobs
from foodsearch_gui.core.training_choices import Source, TrainingChoices, make_request
from foodsearch_gui.core.training_jobs import Devices
from foodsearch_gui.core.worker_thread import JobHandle, WorkerThread

if TYPE_CHECKING:
    from engine import Estimate, JobContext, ModelInfo, PhotoCheck, RunRequest
    from foodsearch_gui.core.session import Session

_JOBS = ("train-labels", "train-check", "train-estimate")


class TrainingCheck(QObject):
    """Checks photos and estimates the cost of one training at a time, the newest asked for.

    Signals:
        changed: Any attribute is new.
        looked: The photos were looked at, or cannot be.

    Args:
        session: Whose workers are used.

    Attributes:
        request: What was checked, None before and while it is looked at anew.
        check: What was found, None before; the last one stays until there is a new one.
        estimate: What the training would cost, None before.
        error: Why there is no check, or none can be made.
        devices: Where can be computed, None before they were tried.
        handle: Of the job that looks or measures, while there is one.
    """

    changed = Signal()
    looked = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.request: RunRequest | None = None
        self.check: PhotoCheck | None = None
        self.estimate: Estimate | None = None
        self.error: EngineError | None = None
        self.devices: Devices | None = None
        self.handle: JobHandle | None = None
        self._number = 0  # of the newest wish; answers to older ones are dropped

    @property
    def is_busy(self) -> bool:
        """Whether something is looked at or measured."""
        return any(map(self._session.running, _JOBS))

    @property
    def is_looking(self) -> bool:
        """Whether the photos are being looked at, so that what was found before is outdated."""
        return any(map(self._session.running, _JOBS[:2]))

    @property
    def can_start(self) -> bool:
        """Whether the photos were found fit to train with, and nothing was refused since."""
        is_known = self.request is not None and self.error is None and not self.is_looking
        return is_known and self.check is not None and self.check.can_start

    def probe_devices(self) -> None:
        """Try what can compute."""
        self._session.run(
            "train-devices",
            self._session.gpu,
            self.tr("Looking for graphics cards"),
            lambda _context: training_jobs.probe_devices(),
            self._take_devices,
            interactive=True,
        )

    def stop(self) -> None:
        """Look at nothing any more; what was found stays."""
        self._number += 1
        for kind in _JOBS:
            if (handle := self._session.running(kind)) is not None:
                handle.cancel()

    def clear(self) -> None:
        """Forget the check: other photos are meant."""
        self.stop()
        self.request = self.check = self.estimate = self.error = None
        self.changed.emit()

    def start(self, choices: TrainingChoices, parent: ModelInfo | None) -> None:
        """Look at the photos, then measure."""
        self.stop()
        self.request = self.error = self.estimate = None
        session, catalogue = self._session, self._session.catalogue
        if choices.source is not Source.JUDGEMENTS:
            self._ask(choices, parent, None)
        elif catalogue is not None:
            folder = session.paths.labels
            self._run(
                "train-labels",
                session.library_worker,
                self.tr("Collecting the judgements"),
                lambda _context: engine.keep_judged_labels(catalogue, folder),
                partial(self._ask, choices, parent),
            )

    def _ask(self, choices: TrainingChoices, parent: ModelInfo | None, table: Path | None) -> None:
        try:
            request = make_request(choices, parent, table)
        except EngineError as error:
            self._fail(self._number, error, "")
            return
        paths = self._session.paths
        self._run(
            "train-check",
            self._session.gpu,
            self.tr("Checking the photos"),
            lambda context: training_jobs.check(paths, request, context),
            partial(self._take_check, request, choices.device),
        )

    def _take_check(self, request: RunRequest, device: str, check: PhotoCheck) -> None:
        self.request, self.check, paths = request, check, self._session.paths
        if check.can_start:
            self._run(
                "train-estimate",
                self._session.gpu,
                self.tr("Measuring how long it takes"),
                lambda context: training_jobs.estimate(paths, request, device, context),
                self._take_estimate,
            )
        self.changed.emit()
        self.looked.emit()

    def _take_estimate(self, estimate: Estimate) -> None:
        self.estimate = estimate
        self.changed.emit()

    def _take_devices(self, devices: Devices) -> None:
        self.devices = devices
        self._session.trainings.cards = len(devices.usable) - 1
        self.changed.emit()

    def _run(
        self,
        kind: str,
        worker: WorkerThread,
        title: str,
        job: Callable[[JobContext], Any],
        done: Callable[[Any], object],
    ) -> None:
        number = self._number

        def take(result: Any) -> None:
            if number == self._number:
                done(result)

        handle = self._session.run(kind, worker, title, job, take, tell_refusal=False)
        handle.failed.connect(partial(self._fail, number))
        for signal in (handle.state_changed, handle.progressed):
            signal.connect(self._tell)
        self.handle = handle
        self.changed.emit()

    def _tell(self, _news: object) -> None:
        self.changed.emit()

    def _fail(self, number: int, error: Exception, _traceback: str) -> None:
        if number == self._number:
            self.error = error if isinstance(error, EngineError) else EngineError("FS-901")
            self.changed.emit()
            self.looked.emit()
