from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from engine.codes import CodeArray, binarize
from engine.evaluation.code_map import draw_evenly, map_codes
from engine.evaluation.splits import Sample
from engine.events import JobCancelled, JobContext


def groups(count: int = 3, size: int = 15) -> tuple[CodeArray, list[Sample]]:
    """Codes in groups that are far apart."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(count, 32))
    labels = np.repeat(np.arange(count), size)
    codes = binarize(centers[labels] + rng.normal(0, 0.4, (len(labels), 32)))
    return codes, [
        Sample(f"{row}.png", Path(), f"dish {label}") for row, label in enumerate(labels)
    ]


def test_photos_of_one_group_lie_together() -> None:
    codes, samples = groups()
    found = map_codes(codes, samples)
    places = np.column_stack([found["x"], found["y"]])
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    labels = np.array(found["label"])
    assert (labels[distances.argmin(axis=1)] == labels).mean() > 0.9
    assert found["photos"] == [sample.name for sample in samples]
    assert found["labels"] == ["dish 0", "dish 1", "dish 2"]
    assert np.abs(places).max() == 1


def test_the_same_seed_draws_the_same_map() -> None:
    codes, samples = groups()
    assert map_codes(codes, samples, most=30) == map_codes(codes, samples, most=30)
    assert map_codes(codes, samples)["x"] != map_codes(codes, samples, seed=1)["x"]


def test_equal_codes_and_few_photos_are_no_obstacle() -> None:
    codes, samples = groups()
    alike = map_codes(np.zeros_like(codes[:9]), samples[:9])
    assert np.isfinite(alike["x"]).all()
    assert map_codes(codes[:7], samples[:7]) is None


def test_of_many_photos_each_dish_is_drawn_in_proportion() -> None:
    labels = ["soup"] * 600 + ["pie"] * 300 + ["cake"] * 100
    rows = draw_evenly(labels, 100, seed=0)
    assert rows == sorted(set(rows))
    counts = Counter(labels[row] for row in rows)
    assert sum(counts.values()) == 100
    assert counts["soup"] == pytest.approx(60, abs=1)
    assert counts["cake"] == pytest.approx(10, abs=1)


def test_a_map_can_be_stopped() -> None:
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        map_codes(*groups(), context)


def test_scikit_learn_is_loaded_for_a_map_only() -> None:
    program = "import engine.evaluation.protocol, sys; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
