"""Measure what re-ranking by the query's margins gains, and what it costs.

    python benchmarks/rerank.py --split DIR/thai10/splits.csv [--model ID] [--json]

Every query is ranked by the program's own search, with and without margins, in the same run: mAP
over the whole gallery, P@1 and P@10. The cost is that of a search for 24 hits among 100,000 drawn
codes as long as the model's, with and without margins in turns: processor time, which other
programs do not lengthen, and time by the clock. Accepted if re-ranking takes at most 2 ms more
processor time (medians; a search of so few codes uses one thread).
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from split_logits import SplitLogits, add_options, describe, read_logits, show

from engine.evaluation.metrics import Ranking, average_precision, precision_at
from engine.index.flat import FlatIndex
from engine.search.neighbours import RERANKED, Task, find_neighbours
from engine.search.steering import steer

CODES = 100_000
ROUNDS = 61
HITS = 24
MOST_MS = 2.0


def quality(data: SplitLogits, margins: bool) -> dict[str, float]:
    """Return the figures of one way to rank."""
    index = data.index()
    aps, firsts, tens = [], [], []
    for logits, label in zip(data.queries, data.query_labels, strict=True):
        steered = steer(logits, margins=margins)
        task = Task(steered.code, len(data.gallery), weights=steered.weights)
        order = [group[0] for group in find_neighbours(index, task).groups]
        relevant = data.gallery_labels[order] == label
        ranking = Ranking(np.arange(len(order)), relevant)
        aps.append(average_precision(ranking))
        firsts.append(precision_at(ranking, 1))
        tens.append(precision_at(ranking, 10))
    index.close()
    return {
        "map": float(np.mean(aps)),
        "p_at_1": float(np.mean(firsts)),
        "p_at_10": float(np.mean(tens)),
    }


def cost(num_bits: int) -> dict[str, float]:
    """Return the median milliseconds of a search with and without margins."""
    rng = np.random.default_rng(0)
    index = FlatIndex(num_bits)
    index.replace(np.arange(CODES), np.packbits(rng.random((CODES, num_bits)) < 0.5, axis=1))
    times: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for number in range(ROUNDS):
        logits = rng.normal(size=num_bits)
        for margins in (False, True) if number % 2 else (True, False):
            began, worked = time.perf_counter(), time.thread_time()
            steered = steer(logits, margins=margins)
            find_neighbours(index, Task(steered.code, HITS, weights=steered.weights))
            times[margins].append((time.perf_counter() - began, time.thread_time() - worked))
    index.close()
    medians = {
        margins: [1000 * statistics.median(values) for values in zip(*rounds[3:], strict=True)]
        for margins, rounds in times.items()
    }
    (plain_clock, plain), (margins_clock, with_margins) = medians[False], medians[True]
    return {
        "plain_ms": round(plain, 3),
        "margins_ms": round(with_margins, 3),
        "extra_ms": round(with_margins - plain, 3),
        "ratio": round(with_margins / plain, 2),
        "plain_clock_ms": round(plain_clock, 3),
        "margins_clock_ms": round(margins_clock, 3),
    }


def main() -> int:
    """Print the figures; return 1 if re-ranking costs too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    options = parser.parse_args()
    data = read_logits(options)
    result = {
        **describe(options, data),
        "candidates": RERANKED,
        "plain": quality(data, margins=False),
        "margins": quality(data, margins=True),
        "codes": CODES,
        **cost(data.num_bits),
    }
    result["met"] = result["extra_ms"] <= MOST_MS
    show(result, options)
    return 0 if result["met"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
