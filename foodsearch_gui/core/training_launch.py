"""Starts the jobs of a training: in the GPU worker, or in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core import training_jobs
from foodsearch_gui.core.training_child import TrainingChild, train_command
from foodsearch_gui.core.worker_thread import JobHandle

if TYPE_CHECKING:
    from engine import Comparison, JobContext, ModelInfo, Run
    from foodsearch_gui.core.session import Session
    from foodsearch_gui.core.training_jobs import RunState


def launch(
    session: Session, state: RunState, device: str, cards: int
) -> tuple[JobHandle, TrainingChild | None]:
    """Return the handle of the training, and its process, which waits to be started.

    Args:
        session: Whose workers and settings are used.
        state: The run to go on with.
        device: As in :func:`engine.choose_device`.
        cards: Graphics cards that work; processes use all of them unless one was chosen.
    """
    title = QCoreApplication.translate("Trainings", "Training “%1”")
    title = title.replace("%1", state.request.name)
    run = state.run
    if not session.settings.value.train_apart:
        job = partial(training_jobs.train, session.paths, run, device)
        return session.desk.run(
            "train", session.gpu, title, job, lambda _model: None, tell_refusal=False
        ), None
    processes = max(1, cards) if device in ("auto", "cuda") else 1
    command = train_command(session.paths, run.name, device, processes)
    log = session.paths.log / "training.log"
    child = TrainingChild(command, run.name, title, log, session.trainings)
    return session.desk.adopt("train", child.handle), child


def compare(
    session: Session,
    before: ModelInfo,
    after: ModelInfo,
    run: Run,
    done: Callable[[Comparison], object],
) -> None:
    """Let both models find the photos held back; what fails here spoils nothing."""
    if before.id == after.id or not after.manifest.classes:
        return  # without labels nothing is right or wrong

    def job(context: JobContext) -> Comparison:
        return session.engine.compare(before, after, run, context)

    title = QCoreApplication.translate("Trainings", "Comparing “%1” with “%2”")
    title = title.replace("%1", after.name).replace("%2", before.name)
    session.desk.run("train-compare", session.gpu, title, job, done, tell_refusal=False)
