"""Measure whether a suggestion is right as often as it says.

    python benchmarks/suggestions.py --split DIR/thai10/splits.csv [--model ID] [--json]

The confidence is fitted as in the program: the gallery's photos ask each other, each left out of
its own vote. It is then tested on the queries, which had no part in it: reliability curve, expected
calibration error (ten bins of equal width, weighted by their photos) and Brier score of the first
suggestion, beside those of its bare share of the votes. "Unknown" repeats all queries without the
photos of their own dish: every suggestion is wrong then, and "named" says how often one was made
nevertheless. "Told apart" is the area under the curve of known against unknown by the distance of
the nearest voter and by the mean of all: of the gallery's photos, by which the program's way
should be chosen, and of the queries.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray
from split_logits import SplitLogits, add_options, describe, read_logits, show

from engine.codes import CodeArray, binarize, hamming
from engine.events import JobContext
from engine.index.flat import FlatIndex
from engine.search.suggestion import SAMPLES, measure_suggestions
from engine.search.votes import VOTERS, Ballot, Vote, vote

BINS = 10


def votes_of(
    data: SplitLogits, index: FlatIndex, query: int, allow: NDArray[np.int64] | None = None
) -> tuple[Vote, ...]:
    """Return what the neighbours of a query suggest."""
    code = binarize(data.queries[query])[np.newaxis]
    found = index.search(code, VOTERS, allow=allow)
    return vote(
        Ballot(place, str(data.gallery_labels[place]), distance)
        for place, distance in zip(found.ids[0].tolist(), found.distances[0].tolist(), strict=True)
    )


def told_apart(
    codes: CodeArray, labels: NDArray[np.str_], data: SplitLogits, *, leave_out_first: bool
) -> dict[str, float]:
    """Return how well distances tell photos of known dishes from those whose dish is taken out.

    Args:
        codes: Packed, shape (photos, bytes).
        labels: Shape (photos,).
        data: Whose gallery is searched.
        leave_out_first: Whether the nearest one may be the photo itself.
    """
    known, unknown = [], []
    for code, label in zip(codes, labels, strict=True):
        distances = hamming(code, data.gallery)
        known.append(np.sort(distances)[int(leave_out_first) :][:VOTERS])
        unknown.append(np.sort(distances[data.gallery_labels != label])[:VOTERS])
    near, far = np.array(known, float), np.array(unknown, float)
    return {
        "nearest": area(near[:, 0], far[:, 0]),
        "mean": area(near.mean(axis=1), far.mean(axis=1)),
    }


def area(low: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    """Return how often a value of the first kind is below one of the second; ties count half."""
    below = (low[:, None] < high).mean() + (low[:, None] == high).mean() / 2
    return round(float(below), 3)


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the curve and what it comes to."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    curve, error = [], 0.0
    for number in range(BINS):
        chosen = bins == number
        if chosen.any():
            said, was = float(confidence[chosen].mean()), float(right[chosen].mean())
            error += abs(said - was) * float(chosen.mean())
            curve.append({"said": round(said, 3), "was": round(was, 3), "n": int(chosen.sum())})
    return {
        "ece": round(error, 4),
        "brier": round(float(np.mean((confidence - right) ** 2)), 4),
        "curve": curve,
    }


def measure(data: SplitLogits) -> dict[str, Any]:
    """Return the figures."""
    index = data.index()
    labels = dict(enumerate(data.gallery_labels.tolist()))
    calibration = measure_suggestions(index, lambda ids: labels, data.near, JobContext())
    assert calibration is not None, "too few labelled photos"
    queries = range(len(data.queries))
    known = [calibration.judged(votes_of(data, index, query)) for query in queries]
    right = np.array([votes[0].label == data.query_labels[q] for q, votes in enumerate(known)])
    similar = np.array([calibration.is_similar(votes) for votes in known])
    others = {
        label: np.flatnonzero(data.gallery_labels != label) for label in set(data.query_labels)
    }
    strangers = [
        calibration.is_similar(votes_of(data, index, query, others[data.query_labels[query]]))
        for query in queries
    ]
    index.close()
    return {
        "right": float(right.mean()),
        "confidence": reliability(np.array([votes[0].confidence for votes in known]), right),
        "share_of_votes": reliability(np.array([votes[0].weight for votes in known]), right),
        "named": float(similar.mean()),
        "right_of_named": float(right[similar].mean()) if similar.any() else None,
        "right_of_unnamed": float(right[~similar].mean()) if not similar.all() else None,
        "unknown": {"named": float(np.mean(strangers))},
        "told_apart": {
            "gallery": told_apart(
                data.gallery[:SAMPLES], data.gallery_labels[:SAMPLES], data, leave_out_first=True
            ),
            "queries": told_apart(
                binarize(data.queries), data.query_labels, data, leave_out_first=False
            ),
        },
        "calibration": vars(calibration),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    options = parser.parse_args()
    data = read_logits(options)
    result = {
        **describe(options, data),
        **measure(data),
    }
    show(result, options)


if __name__ == "__main__":
    main()
