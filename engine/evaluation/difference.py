"""Whether one model is better than another: the difference of their mAP on the same queries.

Both models answered the same queries, so their average precisions are compared pair by pair. The
interval is the percentile bootstrap over the queries, the p-value that of the randomisation test
which swaps the two models at random, query by query: the usual pair in information retrieval
(Sakai, SIGIR 2006; Smucker, Allan and Carterette, CIKM 2007).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.errors import InputError

RESAMPLES = 10_000
CONFIDENCE = 0.95
_CHUNK = 1 << 20  # draws held at once


@dataclass(frozen=True)
class Difference:
    """How much better the second model is than the first.

    Attributes:
        value: Of the mAP, second minus first.
        low: Lower end of the 95 % interval.
        high: Upper end.
        p_value: Chance of a difference at least as large if the two were equally good.
        queries: How many pairs it rests on.
    """

    value: float
    low: float
    high: float
    p_value: float
    queries: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def compare_results(
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Return the difference of two results of the same task.

    Args:
        first: Of :func:`engine.evaluation.protocol.evaluate`.
        second: Likewise.
        resamples: Draws of the bootstrap, and of the randomisation.
        seed: Of these draws.

    Raises:
        InputError: FS-002, the two were not measured on the same photos by the same rules.
    """
    for name in ("map_at", "map_normalizer", "task_id"):
        if first[name] != second[name]:
            raise _refused(second, "list length" if name == "map_at" else "photos")
    before, after = first["per_query"], second["per_query"]
    if before["photos"] != after["photos"]:
        raise _refused(second, "photos")
    return compare_precisions(before["ap"], after["ap"], resamples=resamples, seed=seed)


def compare_precisions(
    first: ArrayLike, second: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 0
) -> Difference:
    """Return the difference of the average precisions that two models reach on the same queries.

    Args:
        first: Of the first model, shape (queries,).
        second: Of the second one, in the same order.
        resamples: Draws of the bootstrap, and of the randomisation.
        seed: Of these draws.
    """
    change = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    means, swapped = _resample(change, resamples, seed)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]).tolist()
    value = float(change.mean())
    # The arrangement that was seen is one of all, so that no chance is ever 0.
    extreme = int((np.abs(swapped) >= abs(value) - 1e-12).sum())
    return Difference(value, low, high, (extreme + 1) / (resamples + 1), len(change))


def _resample(
    change: NDArray[np.float64], resamples: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return means of queries drawn with replacement, and means with random signs."""
    rng = np.random.default_rng(seed)
    means, swapped = [], []
    step = max(1, _CHUNK // len(change))
    for start in range(0, resamples, step):
        shape = (min(step, resamples - start), len(change))
        means.append(change[rng.integers(0, len(change), shape)].mean(axis=1))
        swapped.append((change * rng.choice((-1.0, 1.0), shape)).mean(axis=1))
    return np.concatenate(means), np.concatenate(swapped)


def _refused(result: Mapping[str, Any], what: str) -> InputError:
    return InputError(
        "FS-002",
        name=str(result.get("model", "the second result")),
        reason=f"the two models were not measured with the same {what}",
        advice="Measure both on the same task, with the same list length.",
    )
