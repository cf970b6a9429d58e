"""Evaluations of models: started in the GPU worker, kept as files, shown one or two at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

import engine
from engine import InputError, JobContext, Message, ModelInfo, Splits
from foodsearch_gui.core import evaluation_export, evaluation_store, wording
from foodsearch_gui.core.evaluation_store import KeptResult, Shown
from foodsearch_gui.core.worker_thread import Job, JobHandle

if TYPE_CHECKING:
    from engine import Catalogue
    from foodsearch_gui.core.gpu_engine import GpuEngine
    from foodsearch_gui.core.session import Session

TaskKind = Literal["splits", "folder", "judgements"]
MOST_SHOWN = 2


@dataclass(frozen=True)
class Request:
    """What is to be measured.

    Attributes:
        models: One or two.
        kind: From what the task is made.
        source: The file of splits or the folder; None for judgements.
        map_at: List length for mAP, None for all photos.
    """

    models: tuple[ModelInfo, ...]
    kind: TaskKind
    source: Path | None
    map_at: int | None


class Evaluations(QObject):
    """Measures, keeps, lists and reads. Lives in the GUI thread.

    Signals:
        kept_changed: :attr:`kept` is new.
        running_changed: A measuring began, ended or stopped.
        progressed (Progress): How far it is.
        refused (EngineError): It ended for a reason the user understands.
        measured (object): Results that will be listed and are wanted, as ``KeptResult``: those of
            a run that ended well, or brought back.
        shown_changed: :attr:`shown` is new.

    Args:
        session: Whose models and library.

    Attributes:
        kept: The results, the newest first.
        shown: What is read, or None.
    """

    kept_changed = Signal()
    running_changed = Signal()
    progressed = Signal(object)
    refused = Signal(object)
    measured = Signal(object)
    shown_changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder = session.paths.evaluations
        self.kept: tuple[KeptResult, ...] = ()
        self.shown: Shown | None = None
        self._wanted: tuple[KeptResult, ...] = ()
        self._has_cleared = False

    @property
    def running(self) -> JobHandle | None:
        """The measuring that goes on."""
        return self._session.running("evaluation")

    @property
    def is_settled(self) -> bool:
        """Whether everything that was asked for has arrived."""
        kinds = ("evaluation", "evaluation-list", "evaluation-read")
        return not any(map(self._session.running, kinds))

    def start(self, request: Request) -> None:
        """Measure; the results are kept and told by :attr:`measured`."""
        session = self._session
        names = self.tr(" and ").join(model.name for model in request.models)
        handle = session.run(
            "evaluation",
            session.gpu,
            self.tr("Evaluating %1").replace("%1", names),
            partial(_measure, session.engine, session.catalogue, request, self._folder),
            self.measured.emit,
        )
        handle.progressed.connect(self.progressed)
        handle.failed.connect(self._tell_refusal)
        handle.finished.connect(self._end)
        self.running_changed.emit()

    def stop(self) -> None:
        """Ask the measuring to stop; what one of two models has done already is kept."""
        if (handle := self.running) is not None:
            handle.cancel()
            self.running_changed.emit()

    @Slot()
    def refresh(self) -> None:
        """List the kept results anew."""
        first, self._has_cleared = not self._has_cleared, True
        folder, known = self._folder, self.kept

        def look(_context: JobContext) -> list[KeptResult]:
            if first:
                evaluation_store.clear_removed(folder)
            return evaluation_store.list_kept(folder, known)

        self._read("evaluation-list", self.tr("Listing evaluations"), look, self._take_kept)

    def show(self, kept: Sequence[KeptResult]) -> None:
        """Read one result, or two side by side; none shows nothing."""
        self._wanted = tuple(kept[:MOST_SHOWN])
        if not self._wanted:
            self._take_shown((), None)
            return
        wanted = self._wanted
        self._read(
            "evaluation-read",
            self.tr("Reading an evaluation"),
            lambda _context: evaluation_store.read(wanted),
            partial(self._take_shown, wanted),
        )

    def remove(self, kept: Sequence[KeptResult]) -> None:
        """Delete results; a banner offers to undo it."""
        gone = tuple(kept)
        self._change(evaluation_store.take_away, gone, partial(self._offer_undo, gone))

    def export(self, shown: Shown, target: Path) -> None:
        """Write what is shown as a page (.html) or a table (.csv)."""
        self._write(partial(evaluation_export.write, shown, target), target)

    def save_picture(self, picture: QImage, target: Path) -> None:
        """Write a picture of what is shown."""
        self._write(partial(evaluation_export.write_picture, picture, target), target)

    def _write(self, job: Callable[[], None], target: Path) -> None:
        handle = self._session.library_worker.submit(
            self.tr("Exporting an evaluation"), lambda _context: job(), interactive=True
        )
        handle.succeeded.connect(lambda _result: self._announce_export(target))
        handle.failed.connect(self._tell_failure)

    def _announce_export(self, target: Path) -> None:
        title = self.tr("“%1” was written.").replace("%1", wording.path(target.name))
        self._session.notify(Message("", title, wording.place(target.parent)), {})

    def _offer_undo(self, gone: tuple[KeptResult, ...]) -> None:
        undo = self.tr("Undo")
        if len(gone) == 1:
            title = self.tr("The evaluation of “%1” was deleted.")
            title = title.replace("%1", gone[0].model_name)
        else:
            title = self.tr("%1 evaluations were deleted.").replace("%1", wording.count(len(gone)))
        self._session.notify(
            Message("", title, actions=(undo,)),
            {undo: partial(self._bring_back, gone)},
        )

    def _bring_back(self, gone: tuple[KeptResult, ...]) -> None:
        self._change(evaluation_store.bring_back, gone, partial(self.measured.emit, gone))

    def _change(
        self,
        job: Callable[[tuple[KeptResult, ...]], None],
        kept: tuple[KeptResult, ...],
        done: Callable[[], None] | None = None,
    ) -> None:
        handle = self._session.library_worker.submit(
            self.tr("Changing the evaluations"), lambda _context: job(kept), interactive=True
        )
        if done is not None:
            handle.succeeded.connect(lambda _result: done())
        handle.finished.connect(self.refresh)

    def _read(self, kind: str, title: str, job: Job, done: Callable[[Any], object]) -> None:
        session = self._session
        session.run(kind, session.library_worker, title, job, done, interactive=True)

    @Slot()
    def _end(self) -> None:
        self.running_changed.emit()
        self.refresh()

    @Slot(object)
    def _take_kept(self, kept: list[KeptResult]) -> None:
        self.kept = tuple(kept)
        self.kept_changed.emit()

    def _take_shown(self, wanted: tuple[KeptResult, ...], shown: Shown | None) -> None:
        if wanted == self._wanted:  # else something newer is on its way
            self.shown = shown
            self.shown_changed.emit()

    @Slot(object, str)
    def _tell_refusal(self, error: Exception, _traceback: str) -> None:
        if isinstance(error, engine.EngineError):
            self.refused.emit(error)

    @Slot(object, str)
    def _tell_failure(self, error: Exception, _traceback: str) -> None:
        if isinstance(error, engine.EngineError):
            self._session.work.show_error(error)


def _measure(
    gpu_engine: GpuEngine,
    catalogue: Catalogue | None,
    request: Request,
    folder: Path,
    context: JobContext,
) -> tuple[KeptResult, ...]:
    """Evaluate the models one after the other; runs in the GPU worker."""
    task = _task(catalogue, request)
    kept = []
    for model in request.models:
        result = gpu_engine.evaluate(model, task, context, map_at=request.map_at)
        kept.append(evaluation_store.keep(folder, model, result))
    return tuple(kept)


def _task(catalogue: Catalogue | None, request: Request) -> Splits:
    if request.kind == "judgements":
        if catalogue is None:
            raise InputError(
                "FS-002",
                name="judgements",
                reason="no library is open",
                advice="Open a library first.",
            )
        return engine.judgement_task(catalogue)
    assert request.source is not None
    if request.kind == "folder":
        return engine.folder_task(request.source)
    return engine.read_splits(request.source)
