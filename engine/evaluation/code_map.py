"""A map of codes: t-SNE puts photos with near codes near each other on a plane.

It shows groups and what lies between them; sizes of groups and distances between far ones mean
nothing. The algorithm computes for seconds without a pause, so it runs in a thread of its own, in
stages, while the caller goes on serving its job line.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, hamming
from engine.evaluation.splits import Sample
from engine.events import JobContext

MOST = 2000
LEAST = 8
PERPLEXITY = 30.0
_STAGES = 3
_STAGE = 250  # iterations, the fewest that scikit-learn takes; the first ones exaggerate
_POLL = 0.05  # seconds


def map_codes(
    codes: CodeArray,
    samples: Sequence[Sample],
    ctx: JobContext | None = None,
    *,
    most: int = MOST,
    seed: int = 0,
) -> dict[str, Any] | None:
    """Return places on a plane as JSON can hold them, or None for fewer than 8 photos.

    Args:
        codes: Packed, shape (n, bytes).
        samples: The photos they belong to.
        ctx: Line to whoever runs the job.
        most: Of more photos so many are drawn, from each label in proportion.
        seed: Of the draw and of the first places.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    rows = draw_evenly([sample.label for sample in samples], most, seed)
    if len(rows) < LEAST:
        return None
    drawn = codes[rows]
    distances = np.stack([hamming(code, drawn) for code in drawn]).astype(np.float32)
    places = _Embedding(distances, seed).compute(ctx or JobContext())
    places -= places.mean(axis=0)
    places /= max(float(np.abs(places).max()), 1e-9)
    labels = sorted({samples[row].label for row in rows})
    return {
        "photos": [samples[row].name for row in rows],
        "labels": labels,
        "label": [labels.index(samples[row].label) for row in rows],
        "x": places[:, 0].round(4).tolist(),
        "y": places[:, 1].round(4).tolist(),
        "of": len(samples),
        "seed": seed,
    }


def draw_evenly(labels: Sequence[str], most: int, seed: int) -> list[int]:
    """Return at most so many rows, ascending, from each label in proportion to its size."""
    if len(labels) <= most:
        return list(range(len(labels)))
    # Sorted by label in random order, every n-th row is a draw in proportion.
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    grouped = sorted(shuffled.tolist(), key=lambda row: labels[row])
    picked = np.linspace(0, len(labels) - 1, most).round().astype(int)
    return sorted(grouped[place] for place in picked)


class _Embedding:
    """One run of t-SNE.

    Args:
        distances: Between all photos, shape (n, n).
        seed: Of the first places.
    """

    def __init__(self, distances: NDArray[np.float32], seed: int) -> None:
        self._distances = distances
        start = np.random.default_rng(seed).normal(0, 1e-4, (len(distances), 2))
        self._places: NDArray[np.float32] = start.astype(np.float32)
        self._stopped = threading.Event()
        self._failure: BaseException | None = None
        self._stage = 0

    def compute(self, ctx: JobContext) -> NDArray[np.float64]:
        """Return the places, shape (n, 2)."""
        thread = threading.Thread(target=self._work, name="code-map", daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                ctx.checkpoint()
                ctx.progress("Drawing the map", self._stage, _STAGES)
                thread.join(_POLL)
        finally:
            self._stopped.set()
        if self._failure is not None:
            raise self._failure
        ctx.progress("Drawing the map", _STAGES, _STAGES)
        return self._places.astype(np.float64)

    def _work(self) -> None:
        try:
            from sklearn.manifold import TSNE
            from threadpoolctl import threadpool_limits

            # One thread: sums in another order would draw another map, and a core stays free.
            with threadpool_limits(1, user_api="openmp"):
                for self._stage in range(_STAGES):
                    if self._stopped.is_set():
                        return
                    stage = TSNE(
                        metric="precomputed",
                        init=self._places,
                        perplexity=min(PERPLEXITY, (len(self._distances) - 1) / 3),
                        early_exaggeration=12.0 if self._stage == 0 else 1.0,
                        max_iter=_STAGE,
                    )
                    self._places = stage.fit_transform(self._distances)
        except Exception as error:
            self._failure = error
