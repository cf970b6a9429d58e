"""What is said of a training that has come to its end."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine import Comparison, Difference, Run, RunRequest
from foodsearch_gui.core.training_jobs import RunState
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.core.trainings import Trainings
from foodsearch_gui.pages.train_outcome import (
    Verdict,
    stage_text,
    verdict,
    verdict_hint,
    verdict_text,
)
from tests.engine.training.runs import configure
from tests.gui.training_reports import epoch_entry


def compared(low: float, high: float, p_value: float = 0.01, queries: int = 10) -> Comparison:
    value = (low + high) / 2
    return Comparison((), 0.5, 0.5 + value, Difference(value, low, high, p_value, queries))


@pytest.mark.parametrize(
    ("comparison", "expected", "end"),
    [
        (compared(0.1, 0.3), Verdict.BETTER, "“Old” one of 0.500: the new model is better."),
        (compared(-0.3, -0.1), Verdict.WORSE, "Train longer, or on more photos."),
        (compared(-0.1, 0.3), Verdict.UNCLEAR, "not enough photos to tell which is better."),
        (compared(0.1, 0.3, p_value=0.06), Verdict.UNCLEAR, "to tell which is better."),
    ],
)
def test_one_figure_tells_which_model_is_better(
    comparison: Comparison, expected: Verdict, end: str
) -> None:
    assert verdict(comparison) is expected
    text = verdict_text(comparison, "Old")
    assert text.startswith("On the 10 photos held back it reaches an mAP of 0.")
    assert text.endswith(end)


def test_the_hint_tells_how_sure_the_verdict_is() -> None:
    hint = verdict_hint(compared(-0.1, 0.3))
    assert hint.startswith("Difference of the mAP: +0.100, 95 % interval −0.100 to +0.300.")
    assert "the same 10 queries" in hint
    assert "flatters the new model" in hint


def ended(done: int, best: int, **settings: Any) -> Trainings:
    """Return a training that has ended, as far as its state is asked for."""
    config = configure(**{"epochs": 30, **settings})
    history = tuple(epoch_entry(epoch, 0.5) for epoch in range(1, done + 1))
    state = RunState(cast(Run, None), RunRequest("m", config, ""), history)
    manifest = SimpleNamespace(metrics={"epoch": best})
    model = SimpleNamespace(manifest=manifest)
    return cast(Trainings, SimpleNamespace(stage=Stage.FINISHED, state=state, model=model))


def test_the_end_is_told_as_it_was() -> None:
    assert stage_text(ended(30, 6)) == "Finished"
    stopped = "Stopped after epoch 3 of 30; the best model was kept"
    assert stage_text(ended(3, 2, patience=5)) == stopped
    assert stage_text(ended(3, 2, patience=0)) == stopped
    assert stage_text(ended(7, 2, patience=5)) == (
        "Finished after epoch 7 of 30: the last 5 epochs brought no gain"
    )
    assert stage_text(ended(0, 0, method="itq")) == "Finished"


def test_a_run_that_was_interrupted_says_how_far_it_was() -> None:
    broken = cast(Any, ended(4, 2))
    broken.stage = Stage.INTERRUPTED
    assert stage_text(broken) == "Interrupted after epoch 4 of 30"
    broken.state = dataclasses.replace(broken.state, history=())
    assert stage_text(broken) == "Interrupted in its first epoch"
