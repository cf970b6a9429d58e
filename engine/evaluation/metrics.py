"""Retrieval metrics of one query at a time; averaging over queries is the caller's step.

A ranking orders the gallery by distance, ties by gallery index. Codes of k bits know only k + 1
distances, so ties are the norm: beside the value of that one order, the expectation over all
orders of the ties is exact here, also for AP@k.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Normalizer = Literal["retrieved", "total"]


@dataclass(frozen=True)
class Ranking:
    """The gallery in the order in which one query retrieves it.

    Attributes:
        distances: Ascending, shape (gallery,).
        relevant: Whether each retrieved item is what was sought, shape (gallery,).
    """

    distances: NDArray[np.integer]
    relevant: NDArray[np.bool_]


def rank(distances: NDArray[np.integer], relevant: NDArray[np.bool_]) -> Ranking:
    """Return the gallery ordered by distance, equal distances by gallery index.

    Args:
        distances: Of each gallery item to the query, shape (gallery,).
        relevant: Of each gallery item, shape (gallery,).
    """
    order = ranking_order(distances)
    return Ranking(distances[order], relevant[order])


def ranking_order(distances: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the gallery's indices ordered by distance, equal distances by index."""
    # NumPy's stable sort of 16-bit integers is a radix sort, several times quicker than of 64.
    return np.argsort(distances.astype(np.uint16), kind="stable")


def average_precision(
    ranking: Ranking, at: int | None = None, normalizer: Normalizer = "retrieved"
) -> float:
    """Return AP@k: the sum of precision at each relevant rank up to k, over the normaliser.

    Args:
        ranking: Of one query.
        at: Length k of the list that counts, None for all of it.
        normalizer: ``"retrieved"`` divides by the relevant items among the first k, as the hashing
            literature does; ``"total"`` by min(k, all relevant items), as textbooks do.

    Returns:
        0 when there is nothing to divide by; such a query counts in the mean.
    """
    relevant = ranking.relevant[:at]
    hits = np.flatnonzero(relevant) + 1
    if not len(hits):
        return 0.0
    precision = np.arange(1, len(hits) + 1) / hits
    found = len(hits) if normalizer == "retrieved" else _attainable(ranking, at)
    return float(precision.sum() / found)


def expected_average_precision(
    ranking: Ranking, at: int | None = None, normalizer: Normalizer = "retrieved"
) -> float:
    """Return the mean of AP@k over all orders of the items at equal distance, exactly.

    A group of ties that lies within the first k contributes its mean sum of precisions. Of the
    group that k cuts, the number x of relevant items before the cut is hypergeometric, and given
    x the normaliser is fixed; so the expectation is a sum over x, and no sampling is needed.

    Args:
        ranking: Of one query.
        at: Length k of the list that counts, None for all of it.
        normalizer: As in :func:`average_precision`.
    """
    limit = min(at or len(ranking.relevant), len(ranking.relevant))
    attainable = _attainable(ranking, at)
    total, before, found = 0.0, 0, 0
    for size, relevant in _tie_groups(ranking):
        if before == limit:
            break
        if before + size <= limit:
            total += float(_precision_sums(before, found, size, np.array([relevant]))[0])
            before, found = before + size, found + relevant
            continue
        taken = limit - before
        counts, chances = _hypergeometric(size, relevant, taken)
        sums = total + _precision_sums(before, found, taken, counts)
        divisors = found + counts if normalizer == "retrieved" else np.full(len(counts), attainable)
        return float(chances @ (sums / np.maximum(divisors, 1)))
    return total / max(found if normalizer == "retrieved" else attainable, 1)


def precision_at(ranking: Ranking, at: int) -> float:
    """Return the share of relevant items among the first ``at``, or among all if they are fewer."""
    return float(ranking.relevant[:at].mean()) if len(ranking.relevant) else 0.0


def ball_precision(ranking: Ranking, radius: int) -> float:
    """Return the share of relevant items within the radius (inclusive); 0 for an empty ball."""
    size = ball_size(ranking, radius)
    return float(ranking.relevant[:size].mean()) if size else 0.0


def ball_size(ranking: Ranking, radius: int) -> int:
    """Return how many items lie within the radius (inclusive)."""
    return int(np.searchsorted(ranking.distances, radius, side="right"))


def _attainable(ranking: Ranking, at: int | None) -> int:
    total = int(ranking.relevant.sum())
    return total if at is None else min(at, total)


def _tie_groups(ranking: Ranking) -> Iterator[tuple[int, int]]:
    """Yield size and relevant items of each run of equal distances."""
    if not len(ranking.distances):
        return
    starts = np.flatnonzero(np.diff(ranking.distances, prepend=ranking.distances[0] - 1))
    sizes = np.diff(starts, append=len(ranking.distances))
    relevant = np.add.reduceat(ranking.relevant.astype(np.int64), starts)
    yield from zip(sizes.tolist(), relevant.tolist(), strict=True)


def _precision_sums(
    before: int, found: int, size: int, counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the mean sum of precisions over the orders of a run of ``size`` items.

    The i-th item is relevant with chance x / n; if it is, (i - 1)(x - 1) / (n - 1) of the items
    before it in the run are expected to be, too.

    Args:
        before: Items ahead of the run.
        found: Relevant ones among them.
        size: Items in the run, n.
        counts: Relevant items in the run, x; one result for each.
    """
    place = np.arange(size)
    inverse = 1.0 / (before + 1 + place)
    share = counts / size
    others = (counts - 1) / max(size - 1, 1)
    sums: NDArray[np.float64] = share * (
        (found + 1) * inverse.sum() + others * (place * inverse).sum()
    )
    return sums


def _hypergeometric(
    size: int, relevant: int, taken: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the possible numbers of relevant items among ``taken`` of a group, and their chances.

    Chances follow from each other by a ratio; logarithms keep large groups from overflowing.
    """
    counts = np.arange(max(0, taken - (size - relevant)), min(relevant, taken) + 1)
    x = counts[:-1].astype(np.float64)
    ratios = (relevant - x) * (taken - x) / ((x + 1) * (size - relevant - taken + x + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(ratios))])
    chances = np.exp(logs - logs.max())
    return counts, chances / chances.sum()
