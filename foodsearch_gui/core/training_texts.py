"""What the window says about a training besides the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from engine import Message, describe
from foodsearch_gui.core import job_texts

if TYPE_CHECKING:
    from foodsearch_gui.core.training_jobs import RunState
    from foodsearch_gui.core.trainings import Trainings

STAY = str(QT_TRANSLATE_NOOP("training", "Keep working"))
KEEP = str(QT_TRANSLATE_NOOP("training", "Stop and keep best"))
LEAVE = str(QT_TRANSLATE_NOOP("training", "Quit and resume later"))


def closing_question(trainings: Trainings) -> Message:
    """Return the FS-902 text of a training; before its first epoch there is nothing to keep."""
    name = trainings.state.request.name if trainings.state is not None else ""
    job = _tr("The training “%1”").replace("%1", name)
    state = job_texts.state_line(trainings.handle) if trainings.handle is not None else ""
    answers = (STAY, KEEP, LEAVE) if trainings.has_best else (STAY, LEAVE)
    return replace(describe("FS-902", job=job, state=state), actions=answers)


def interruption(state: RunState) -> Message:
    """Return the FS-503 text of a run that came to no end."""
    epoch, best = len(state.history), state.so_far.best_epoch
    message = describe(
        "FS-503", name=state.request.name, epoch=epoch, epochs=state.epochs, best=best
    )
    if state.has_best:
        return message
    resume, _keep, discard = message.actions
    return replace(
        message,
        cause=_tr("It ended before its first epoch was done."),
        advice=_tr("Resume it, or discard it."),
        actions=(resume, discard),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("training", text)
