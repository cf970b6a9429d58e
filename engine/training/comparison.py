"""What a training changed, for people to see: the same photos searched with two models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.events import JobContext
from engine.search.encode import Encoder
from engine.training.run import Run


@dataclass(frozen=True)
class StripHit:
    """A photo found.

    Attributes:
        path: Of the photo.
        label: Its class.
        is_right: Whether that is the class of the query.
        distance: Bits that differ.
    """

    path: Path
    label: str
    is_right: bool
    distance: int


@dataclass(frozen=True)
class Strip:
    """What a model found for a query, the nearest first."""

    hits: tuple[StripHit, ...]


@dataclass(frozen=True)
class ComparedQuery:
    """A photo that was searched with both models.

    Attributes:
        path: Of the photo.
        label: Its class.
        before: What the first model found.
        after: What the second one found.
    """

    path: Path
    label: str
    before: Strip
    after: Strip


@dataclass(frozen=True)
class Comparison:
    """Two models, on the photos that a training held back.

    Attributes:
        pairs: Some of the queries, of as many classes as possible.
        before_p_at: Share of right photos among the first ``top``, over all queries.
        after_p_at: The same of the second model.
        top: Length of the strips.
    """

    pairs: tuple[ComparedQuery, ...]
    before_p_at: float
    after_p_at: float
    top: int = 6


def compare_models(
    before: Encoder,
    after: Encoder,
    run: Run,
    ctx: JobContext | None = None,
    *,
    queries: int = 12,
    top: int = 6,
) -> Comparison:
    """Search the photos that a run held back among those it trained on, with two models."""
    raise NotImplementedError
