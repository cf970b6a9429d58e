"""The training of this window: started, held, stopped, kept or thrown away, and taken up again.

It runs in the GPU worker, or in a process of its own if the user wants that; both leave the same
run on the disk, which is all that a later start needs to go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

import engine
from engine import EngineError, Progress
from foodsearch_gui.core import training_banners, training_jobs, training_launch, training_texts
from foodsearch_gui.core.training_child import TrainingChild
from foodsearch_gui.core.training_jobs import RunState
from foodsearch_gui.core.training_stage import STAGES, Stage, Wish
from foodsearch_gui.core.worker_thread import JobHandle, JobState

if TYPE_CHECKING:
    from engine import Comparison, ModelInfo, Run, RunRequest
    from foodsearch_gui.core.session import Session


class Trainings(QObject):
    """One training at a time.

    Signals:
        changed: The stage, the run, the error or the model are new.
        began (RunState): Another run is in front.
        progressed (Progress): At most ten a second.
        warned (Message): What the user should know though the training goes on.
        name_wanted: A name is taken, the user wants to choose another.
        guide_wanted: The user wants to know how to prepare photos.
        compared (Comparison): What the new model finds, beside the one before it.
        discard_wanted (RunState): The user wants to delete a run; to be asked first.
        settled: Nothing is going on any more.

    Args:
        session: Whose workers, models and settings are used.

    Attributes:
        stage: Where the training is.
        state: The run as it was when it began or was taken up; None before any.
        error: Why it failed, in the stage ``FAILED``.
        model: What came of it, in the stage ``FINISHED``.
        before: The model it is compared with.
        comparison: Of the two, once there is one.
        handle: Of the job, while there is one.
        has_best: Whether there are weights to keep by now.
        cards: Graphics cards that work; a process each.
    """

    changed = Signal()
    began = Signal(object)
    progressed = Signal(object)
    warned = Signal(object)
    name_wanted = Signal()
    guide_wanted = Signal()
    compared = Signal(object)
    discard_wanted = Signal(object)
    settled = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.stage = Stage.IDLE
        self.state: RunState | None = None
        self.error: EngineError | None = None
        self.model: ModelInfo | None = None
        self.before: ModelInfo | None = None
        self.comparison: Comparison | None = None
        self.handle: JobHandle | None = None
        self._child: TrainingChild | None = None
        self._wish = Wish.INTERRUPT
        self._device = "auto"
        self.has_best = False
        self.cards = 0

    @property
    def session(self) -> Session:
        """Whose workers, models and settings are used."""
        return self._session

    @property
    def run(self) -> Run | None:
        """The run in front."""
        return self.state.run if self.state is not None else None

    def look_for_interrupted(self) -> None:
        """Offer to go on with the runs that came to no end."""
        self._write(
            self.tr("Looking for interrupted trainings"),
            lambda: training_jobs.interrupted_runs(self._session.paths),
            self._tell_interrupted,
        )

    def start(self, request: RunRequest, device: str = "auto") -> None:
        """Begin a training."""
        if self.stage.is_busy:
            return
        self._device = device
        self.error = None
        self._enter(Stage.STARTING)
        self._write(
            self.tr("Beginning a training"),
            lambda: training_jobs.read_run(engine.Run.create(self._session.paths, request)),
            self._begin,
            partial(self._explain_refusal, request, device),
        )

    def resume(self, run: Run | None = None) -> None:
        """Go on with a run, by default with the one in front."""
        run = run or self.run
        if run is None or self.stage.is_busy:
            return
        self._enter(Stage.STARTING)
        self._write(
            self.tr("Taking up a training"),
            lambda: training_jobs.read_run(run),
            self._begin,
            self._fail,
        )
        self._session.page_requested.emit("train")

    def restart_lower(self) -> None:
        """Begin again with a tenth of the learning rate, in place of the run in front."""
        if self.state is None or self.stage.is_busy:
            return
        request, device = self.state.request, self._device
        lower = replace(request, config=replace(request.config, lr=request.config.lr / 10))
        self._delete(self.state, partial(self.start, lower, device))

    def toggle_pause(self) -> None:
        """Hold the training, or let it go on."""
        if self.handle is not None:
            if self.handle.state is JobState.PAUSED:
                self.handle.resume()
            else:
                self.handle.pause()

    def stop_and_keep(self) -> None:
        """Stop after the present batch and install the best model so far."""
        self._stop(Wish.KEEP)

    def interrupt(self) -> None:
        """Stop after the present batch; the run can be taken up later."""
        self._stop(Wish.INTERRUPT)

    def keep_best(self, state: RunState | None = None) -> None:
        """Install the best model of a run that was interrupted."""
        state = state or self.state
        if state is None or self.stage.is_busy:
            return
        if not self._is_in_front(state):
            self._put_in_front(state)
        self._session.page_requested.emit("train")
        self._keep()

    def offer(self, state: RunState) -> None:
        """Let the user say what is to become of a run that came to no end."""
        message = training_texts.interruption(state)
        self._session.notify(message, training_banners.ways_on(self, state, message))

    def discard(self, state: RunState | None = None) -> None:
        """Delete a run with all it learned, after its training has stopped; ask before."""
        state = state or self.state
        if state is None:
            return
        if not self._is_in_front(state):
            self._delete_aside(state)
        elif self.stage.is_busy:
            self._stop(Wish.DISCARD)
        else:
            self._delete(state, self._forget)

    def leave(self) -> None:
        """Put the run in front away: the next training is to be prepared."""
        if not self.stage.is_busy:
            self._forget()

    def shutdown(self, ms: int) -> bool:
        """End the process of the training, if there is one; return whether it ended."""
        return self._child is None or self._child.shutdown(ms)

    def _begin(self, state: RunState) -> None:
        session = self._session
        self._put_in_front(state)
        handle, self._child = training_launch.launch(session, state, self._device, self.cards)
        self.handle = handle
        handle.state_changed.connect(self._follow_state)
        handle.progressed.connect(self._take_progress)
        handle.warned.connect(self.warned)
        handle.succeeded.connect(self._take_model)
        handle.failed.connect(self._take_failure)
        handle.cancelled.connect(self._stopped)
        if self._child is not None:
            self._child.start()

    def _is_in_front(self, state: RunState) -> bool:
        return self.run is not None and self.run.path == state.run.path

    def _put_in_front(self, state: RunState) -> None:
        self._withdraw(state)
        self.state = state
        self.error = self.model = self.comparison = None
        self.has_best = state.has_best
        self._wish = Wish.INTERRUPT
        self.before = self._model(state.request.parent) or self._session.model
        self.began.emit(state)

    def _model(self, model_id: str) -> ModelInfo | None:
        found = (model for model in self._session.store.list() if model.id == model_id)
        return next(found, None) if model_id else None

    def _stop(self, wish: Wish) -> None:
        if self.handle is not None and not self.handle.state.is_final:
            self._wish = wish
            self.handle.cancel()

    @Slot(object)
    def _follow_state(self, state: JobState) -> None:
        if state in STAGES:
            self._enter(STAGES[state])

    @Slot(object)
    def _take_progress(self, progress: Progress) -> None:
        self.progressed.emit(progress)
        if not self.has_best and "epoch_end" in progress.details:
            self.has_best = True
            self.changed.emit()

    @Slot()
    def _stopped(self) -> None:
        assert self.state is not None
        self._release()
        if self._wish is Wish.KEEP:
            self._keep()
        elif self._wish is Wish.DISCARD:
            self._delete(self.state, self._forget)
        else:
            self._read_again(Stage.INTERRUPTED)

    def _keep(self) -> None:
        """Install the best weights; interactive, so that no other job comes before it."""
        assert self.state is not None
        run, session = self.state.run, self._session
        self._enter(Stage.SAVING)
        session.desk.run(
            "train-keep",
            session.gpu,
            self.tr("Saving the best model"),
            lambda _context: engine.finish(session.paths, run),
            self._take_model,
            interactive=True,
            tell_refusal=False,
        ).failed.connect(self._fail)

    @Slot(object)
    def _take_model(self, result: ModelInfo | dict[str, Any]) -> None:
        """Take what a worker, or the process, has installed."""
        assert self.state is not None
        self._release()
        model = self._model(result["model"]) if isinstance(result, dict) else result
        if self._wish is Wish.DISCARD and model is not None:
            self._delete(self.state, self._forget, model)  # ready before it could be stopped
            return
        self.model = model
        self._session.model_actions.models_changed.emit()
        self._read_again(Stage.FINISHED)
        self._compare()

    @Slot(object, str)
    def _take_failure(self, error: Exception, traceback: str) -> None:
        self._release()
        self._fail(error, traceback)

    def _fail(self, error: Exception, _traceback: str) -> None:
        # What is no EngineError was reported as a bug already; the page must not wait for ever.
        self.error = error if isinstance(error, EngineError) else EngineError("FS-901")
        self._read_again(Stage.FAILED)
        if isinstance(error, EngineError):
            training_banners.tell_failure(self, error)

    def resume_on(self, device: str) -> None:
        """Go on with the run in front, computing elsewhere."""
        self._device = device
        self.resume()

    def _read_again(self, stage: Stage) -> None:
        """Enter a stage of rest with what the disk has of the run by now."""
        if self.state is None or not self.state.run.path.is_dir():
            self._enter(stage)  # the engine deletes a run that cannot begin
            return
        request, run = self.state.request, self.state.run

        def take(state: RunState) -> None:
            self.state = state
            self._enter(stage)

        def give_up(_error: Exception, _traceback: str) -> None:
            self.state = RunState(run, request)
            self._enter(stage)

        self._write(
            self.tr("Reading the training"), lambda: training_jobs.read_run(run), take, give_up
        )

    def _compare(self) -> None:
        before, after, run = self.before, self.model, self.run
        if before is not None and after is not None and run is not None:
            done = partial(self._take_comparison, run)
            training_launch.compare(self._session, before, after, run, done)

    def _take_comparison(self, run: Run, comparison: Comparison) -> None:
        if self.run is run:
            self.comparison = comparison
            self.compared.emit(comparison)

    def _delete(
        self, state: RunState, then: Callable[[], object], model: ModelInfo | None = None
    ) -> None:
        """Delete the run in front, and the model that came of it."""
        store = self._session.store
        self._enter(Stage.SAVING)

        def job() -> None:
            if model is not None:
                store.remove(model.id)
            state.run.discard()

        def done(_result: object) -> None:
            self._enter(Stage.IDLE)
            then()

        self._write(self.tr("Deleting the training"), job, done, self._fail)

    def _delete_aside(self, state: RunState) -> None:
        """Delete a run that is not in front; what goes on there is no business of it."""
        self._withdraw(state)

        def explain(error: Exception, _traceback: str) -> None:
            self.offer(state)
            if isinstance(error, EngineError):
                self._session.notify(error.message, {"Try again": partial(self.discard, state)})

        self._write(self.tr("Deleting the training"), state.run.discard, None, explain)

    def _withdraw(self, state: RunState) -> None:
        self._session.message_withdrawn.emit(training_texts.interruption(state))

    def _forget(self) -> None:
        self.state = self.model = self.error = self.comparison = None
        self._enter(Stage.IDLE)

    def _release(self) -> None:
        self.handle = None
        if self._child is not None:
            self._child.deleteLater()
            self._child = None

    def _explain_refusal(
        self, request: RunRequest, device: str, error: Exception, _traceback: str
    ) -> None:
        self._enter(Stage.IDLE)
        if isinstance(error, EngineError):
            training_banners.tell_refusal(self, error, request, device)

    def _tell_interrupted(self, states: list[RunState]) -> None:
        for state in states:
            if not self._is_in_front(state):  # else it was taken up again
                self.offer(state)

    def _enter(self, stage: Stage) -> None:
        was_busy = self.stage.is_busy
        self.stage = stage
        self.changed.emit()
        if was_busy and not stage.is_busy:
            self.settled.emit()

    def _write(
        self,
        title: str,
        job: Callable[[], Any],
        done: Callable[[Any], object] | None,
        failed: Callable[[Exception, str], object] | None = None,
    ) -> None:
        """Do something with files, in the worker that does."""
        worker = self._session.library_worker
        handle = worker.submit(title, lambda _context: job(), interactive=True)
        if done is not None:
            handle.succeeded.connect(done)
        if failed is not None:
            handle.failed.connect(failed)
