"""What a search answers: hits with a reason, and the labels that the nearest photos suggest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from engine.codes import clear, disagreeing_bits
from engine.index.flat import FlatIndex
from engine.library.records import PhotoRecord
from engine.search.neighbours import Neighbours, Task
from engine.search.steering import weighted_distances
from engine.search.votes import VOTERS, Ballot, Vote


@dataclass(frozen=True)
class Hit:
    """A photo that was found.

    Attributes:
        rank: 1 is the nearest.
        photo_id: Its id in the catalogue.
        distance: Hamming distance to the query.
        disagree: The bits that count and differ from the query's, ascending.
        photo: What the catalogue knows of it.
        duplicates: Photos hidden behind this one, nearly the same picture, nearest first.
        weighted: Distance by the weights that were asked for; None without.
    """

    rank: int
    photo_id: int
    distance: int
    disagree: tuple[int, ...]
    photo: PhotoRecord
    duplicates: tuple[int, ...]
    weighted: float | None = None


@dataclass(frozen=True)
class Answer:
    """What a search found.

    Attributes:
        hits: Nearest first, equal distances by ascending id; with weights, in their order.
        searched: How many photos could have been found.
        beyond: How many of them are neither shown nor hidden as duplicates: they lie beyond the
            radius or behind the last hit.
        nearest: Distance of the nearest photo, also if it lies beyond the radius.
        hidden_duplicates: How many photos are hidden behind the hits.
        suggestion: The labels of the nearest photos, heaviest first; empty without labels. The
            query's own has no vote, and weights change none.
        ms: How long it took.
        counting: How many bits the distances are counted over: all but the ignored ones.
        similar_enough: Whether the nearest photos are near and united enough for the suggestion to
            be more likely right than wrong; None if that was never measured.
    """

    hits: tuple[Hit, ...]
    searched: int
    beyond: int
    nearest: int | None
    hidden_duplicates: int
    suggestion: tuple[Vote, ...]
    ms: float
    counting: int
    similar_enough: bool | None = None


def make_hits(
    index: FlatIndex, task: Task, found: Neighbours, records: Mapping[int, PhotoRecord]
) -> tuple[Hit, ...]:
    """Return what was found as hits, one for each group of near-duplicates.

    A photo that has just left the library is still in the index, but has no record: it is no hit.
    """
    groups = [group for group in found.groups if group[0] in records]
    codes = index.codes_of(np.array([leader for leader, *_ in groups], np.int64))
    differing = clear(codes ^ task.query, task.ignore)
    same = np.zeros_like(task.query)
    weighted: list[float | None] = [None] * len(groups)
    if task.weights is not None:
        weighted = weighted_distances(same, differing, task.weights).tolist()
    return tuple(
        Hit(
            rank=place + 1,
            photo_id=leader,
            distance=found.leaders[leader],
            disagree=tuple(disagreeing_bits(same, differing[place], index.num_bits)),
            photo=records[leader],
            duplicates=tuple(duplicates),
            weighted=weighted[place],
        )
        for place, (leader, *duplicates) in enumerate(groups)
    )


def ballots(
    found: Neighbours, records: Mapping[int, PhotoRecord], own: Collection[str]
) -> list[Ballot]:
    """Return what the nearest photos say; those with the content of a query have no vote."""
    voters = [
        Ballot(photo_id, records[photo_id].label, distance)
        for photo_id, distance in found.closest
        if photo_id in records and records[photo_id].content_hash not in own
    ]
    return voters[:VOTERS]
