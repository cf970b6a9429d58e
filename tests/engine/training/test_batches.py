from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.paths import Paths
from engine.training.batches import Loader, draw_batches
from tests.engine.training.runs import configure, prepared

LABELS = np.repeat(np.arange(4), [30, 12, 5, 2]).astype(np.int64)
ALL = np.arange(len(LABELS), dtype=np.int64)


def draw(epoch: int = 0, rows: NDArray[np.int64] = ALL, **settings: Any) -> list[list[int]]:
    batches = draw_batches(rows, LABELS, configure(**settings), epoch)
    return [batch.tolist() for batch in batches]


def flat(batches: list[list[int]]) -> list[int]:
    return list(itertools.chain.from_iterable(batches))


@given(st.integers(2, 60), st.integers(0, 3), st.integers(0, 3))
def test_every_photo_comes_once_an_epoch(size: int, seed: int, epoch: int) -> None:
    batches = draw(epoch, batch_size=size, seed=seed)
    assert all(2 <= len(batch) <= size for batch in batches)
    drawn = sorted(flat(batches))
    assert len(set(drawn)) == len(drawn)
    # Batch norm cannot learn from one photo: a single one left over sits out the epoch.
    assert len(drawn) == len(ALL) - (len(ALL) % size == 1)


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    assert draw() == draw()
    assert draw() != draw(epoch=1)
    assert draw() != draw(seed=1)


def test_an_epoch_may_use_some_of_the_photos() -> None:
    rows = np.array([3, 8, 33, 48], np.int64)
    assert sorted(flat(draw(rows=rows))) == rows.tolist()


@pytest.mark.parametrize(("each", "classes"), [(2, 4), (3, 2), (4, 2)])
def test_photos_of_a_class_come_together(each: int, classes: int) -> None:
    batches = draw(photos_per_class=each, batch_size=8)
    assert len(batches) == len(ALL) // (each * classes)
    for batch in batches:
        found, counts = np.unique(LABELS[batch], return_counts=True)
        assert len(found) == classes
        assert set(counts) == {each}
        if each <= 2:
            assert len(set(batch)) == len(batch)


def test_balance_draws_every_class_as_often() -> None:
    drawn = np.array(flat(draw(balance=True, batch_size=7)))
    counts = np.bincount(LABELS[drawn])
    assert counts.max() - counts.min() <= 1
    # No photo comes twice before all of its class have come once.
    for label in range(4):
        times = np.bincount(drawn[LABELS[drawn] == label], minlength=len(LABELS))
        assert np.ptp(times[label == LABELS]) <= 1


def load(
    paths: Paths, photos: Path, batches: list[list[int]], epoch: int = 0, **settings: Any
) -> list[NDArray[np.uint8]]:
    name = f"r{len(list(paths.runs.glob('*')))}"
    setup, _, _ = prepared(paths, photos, name=name, **settings)
    with ThreadPoolExecutor(2) as pool:
        rows = [np.array(batch, np.int64) for batch in batches]
        found = list(Loader(setup, pool)(rows, epoch))
    assert [batch.rows.tolist() for batch in found] == batches
    return [batch.pixels for batch in found]


def test_pixels_depend_on_seed_epoch_and_photo_not_on_the_batch(paths: Paths, photos: Path) -> None:
    (one, two) = load(paths, photos, [[0, 1], [2, 3]])
    assert one.shape == (2, 32, 32, 3)
    assert one.dtype == np.uint8
    (together,) = load(paths, photos, [[3, 2, 1, 0]])
    assert np.array_equal(together[::-1], np.concatenate([one, two]))
    (later,) = load(paths, photos, [[0, 1]], epoch=1)
    assert not np.array_equal(later, one)


def test_a_photo_that_comes_twice_looks_different(paths: Paths, photos: Path) -> None:
    (pixels,) = load(paths, photos, [[5, 5]])
    assert not np.array_equal(pixels[0], pixels[1])


def test_an_unreadable_batch_fails_in_the_training_not_in_a_thread(
    paths: Paths, photos: Path
) -> None:
    with pytest.raises(IndexError):
        load(paths, photos, [[0, 10_000]])
