"""The nearest photos of a query, with near-duplicates gathered behind the nearest of them.

The order is that of the Hamming distance, equal distances by id. With weights the first
``RERANKED`` photos of this order are put in the order of their weighted distances, all others
follow as they are: one order of the library, whatever number is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.codes import CodeArray, IdArray, clear
from engine.index.flat import FlatIndex
from engine.index.protocol import DistanceArray, SearchResult
from engine.search.duplicates import each_alone, group_near_duplicates
from engine.search.steering import WeightArray, weighted_distances

RERANKED = 1000  # what lies behind so many candidates, no weighing brings to the front
_FETCH = 4  # times as many as are wanted, so that the first attempt mostly suffices


@dataclass(frozen=True)
class Task:
    """What is to be found.

    Attributes:
        query: Packed code, shape (bytes,).
        top: How many groups.
        radius: The largest distance, inclusive; None means any.
        allow: The only ids that may be found, distinct; None means all.
        exclude: Ids that must not be found.
        near: How close near-duplicates are; None keeps every photo by itself.
        ignore: Bits that count in no distance.
        weights: What a differing bit costs in the order of the candidates, shape (num_bits,), 0
            for those ignored; None leaves them in the order of their distances.
        closest: How many of the nearest photos are told one by one, also beyond the radius.
    """

    query: CodeArray
    top: int
    radius: int | None = None
    allow: IdArray | None = None
    exclude: frozenset[int] = frozenset()
    near: int | None = None
    ignore: frozenset[int] = frozenset()
    weights: WeightArray | None = None
    closest: int = 0


@dataclass(frozen=True)
class Neighbours:
    """What was found.

    Attributes:
        groups: Ids, each group led by its first; the leaders in the order of the search.
        leaders: The distance of each leader.
        nearest: Distance of the nearest photo, also if it lies beyond the radius.
        closest: The nearest photos, each with its distance, by (distance, id); the radius does not
            matter.
    """

    groups: list[tuple[int, ...]]
    leaders: dict[int, int]
    nearest: int | None
    closest: tuple[tuple[int, int], ...]


def find_neighbours(index: FlatIndex, task: Task) -> Neighbours:
    """Return the ``top`` groups nearest to the query, or all within the radius if they are fewer.

    A group is complete: how many photos hide behind a leader does not depend on ``top``.
    """
    searched = index.ignoring(task.ignore) if task.ignore else index
    count = max(_FETCH * task.top, task.closest, 0 if task.weights is None else RERANKED)
    count += len(task.exclude)
    while True:
        found = searched.search(_asked(task), count, allow=task.allow)
        is_all = len(found.ids[0]) < count
        ids, distances = _wanted(found, task)
        nearest = int(distances[0]) if len(distances) else None
        closest = zip(ids[: task.closest].tolist(), distances[: task.closest].tolist(), strict=True)
        if task.radius is not None:
            # Cut afterwards: a scan for all within a wide radius takes a hundred times as long.
            within = int(np.searchsorted(distances, task.radius, side="right"))
            is_all |= within < len(ids)
            ids, distances = ids[:within], distances[:within]
        groups = _groups(index, ids, task)
        if is_all or len(groups) == task.top:
            break
        count *= _FETCH
    leads = np.isin(ids, [group[0] for group in groups])
    leaders = dict(zip(ids[leads].tolist(), distances[leads].tolist(), strict=True))
    if task.near is not None and not is_all:
        # A duplicate lies no farther from its leader.
        reach = max(leaders.values()) + task.near
        if distances[-1] <= reach:
            groups = _groups(index, _within(searched, reach, task), task)
    return Neighbours(groups, leaders, nearest, tuple(closest))


def count_searched(index: FlatIndex, task: Task) -> int:
    """Return how many photos a task chooses from."""
    excluded = np.array(sorted(task.exclude), np.int64)
    if task.allow is None:
        return len(index) - index.contains(excluded)
    return index.contains(task.allow) - index.contains(excluded[np.isin(excluded, task.allow)])


def _asked(task: Task) -> CodeArray:
    return clear(task.query, task.ignore).reshape(1, -1)


def _within(index: FlatIndex, reach: int, task: Task) -> IdArray:
    radius = reach if task.radius is None else min(reach, task.radius)
    found = index.search_radius(_asked(task), radius, limit=len(index), allow=task.allow)
    return _wanted(found, task)[0]


def _wanted(found: SearchResult, task: Task) -> tuple[IdArray, DistanceArray]:
    ids, distances = found.ids[0], found.distances[0]
    if task.exclude:
        keep = ~np.isin(ids, list(task.exclude))
        ids, distances = ids[keep], distances[keep]
    return ids, distances


def _groups(index: FlatIndex, ids: IdArray, task: Task) -> list[tuple[int, ...]]:
    if task.weights is not None:
        ids = _reranked(index, ids, task.query, task.weights)
    if task.near is None:
        return each_alone(ids, limit=task.top)
    # By whole codes: what is the same picture does not depend on the question.
    return group_near_duplicates(ids, index.codes_of(ids), task.near, limit=task.top)


def _reranked(index: FlatIndex, ids: IdArray, query: CodeArray, weights: WeightArray) -> IdArray:
    """Return ids with the candidates in the order of (weighted distance, distance, id)."""
    candidates = ids[:RERANKED]
    costs = weighted_distances(query, index.codes_of(candidates), weights)
    # They come by (distance, id), and the sort is stable.
    return np.concatenate([candidates[np.argsort(costs, kind="stable")], ids[RERANKED:]])
