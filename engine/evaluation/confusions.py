"""Dish by dish: how well each is found, and which dishes stand where others were sought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.scoring import PRECISION_AT, QueryScores, Retrieval

AT = 10
PAIRS = 30
SHOWN_LABELS = 20  # of the matrix: a larger one cannot be read


class Confusions:
    """Counts the labels among the first ten photos; one of the observers of a scoring.

    Args:
        num_labels: Labels are 0 to num_labels - 1.
    """

    def __init__(self, num_labels: int) -> None:
        self._counts = np.zeros((num_labels, num_labels), np.int64)

    def add(self, retrieval: Retrieval) -> None:
        """Take note of one query."""
        found = np.bincount(retrieval.labels[:AT], minlength=len(self._counts))
        self._counts[retrieval.label] += found

    def summary(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the most confused pairs, and the matrix of the labels that they name.

        A share is the part of the first ten places of one dish's queries that another dish takes.

        Args:
            names: Of the labels; empty if labels do not tell what is right.
        """
        if not names:
            return {"at": AT, "pairs": [], "labels": [], "shares": []}
        shares = self._counts / np.maximum(self._counts.sum(axis=1, keepdims=True), 1)
        pairs = _confused(shares)
        shown = _involved(pairs, np.flatnonzero(self._counts.any(axis=1)))
        return {
            "at": AT,
            "pairs": [
                {"query": names[a], "found": names[b], "share": float(shares[a, b])}
                for a, b in pairs[:PAIRS]
            ],
            "labels": [names[label] for label in shown],
            "shares": shares[np.ix_(shown, shown)].tolist(),
        }


def describe_labels(
    scores: QueryScores,
    query_labels: NDArray[np.int64],
    gallery_labels: NDArray[np.int64],
    names: Sequence[str],
    judged: Sequence[int] | None = None,
) -> list[dict[str, Any]]:
    """Return for each dish that is asked for, in the order of names, how well it is found.

    Args:
        scores: Of the queries.
        query_labels: Shape (queries,).
        gallery_labels: Shape (gallery,).
        names: Of the labels.
        judged: How many photos were judged for each query, if only these count.
    """
    ranked = None if judged is None else np.asarray(judged)
    p_at_10 = scores.precision[:, PRECISION_AT.index(10)]
    rows = []
    for label in np.unique(query_labels).tolist():
        mine = query_labels == label
        rows.append(
            {
                "label": names[label],
                "queries": int(mine.sum()),
                "gallery": int(
                    np.sum(gallery_labels == label) if ranked is None else ranked[mine].sum()
                ),
                "ap": float(scores.ap[mine].mean()),
                "ap_expected_ties": float(scores.ap_expected[mine].mean()),
                "p_at_10": float(p_at_10[mine].mean()),
            }
        )
    return rows


def _confused(shares: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the pairs of two labels that occur, the largest share first."""
    between = shares.copy()
    np.fill_diagonal(between, 0)
    order = np.argsort(-between, axis=None, kind="stable")[: np.count_nonzero(between)]
    rows, columns = np.unravel_index(order, shares.shape)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _involved(pairs: list[tuple[int, int]], asked: NDArray[np.int64]) -> list[int]:
    """Return at most SHOWN_LABELS labels, ascending: all that are asked for, or the most confused.

    A label that is only found, never asked for, has no row of its own and is left out.
    """
    if len(asked) <= SHOWN_LABELS:
        return [int(label) for label in asked]
    chosen: dict[int, None] = {}
    known = set(asked.tolist())
    for pair in pairs:
        new = [label for label in pair if label in known and label not in chosen]
        if len(chosen) + len(new) > SHOWN_LABELS:
            break
        chosen |= dict.fromkeys(new)
    return sorted(chosen)
