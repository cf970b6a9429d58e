"""The metrics transcribed literally, one loop a definition; slow on purpose."""

from __future__ import annotations

import itertools
from collections.abc import Sequence


def stable_order(distances: Sequence[int]) -> list[int]:
    return sorted(range(len(distances)), key=lambda i: (distances[i], i))


def average_precision(relevant: Sequence[int], at: int, normalizer: str, total: int) -> float:
    score = 0.0
    for i in range(1, min(at, len(relevant)) + 1):
        score += relevant[i - 1] * sum(relevant[:i]) / i
    divisor = sum(relevant[:at]) if normalizer == "retrieved" else min(at, total)
    return score / divisor if divisor else 0.0


def expected_average_precision(
    distances: Sequence[int], relevant: Sequence[int], at: int, normalizer: str
) -> float:
    """The mean over every order of every tie group, enumerated."""
    groups = [
        [relevant[i] for i in stable_order(distances) if distances[i] == d]
        for d in sorted(set(distances))
    ]
    orders = itertools.product(*(itertools.permutations(group) for group in groups))
    scores = [
        average_precision([r for group in order for r in group], at, normalizer, sum(relevant))
        for order in orders
    ]
    return sum(scores) / len(scores)


def ball_precision(distances: Sequence[int], relevant: Sequence[int], radius: int) -> float:
    inside = [r for d, r in zip(distances, relevant, strict=True) if d <= radius]
    return sum(inside) / len(inside) if inside else 0.0
