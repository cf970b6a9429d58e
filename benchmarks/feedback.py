"""Simulate judgements: what five good and five bad ones are worth, over all queries of a split.

    python benchmarks/feedback.py --split DIR/thai10/splits.csv [--model ID] [--json]

A person goes down the list and judges the first five photos of the query's dish and the first five
of others. P@10 before and after counts the photos nobody judged (residual collection): a judged
photo would prove nothing. Both starts are measured, the plain order and that by margins.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from split_logits import SplitLogits, add_options, describe, read_logits, show

from engine.index.flat import FlatIndex
from engine.search.neighbours import Task, find_neighbours
from engine.search.steering import Steered, steer

JUDGED = 5  # of each kind


def ranked(index: FlatIndex, steered: Steered, count: int, judged: Any = ()) -> Any:
    """Return ids as the program's search orders them, without those judged."""
    exclude = frozenset(np.asarray(judged, np.int64).tolist())
    task = Task(steered.code, count, weights=steered.weights, exclude=exclude)
    return np.array([group[0] for group in find_neighbours(index, task).groups])


def simulate(data: SplitLogits, margins: bool, judged: int) -> dict[str, float]:
    """Return P@10 before and after, the mean over all queries."""
    index = data.index()
    before, after, read = [], [], []
    for logits, label in zip(data.queries, data.query_labels, strict=True):
        steered = steer(logits, margins=margins)
        order = ranked(index, steered, len(data.gallery))
        right = data.gallery_labels[order] == label
        good, bad = order[right][:judged], order[~right][:judged]
        taught = steer(logits, margins=margins, good=data.gallery[good], bad=data.gallery[bad])
        known = np.concatenate([good, bad])
        for state, found in ((steered, before), (taught, after)):
            ids = ranked(index, state, 10, known)
            found.append(float(np.mean(data.gallery_labels[ids] == label)))
        read.append(int(np.flatnonzero(np.isin(order, known)).max()) + 1)
    index.close()
    return {
        "p_at_10_before": float(np.mean(before)),
        "p_at_10_after": float(np.mean(after)),
        "better": float(np.mean(np.greater(after, before))),
        "worse": float(np.mean(np.less(after, before))),
        "photos_read_median": float(np.median(read)),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--judged", type=int, default=JUDGED, help="of each kind (5)")
    options = parser.parse_args()
    data = read_logits(options)
    result = {
        **describe(options, data),
        "judged": options.judged,
        "plain": simulate(data, margins=False, judged=options.judged),
        "margins": simulate(data, margins=True, judged=options.judged),
    }
    show(result, options)


if __name__ == "__main__":
    main()
