"""The metrics transcribed literally, one loop a definition; slow on purpose."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence


def stable_order(distances: Sequence[int]) -> list[int]:
    return sorted(range(len(distances)), key=lambda i: (distances[i], i))


def average_precision(relevant: Sequence[int], at: int, normalizer: str, total: int) -> float:
    score = 0.0
    for i in range(1, min(at, len(relevant)) + 1):
        score += relevant[i - 1] * sum(relevant[:i]) / i
    divisor = sum(relevant[:at]) if normalizer == "retrieved" else min(at, total)
    return score / divisor if divisor else 0.0


def orders_of_ties(distances: Sequence[int], relevant: Sequence[int]) -> Iterator[list[int]]:
    """The relevances in rank order for every order of every tie group."""
    groups = [
        [relevant[i] for i in stable_order(distances) if distances[i] == d]
        for d in sorted(set(distances))
    ]
    for order in itertools.product(*(itertools.permutations(group) for group in groups)):
        yield [r for group in order for r in group]


def expected_average_precision(
    distances: Sequence[int], relevant: Sequence[int], at: int, normalizer: str
) -> float:
    """The mean over every order of every tie group, enumerated."""
    scores = [
        average_precision(order, at, normalizer, sum(relevant))
        for order in orders_of_ties(distances, relevant)
    ]
    return sum(scores) / len(scores)


def ball_precision(distances: Sequence[int], relevant: Sequence[int], radius: int) -> float:
    inside = [r for d, r in zip(distances, relevant, strict=True) if d <= radius]
    return sum(inside) / len(inside) if inside else 0.0


def recall_at(relevant: Sequence[int], at: int) -> float:
    """Of relevances in rank order; 0 if there is nothing to find."""
    return sum(relevant[:at]) / sum(relevant) if sum(relevant) else 0.0


def ball_recall(distances: Sequence[int], relevant: Sequence[int], radius: int) -> float:
    inside = sum(r for d, r in zip(distances, relevant, strict=True) if d <= radius)
    return inside / sum(relevant) if sum(relevant) else 0.0


def correlation(first: Sequence[int], second: Sequence[int]) -> float:
    """Pearson's, of two lists of 0 and 1; 0 where one of them never changes."""
    n = len(first)
    mean_a, mean_b = sum(first) / n, sum(second) / n
    both = sum((a - mean_a) * (b - mean_b) for a, b in zip(first, second, strict=True))
    spread_a = sum((a - mean_a) ** 2 for a in first)
    spread_b = sum((b - mean_b) ** 2 for b in second)
    scale = (spread_a * spread_b) ** 0.5
    return float(both / scale) if scale > 1e-12 else 0.0
