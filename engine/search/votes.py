"""What a photo probably shows, by the labels of its nearest neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Vote:
    """A label that the neighbours suggest.

    Attributes:
        label: Name of the dish.
        weight: Its share of all votes; the weights of an answer sum to 1.
        count: How many neighbours carry the label.
    """

    label: str
    weight: float
    count: int


def vote(labels: Sequence[str | None], distances: Sequence[int]) -> tuple[Vote, ...]:
    """Return the labels of the neighbours, heaviest first; neighbours without one do not vote.

    A neighbour at distance d has the weight 1 / (1 + d)^2: near ones decide, and far ones cannot
    outvote them by number, so that the answer hardly depends on how many are looked at.

    Args:
        labels: One a neighbour.
        distances: Their Hamming distances.
    """
    weights: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = defaultdict(int)
    for label, distance in zip(labels, distances, strict=True):
        if label is not None:
            weights[label] += (1 + distance) ** -2
            counts[label] += 1
    total = sum(weights.values())
    votes = [Vote(label, weight / total, counts[label]) for label, weight in weights.items()]
    return tuple(sorted(votes, key=lambda vote: (-vote.weight, vote.label)))
