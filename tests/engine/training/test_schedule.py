from __future__ import annotations

import math
from typing import Any

import pytest

from engine.training.schedule import lr_factor
from tests.engine.training.runs import configure

EPOCHS = [0.0, 0.25, 0.5, 1.0, 1.75, 2.0, 5.5, 9.0, 9.99, 10.0]


def factors(**settings: Any) -> list[float]:
    config = configure(epochs=10, **settings)
    return [lr_factor(config, epoch) for epoch in EPOCHS]


def test_constant() -> None:
    assert factors(schedule="constant") == [1.0] * len(EPOCHS)


def test_warm_up_is_a_straight_line_from_zero() -> None:
    found = factors(schedule="constant", warmup_epochs=2.0)
    assert found == pytest.approx([min(epoch / 2, 1.0) for epoch in EPOCHS])


def test_the_first_step_of_a_warm_up_has_a_rate_and_the_last_has_all_of_it() -> None:
    config = configure(epochs=10, schedule="constant", warmup_epochs=1.0)
    found = [lr_factor(config, number / 4, 1 / 4) for number in range(6)]
    assert found == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0, 1.0])


def test_cosine_falls_to_zero_after_the_warm_up() -> None:
    plain = factors(schedule="cosine")
    assert plain == pytest.approx([(1 + math.cos(math.pi * e / 10)) / 2 for e in EPOCHS])
    warm = factors(schedule="cosine", warmup_epochs=1.5)
    assert warm == pytest.approx(
        [e / 1.5 if e < 1.5 else (1 + math.cos(math.pi * (e - 1.5) / 8.5)) / 2 for e in EPOCHS]
    )


def test_steps() -> None:
    found = factors(schedule="step", step_epochs=2, step_factor=0.1)
    assert found == pytest.approx([0.1 ** math.floor(epoch / 2) for epoch in EPOCHS])


@pytest.mark.parametrize("schedule", ["constant", "cosine", "step"])
def test_a_training_may_be_shorter_than_its_warm_up(schedule: str) -> None:
    config = configure(epochs=1, schedule=schedule, warmup_epochs=3.0)
    assert [lr_factor(config, epoch) for epoch in (0, 0.5, 1)] == pytest.approx([0, 1 / 6, 1 / 3])
