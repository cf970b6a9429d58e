"""Precision and recall by rank and by radius, and the distances behind them.

Two curves are called "precision-recall curve" in the literature of hashing. By rank: the points
(R@m, P@m) for m = 1, 2, ... By radius: the points of everything within distance r, for r = 0, 1,
... Both are averaged over the queries for each m, or each r, not interpolated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.scoring import Retrieval

DENSE_RANKS = 20  # each of the first; after them a tenth more every time
ROUND_RANKS = (50, 100, *range(500, 10_001, 500))  # where papers read their curves


class Curves:
    """Sums over queries, from which the averages follow; one of the observers of a scoring.

    Args:
        gallery: How many photos are ranked at most, at least 1.
        num_bits: Length of a code, the largest distance.
    """

    def __init__(self, gallery: int, num_bits: int) -> None:
        self.ranks = sampled_ranks(gallery)
        self._radii = np.arange(num_bits + 1)
        self._by_rank = np.zeros((2, len(self.ranks)))
        self._by_radius = np.zeros((4, num_bits + 1))
        self._relevant = np.zeros(num_bits + 1, np.int64)
        self._others = np.zeros(num_bits + 1, np.int64)
        self._queries = 0

    def add(self, retrieval: Retrieval) -> None:
        """Take note of one query; without relevant photos its recall is 0.

        A list that ends before a rank, as lists of judged photos do, counts there as a whole.
        """
        ranking = retrieval.ranking
        found = np.concatenate([[0], np.cumsum(ranking.relevant)])
        total = max(int(found[-1]), 1)
        ranks = np.minimum(self.ranks, len(ranking.relevant))
        hits = found[ranks]
        self._by_rank += hits / np.maximum(ranks, 1), hits / total
        sizes = np.searchsorted(ranking.distances, self._radii, side="right")
        inside = found[sizes]
        self._by_radius += inside / np.maximum(sizes, 1), inside / total, sizes == 0, sizes
        relevant = np.diff(inside, prepend=0)
        self._relevant += relevant
        self._others += np.diff(sizes, prepend=0) - relevant
        self._queries += 1

    def summary(self) -> dict[str, Any]:
        """Return the curves as JSON can hold them.

        ``by_rank`` has P@m and R@m at ``ranks``; ``by_radius`` precision and recall within each
        radius (an empty ball has precision 0), the share of empty balls and their mean size;
        ``distances`` how many pairs of a query and a photo lie at each distance.
        """
        precision, recall = (self._by_rank / max(self._queries, 1)).tolist()
        inside, reached, empty, size = (self._by_radius / max(self._queries, 1)).tolist()
        return {
            "by_rank": {"ranks": self.ranks.tolist(), "precision": precision, "recall": recall},
            "by_radius": {
                "radii": self._radii.tolist(),
                "precision": inside,
                "recall": reached,
                "empty_balls": empty,
                "mean_size": size,
            },
            "distances": {"relevant": self._relevant.tolist(), "others": self._others.tolist()},
        }


def sampled_ranks(gallery: int) -> NDArray[np.int64]:
    """Return the ranks at which curves are read, ascending, the last of them the gallery's size."""
    ranks = {*range(1, DENSE_RANKS + 1), *ROUND_RANKS}
    rank = DENSE_RANKS
    while rank < gallery:
        rank += max(rank // 10, 1)
        ranks.add(rank)
    return np.array(sorted({rank for rank in ranks if rank < gallery} | {gallery}), np.int64)
