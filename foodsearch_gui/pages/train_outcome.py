"""What the Train page says of a training: where it is, what came of it, which model is better."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QCoreApplication

from engine import Comparison
from foodsearch_gui.core import evaluation_texts, wording
from foodsearch_gui.core.model_switch import ModelSwitch
from foodsearch_gui.core.training_choices import label_needs
from foodsearch_gui.core.training_jobs import RunState
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.core.trainings import Trainings

_CHANCE = 0.05  # with very few photos the interval alone is too sure of itself


class Verdict(Enum):
    """Which model finds more, as far as the photos held back can tell."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "unclear"


def is_comparing(trainings: Trainings) -> bool:
    """Whether the new model is being compared with the one before it."""
    return trainings.session.running("train-compare") is not None


def verdict(comparison: Comparison) -> Verdict:
    """Return whether the new model is the better one."""
    difference = comparison.difference
    if not difference.is_clear or difference.p_value >= _CHANCE:
        return Verdict.UNCLEAR
    return Verdict.BETTER if difference.value > 0 else Verdict.WORSE


def stage_text(trainings: Trainings, *, is_preparing: bool = False) -> str:
    """Return in a few words where the training is.

    Args:
        trainings: Of the window.
        is_preparing: Whether the first photo is still to be learned from.
    """
    stage, state = trainings.stage, trainings.state
    if stage is Stage.FINISHED and state is not None:
        return _end_text(state, _best_epoch(trainings))
    texts = {
        Stage.STARTING: _tr("Waiting for its turn"),
        Stage.RUNNING: _tr("Preparing") if is_preparing else _tr("Training"),
        Stage.PAUSED: _tr("Paused"),
        Stage.STOPPING: _tr("Stopping after this batch…"),
        Stage.SAVING: _tr("Saving…"),
    }
    if stage in (Stage.INTERRUPTED, Stage.FAILED) and state is not None:
        if len(state.history):
            return _epochs(_tr("Interrupted after epoch %1 of %2"), state)
        is_failed = stage is Stage.FAILED
        return _tr("Not begun") if is_failed else _tr("Interrupted in its first epoch")
    return texts.get(stage, "")


def outcome(trainings: Trainings, switch: ModelSwitch) -> str:
    """Return what came of the training, and what using it would mean."""
    model, before, found = trainings.model, trainings.before, trainings.comparison
    if trainings.stage is not Stage.FINISHED or model is None:
        return ""
    parts = [_tr("“%1” is installed.").replace("%1", model.name)]
    figure = model.manifest.metrics.get("validation_map")
    if found is not None and before is not None:
        parts.append(verdict_text(found, before.name))
    elif figure is not None:
        text = _tr("On the photos held back it reaches an mAP of %1.")
        parts.append(text.replace("%1", wording.decimal(float(figure), 3)))
        if is_comparing(trainings) and before is not None:
            parts.append(_tr("It is being compared with “%1”…").replace("%1", before.name))
    elif not model.manifest.classes:
        parts.append(_tr("Without labels nothing says how well it finds dishes: try it."))
    if switch.is_on_its_way(model) and before is not None:
        text = _tr("Your photos are being encoded for it; until then “%1” goes on answering.")
        parts.append(text.replace("%1", (switch.present or before).name))
    return " ".join(parts)


def verdict_text(comparison: Comparison, before: str) -> str:
    """Return which model is the better one, by the mAP of both on the photos held back."""
    text = {
        Verdict.BETTER: _tr(
            "On the %1 held back it reaches an mAP of %2, “%4” one of %3: the new model is better."
        ),
        Verdict.WORSE: _tr(
            "On the %1 held back it reaches an mAP of %2, “%4” one of %3: the new model is worse. "
            "Train longer, or on more photos."
        ),
        Verdict.UNCLEAR: _tr(
            "On the %1 held back it reaches an mAP of %2, “%4” one of %3: not enough photos to "
            "tell which is better."
        ),
    }[verdict(comparison)]
    for place, value in (
        ("%1", wording.photos(comparison.difference.queries)),
        ("%2", wording.decimal(comparison.after_map, 3)),
        ("%3", wording.decimal(comparison.before_map, 3)),
    ):
        text = text.replace(place, value)
    return text.replace("%4", before)


def verdict_hint(comparison: Comparison) -> str:
    """Return how sure the verdict is, and what flatters the new model."""
    difference = comparison.difference
    text = _tr("Difference of the mAP: %1, 95 % interval %2 to %3.")
    for place, value in (
        ("%1", difference.value),
        ("%2", difference.low),
        ("%3", difference.high),
    ):
        text = text.replace(place, evaluation_texts.signed(value))
    return "\n".join(
        (
            text,
            evaluation_texts.difference_hint(difference),
            _tr("The same photos chose the best epoch, which flatters the new model a little."),
        )
    )


def _end_text(state: RunState, best: int) -> str:
    """Return how a training came to its end: by itself, for want of gain, or by the user."""
    config, done = state.request.config, len(state.history)
    if not label_needs().get(config.method, True) or done >= state.epochs:
        return _tr("Finished")
    without_gain = sum(
        entry["val_map"] is not None and entry["epoch"] > best for entry in state.history
    )
    if config.patience and without_gain >= config.patience:
        text = _epochs(_tr("Finished after epoch %1 of %2: the last %3 brought no gain"), state)
        return text.replace("%3", wording.epochs(without_gain))
    return _epochs(_tr("Stopped after epoch %1 of %2; the best model was kept"), state)


def _best_epoch(trainings: Trainings) -> int:
    model = trainings.model
    return int(model.manifest.metrics.get("epoch") or 0) if model is not None else 0


def _epochs(text: str, state: RunState) -> str:
    done = wording.count(len(state.history))
    return text.replace("%1", done).replace("%2", wording.count(state.epochs))


def _tr(text: str) -> str:
    return QCoreApplication.translate("train", text)
