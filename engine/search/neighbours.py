"""The nearest photos of a query, with near-duplicates gathered behind the nearest of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.codes import CodeArray, IdArray
from engine.index.flat import FlatIndex
from engine.index.protocol import DistanceArray, SearchResult
from engine.search.duplicates import each_alone, group_near_duplicates

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
    """

    query: CodeArray
    top: int
    radius: int | None = None
    allow: IdArray | None = None
    exclude: frozenset[int] = frozenset()
    near: int | None = None


@dataclass(frozen=True)
class Neighbours:
    """What was found.

    Attributes:
        groups: Ids, each group led by its nearest; the leaders by (distance, id).
        distances: Of the leaders.
        nearest: Distance of the nearest photo, also if it lies beyond the radius.
    """

    groups: list[tuple[int, ...]]
    distances: dict[int, int]
    nearest: int | None


def find_neighbours(index: FlatIndex, task: Task) -> Neighbours:
    """Return the ``top`` groups nearest to the query, or all within the radius if they are fewer.

    A group is complete: how many photos hide behind a leader does not depend on ``top``.
    """
    count = _FETCH * task.top + len(task.exclude)
    while True:
        found = index.search(task.query.reshape(1, -1), count, allow=task.allow)
        is_all = len(found.ids[0]) < count
        ids, distances = _wanted(found, task)
        nearest = int(distances[0]) if len(distances) else None
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
        reach = leaders[groups[-1][0]] + task.near  # a duplicate lies no farther from the query
        if distances[-1] <= reach:
            groups = _groups(index, _within(index, reach, task), task)
    return Neighbours(groups, leaders, nearest)


def count_searched(index: FlatIndex, task: Task) -> int:
    """Return how many photos a task chooses from."""
    excluded = np.array(sorted(task.exclude), np.int64)
    if task.allow is None:
        return len(index) - index.contains(excluded)
    return index.contains(task.allow) - index.contains(excluded[np.isin(excluded, task.allow)])


def _within(index: FlatIndex, reach: int, task: Task) -> IdArray:
    radius = reach if task.radius is None else min(reach, task.radius)
    query = task.query.reshape(1, -1)
    found = index.search_radius(query, radius, limit=len(index), allow=task.allow)
    return _wanted(found, task)[0]


def _wanted(found: SearchResult, task: Task) -> tuple[IdArray, DistanceArray]:
    ids, distances = found.ids[0], found.distances[0]
    if task.exclude:
        keep = ~np.isin(ids, list(task.exclude))
        ids, distances = ids[keep], distances[keep]
    return ids, distances


def _groups(index: FlatIndex, ids: IdArray, task: Task) -> list[tuple[int, ...]]:
    if task.near is None:
        return each_alone(ids, limit=task.top)
    return group_near_duplicates(ids, index.codes_of(ids), task.near, limit=task.top)
