from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from engine.errors import InputError
from engine.evaluation.difference import compare_results


def result(ap: list[float], **changes: Any) -> dict[str, Any]:
    return {
        "model": "some",
        "map_at": "all",
        "map_normalizer": "retrieved",
        "task_id": "task",
        "per_query": {"photos": [f"{row}.png" for row in range(len(ap))], "ap": ap},
        **changes,
    }


def test_the_p_value_is_the_share_of_all_swaps() -> None:
    before = [0.1, 0.5, 0.3, 0.4, 0.2, 0.6, 0.7, 0.3]
    after = [0.3, 0.6, 0.2, 0.7, 0.5, 0.9, 0.8, 0.4]
    change = np.subtract(after, before)
    swaps = [
        abs(np.mean(np.multiply(change, signs))) for signs in itertools.product((-1, 1), repeat=8)
    ]
    exact = np.mean(np.array(swaps) >= abs(change.mean()) - 1e-12)
    found = compare_results(result(before), result(after), resamples=20_000)
    assert found.value == pytest.approx(change.mean())
    assert found.p_value == pytest.approx(exact, abs=0.006)
    assert found.queries == 8


def test_the_interval_is_that_of_the_mean_of_many_queries() -> None:
    rng = np.random.default_rng(0)
    before = rng.uniform(0, 0.5, 2000)
    change = rng.normal(0.02, 0.1, 2000)
    found = compare_results(result(before.tolist()), result((before + change).tolist()))
    error = change.std() / np.sqrt(2000)
    # The bootstrap of a mean of many tends to the normal interval.
    assert found.low == pytest.approx(change.mean() - 1.96 * error, abs=0.1 * error)
    assert found.high == pytest.approx(change.mean() + 1.96 * error, abs=0.1 * error)
    assert found.is_clear
    assert found.p_value < 0.001


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        change = rng.uniform(-0.2, 0.3, 60)
        found = compare_results(
            result([0.0] * 60), result(change.tolist()), resamples=400, seed=int(rng.integers(1e6))
        )
        covered += found.low <= 0.05 <= found.high
    assert 0.89 <= covered / 200 <= 0.99


def test_equal_models_do_not_differ() -> None:
    found = compare_results(result([0.2, 0.9]), result([0.2, 0.9]))
    assert (found.value, found.low, found.high, found.p_value) == (0, 0, 0, 1)
    assert not found.is_clear


def test_the_same_two_results_give_the_same_answer() -> None:
    one, two = result([0.2, 0.9, 0.4]), result([0.3, 0.7, 0.6])
    assert compare_results(one, two) == compare_results(one, two)


@pytest.mark.parametrize(
    "other",
    [
        result([0.1, 0.2], task_id="another"),
        result([0.1, 0.2], map_at=1000),
        result([0.1, 0.2, 0.3]),
    ],
)
def test_results_of_different_tasks_are_not_compared(other: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="not measured with the same"):
        compare_results(result([0.1, 0.2]), other)
