"""How far the votes of neighbours can be believed, measured on photos whose dish is known.

A share of the votes is no chance to be right: near photos of a sharp model deserve more trust than
their share says, scattered ones less. A logistic curve over the share and the distance of the
nearest voter is fitted to votes whose truth is known (Platt 1999, with his smoothed targets).

It speaks of photos whose dish the library knows. That a dish is new to it, codes tell badly: the
reach catches only photos whose voters lie farther than usual (benchmarks/suggestions.py,
"unknown"). All voters tell that better than the nearest one, which a stray photo can be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.search.votes import Vote

MIN_CASES = 50
LIKELY = 0.5  # below this a suggestion is more often wrong than right
REACH_SHARE = 0.95  # of the known photos have voters that lie within the reach on average
_CLIP = 0.01  # shares of 0 and 1 say no more than those of 1 % and 99 %
_RIDGE = 1e-3
_STEPS = 30

Case = tuple[Sequence[Vote], str]  # what the neighbours of a photo say, and what it shows


@dataclass(frozen=True)
class Calibration:
    """A fitted curve.

    Attributes:
        intercept: Log odds of a vote with half of the weight at distance 0.
        per_share: Added for each unit of the log odds of the share; never negative.
        per_bit: Added for each bit of distance; never positive.
        mean_reach: Photos whose voters are farther on average are unlike those it was fitted to.
        cases: Photos it was fitted to.
    """

    intercept: float
    per_share: float
    per_bit: float
    mean_reach: float
    cases: int

    def confidence(self, vote: Vote) -> float:
        """Return the chance that a vote is right, as measured."""
        share, distance = _features(vote)
        odds = self.intercept + self.per_share * share + self.per_bit * distance
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))

    def judged(self, votes: Sequence[Vote]) -> tuple[Vote, ...]:
        """Return the votes with their confidence, in all at most 1: a photo shows one dish."""
        chances = [self.confidence(vote) for vote in votes]
        total = max(1.0, sum(chances))
        return tuple(
            replace(vote, confidence=chance / total)
            for vote, chance in zip(votes, chances, strict=True)
        )

    def is_similar(self, votes: Sequence[Vote]) -> bool:
        """Whether the neighbours are near and united enough to be believed."""
        if not votes or mean_distance(votes) > self.mean_reach:
            return False
        return (self.judged(votes)[0].confidence or 0) >= LIKELY


def calibrate(cases: Sequence[Case]) -> Calibration | None:
    """Return the curve for votes like these, None if they are too few to tell.

    Args:
        cases: For photos of known dish, the votes of their neighbours, themselves left out.
    """
    cases = [case for case in cases if case[0]]
    right = np.array([vote.label == truth for votes, truth in cases for vote in votes], bool)
    if len(cases) < MIN_CASES or right.all() or not right.any():
        return None
    features = np.array([_features(vote) for votes, _ in cases for vote in votes])
    intercept, per_share, per_bit = _fit(features, right)
    means = [mean_distance(votes) for votes, _ in cases]
    reach = float(np.quantile(means, REACH_SHARE, method="higher"))
    return Calibration(intercept, per_share, per_bit, reach, len(cases))


def mean_distance(votes: Sequence[Vote]) -> float:
    """Return how far all voters lie, on average; of at least one vote."""
    voters = sum(vote.count for vote in votes)
    return sum(vote.count * vote.mean_distance for vote in votes) / voters


def _features(vote: Vote) -> tuple[float, float]:
    share = min(1 - _CLIP, max(_CLIP, vote.weight))
    return math.log(share / (1 - share)), float(vote.distance)


def _fit(features: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return intercept and slopes; a slope of the wrong sign is noise, and left out."""
    signs, used = (1, -1), [0, 1]
    while True:
        intercept, slopes = _regress(features[:, used], right)
        kept = [
            feature
            for feature, slope in zip(used, slopes, strict=True)
            if slope * signs[feature] > 0
        ]
        if kept == used:
            break
        used = kept
    by_feature = dict(zip(used, slopes.tolist(), strict=True))
    return intercept, by_feature.get(0, 0.0), by_feature.get(1, 0.0)


def _regress(
    features: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[float, NDArray[np.float64]]:
    """Return the logistic regression by Newton's method, on standardised features."""
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale == 0] = 1
    design = np.column_stack([np.ones(len(features)), (features - mean) / scale])
    some, others = int(right.sum()), int((~right).sum())
    targets = np.where(right, (some + 1) / (some + 2), 1 / (others + 2))
    weights = np.zeros(design.shape[1])
    ridge = _RIDGE * len(design) * np.eye(len(weights))
    ridge[0, 0] = 0
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (chance - targets) + ridge @ weights
        curvature = design.T @ (design * (chance * (1 - chance) + 1e-9)[:, None]) + ridge
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    slopes: NDArray[np.float64] = weights[1:] / scale
    return float(weights[0] - slopes @ mean), slopes
