"""Which photos form a batch, and their augmented pixels, prepared while the last batch computes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.training.augment import augment
from engine.training.config import TrainConfig
from engine.training.setup import Setup

_READ_AHEAD = 2  # batches


@dataclass(frozen=True)
class Batch:
    """Photos that are trained on together.

    Attributes:
        pixels: uint8, shape (batch, side, side, 3).
        rows: Their numbers among the photos of the training, shape (batch,).
    """

    pixels: NDArray[np.uint8]
    rows: NDArray[np.int64]


def draw_batches(
    rows: NDArray[np.int64], labels: NDArray[np.int64], config: TrainConfig, epoch: int
) -> list[NDArray[np.int64]]:
    """Return the batches of an epoch; equal arguments draw equally.

    Args:
        rows: Photos that the epoch may use.
        labels: Class of every photo of the training, which ``rows`` count.
        config: Of the run.
        epoch: Counted from 0.
    """
    rng = np.random.default_rng((config.seed, epoch, 0))
    if config.photos_per_class:
        return list(_draw_by_class(rows, labels, config, rng))
    if config.balance:
        rows = _draw_balanced(rows, labels, rng)
    order = rng.permutation(rows)
    batches = [
        order[start : start + config.batch_size]
        for start in range(0, len(order), config.batch_size)
    ]
    # Batch norm cannot learn from one photo.
    return [batch for batch in batches if len(batch) > 1]


class Loader:
    """Prepares batches in threads, a few ahead of whoever takes them.

    Args:
        setup: Of the training.
        pool: The threads.
    """

    def __init__(self, setup: Setup, pool: ThreadPoolExecutor) -> None:
        self._config = setup.config
        self._preprocessing = setup.preprocessing
        self._cache = setup.photos.cache
        self._numbers = setup.photos.train
        self._pool = pool

    def __call__(self, batches: Iterable[NDArray[np.int64]], epoch: int) -> Iterator[Batch]:
        """Yield batches with their pixels, random by seed, epoch, photo, and how often it came.

        Args:
            batches: From :func:`draw_batches`.
            epoch: Counted from 0.
        """
        turns: Counter[int] = Counter()
        waiting: deque[tuple[NDArray[np.int64], list[Future[NDArray[np.uint8]]]]] = deque()
        for rows in batches:
            squares = []
            for row in rows.tolist():
                turns[row] += 1
                squares.append(self._pool.submit(self._prepare, row, epoch, turns[row]))
            waiting.append((rows, squares))
            if len(waiting) > _READ_AHEAD:
                yield _collect(*waiting.popleft())
        while waiting:
            yield _collect(*waiting.popleft())

    def _prepare(self, row: int, epoch: int, turn: int) -> NDArray[np.uint8]:
        rng = np.random.default_rng((self._config.seed, epoch, turn, row))
        pixels = self._cache[int(self._numbers[row])]
        return augment(pixels, self._preprocessing, self._config, rng)


def _collect(rows: NDArray[np.int64], squares: list[Future[NDArray[np.uint8]]]) -> Batch:
    return Batch(np.stack([square.result() for square in squares]), rows)


def _draw_balanced(
    rows: NDArray[np.int64], labels: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return as many photos, every class as often as the others."""
    classes = np.unique(labels[rows])
    turns = rng.permutation(np.resize(classes, len(rows)))
    return np.concatenate(
        [_deal(rows[labels[rows] == label], int((turns == label).sum()), rng) for label in classes]
    )


def _draw_by_class(
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    config: TrainConfig,
    rng: np.random.Generator,
) -> Iterator[NDArray[np.int64]]:
    each = config.photos_per_class
    members = {label: rows[labels[rows] == label] for label in np.unique(labels[rows])}
    at_once = min(config.batch_size // each, len(members))
    for _ in range(max(1, len(rows) // (at_once * each))):
        chosen = rng.choice(list(members), at_once, replace=False)
        yield np.concatenate([_deal(members[label], each, rng) for label in chosen])


def _deal(photos: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return ``count`` photos; none comes twice before all have come once."""
    rounds = [rng.permutation(photos) for _ in range(-(-count // len(photos)))]
    return np.concatenate(rounds or [photos[:0]])[:count]
