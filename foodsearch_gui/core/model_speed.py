"""Measures how long a model takes for one photo here; only while nothing else would disturb it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

import engine
from foodsearch_gui.core import wording

if TYPE_CHECKING:
    from engine import EncodeTime, JobContext, ModelInfo
    from foodsearch_gui.core.session import Session


class ModelSpeed(QObject):
    """Measures in the GPU worker, one model at a time.

    Signals:
        changed: A measurement began or ended.

    Args:
        session: Whose device and workers.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._failed: set[str] = set()
        self._measured: set[tuple[str, str]] = set()  # model and device

    @property
    def can_measure(self) -> bool:
        """Whether the engine is there and has nothing else to do."""
        session = self._session
        if session.device is None or session.jobs.active() or session.running("speed"):
            return False
        return not session.trainings.stage.is_busy  # which may be a process of its own

    def measure_first(self, model: ModelInfo) -> None:
        """Measure a model that has never been, unless that failed before.

        A caller whose times are older than the measurement may ask again: that does nothing.
        """
        device = self._session.device
        is_measured = device is not None and (model.key, device.label) in self._measured
        if model.key not in self._failed and not is_measured:
            self.measure(model)

    def measure(self, model: ModelInfo) -> None:
        """Measure a model now; while anything else is going on, nothing happens."""
        session, device = self._session, self._session.device
        if not self.can_measure or device is None:
            return
        times = engine.EncodeTimes(session.paths)

        def job(context: JobContext) -> EncodeTime:
            ms = engine.measure_encode(session.engine.encoder(model), context)
            return times.keep(model.key, device, ms)

        title = self.tr("Measuring %1").replace("%1", model.name)
        # Nobody asked for it, so that a failure is only told on the card.
        handle = session.gpu.submit(title, job, interactive=True)
        session.desk.remember("speed", handle)
        handle.succeeded.connect(partial(self._note_success, model.key, device.label))
        handle.failed.connect(partial(self._note_failure, model.key))
        handle.finished.connect(self.changed)
        self.changed.emit()

    def text(self, model: ModelInfo, time: EncodeTime | None) -> str:
        """Return how fast a model is here, in words."""
        if time is not None:
            return self._in_words(time)
        if model.key in self._failed:
            return self.tr("could not be measured")
        if self._session.running("speed"):
            return self.tr("being measured…")
        return self.tr("not measured yet")

    def _note_success(self, key: str, device: str, _time: EncodeTime) -> None:
        self._measured.add((key, device))

    def _note_failure(self, key: str, _error: Exception, _traceback: str) -> None:
        self._failed.add(key)

    def _in_words(self, time: EncodeTime) -> str:
        text = self.tr("%1 ms a photo, without reading the file (%2, measured on %3)")
        ms = f"{time.ms:.1f}" if time.ms < 10 else wording.count(round(time.ms))
        text = text.replace("%1", ms).replace("%2", time.device)
        return text.replace("%3", wording.day(time.measured))
