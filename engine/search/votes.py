"""What a photo probably shows, by the labels of its nearest neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

VOTERS = 10  # more of them say the same; they weigh next to nothing


@dataclass(frozen=True)
class Ballot:
    """What one neighbour says: its label, None without one, and how far it is."""

    photo_id: int
    label: str | None
    distance: int


@dataclass(frozen=True)
class Vote:
    """A label that the neighbours suggest.

    Attributes:
        label: Name of the dish.
        weight: Its share of all votes; the weights of an answer sum to 1.
        count: How many neighbours carry the label.
        photos: These neighbours, nearest first: the evidence.
        distance: Of the nearest of them.
        confidence: How often such a vote was right, see :mod:`engine.search.calibration`; None if
            nobody measured it.
        mean_distance: Of these neighbours.
    """

    label: str
    weight: float
    count: int
    photos: tuple[int, ...] = ()
    distance: int = 0
    confidence: float | None = None
    mean_distance: float = 0.0


def vote(ballots: Iterable[Ballot]) -> tuple[Vote, ...]:
    """Return the labels of the neighbours, heaviest first; neighbours without one do not vote.

    A neighbour at distance d has the weight 1 / (1 + d)^2: near ones decide, and far ones cannot
    outvote them by number, so that the answer hardly depends on how many are looked at.

    Args:
        ballots: Nearest first.
    """
    of_label: dict[str, list[Ballot]] = defaultdict(list)
    for ballot in ballots:
        if ballot.label is not None:
            of_label[ballot.label].append(ballot)
    weights = {
        label: sum((1 + ballot.distance) ** -2 for ballot in cast)
        for label, cast in of_label.items()
    }
    total = sum(weights.values())
    votes = [
        Vote(
            label,
            weights[label] / total,
            len(cast),
            tuple(ballot.photo_id for ballot in cast),
            cast[0].distance,
            mean_distance=sum(ballot.distance for ballot in cast) / len(cast),
        )
        for label, cast in of_label.items()
    ]
    return tuple(sorted(votes, key=lambda vote: (-vote.weight, vote.label)))
