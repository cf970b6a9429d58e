"""Photos to look at: the queries that went worst, and the dishes that are taken for each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.confusions import AT
from engine.evaluation.scoring import Retrieval
from engine.evaluation.splits import Sample

WORST = 12
TOP = 8
PAIRS = 6
PHOTOS = 4  # of each dish of a pair


class Examples:
    """Remembers the first places of every query; one of the observers of a scoring."""

    def __init__(self) -> None:
        self._found: list[Retrieval] = []

    def add(self, retrieval: Retrieval) -> None:
        """Take note of one query."""
        ranking = type(retrieval.ranking)(
            retrieval.ranking.distances[:AT].copy(), retrieval.ranking.relevant[:AT].copy()
        )
        self._found.append(
            Retrieval(
                retrieval.label, ranking, retrieval.labels[:AT].copy(), retrieval.rows[:AT].copy()
            )
        )

    def summary(
        self,
        ap: NDArray[np.float64],
        queries: Sequence[Sample],
        gallery: Sequence[Sample],
        pairs: Sequence[Mapping[str, Any]],
    ) -> dict[str, Any]:
        """Return the examples as JSON can hold them; photos go by :attr:`Sample.name`.

        Args:
            ap: Of each query; of equal ones the first is the worse.
            queries: In the order in which they were added.
            gallery: In the order of ``Retrieval.rows``.
            pairs: Of :meth:`Confusions.summary`, the most confused first.
        """
        worst = np.argsort(ap, kind="stable")[:WORST]
        return {
            "worst": [
                {
                    "photo": queries[row].name,
                    "label": queries[row].label,
                    "ap": float(ap[row]),
                    "hits": self._hits(self._found[row], gallery),
                }
                for row in worst.tolist()
            ],
            "confused": [self._pair(pair, queries, gallery) for pair in pairs[:PAIRS]],
        }

    def _hits(self, found: Retrieval, gallery: Sequence[Sample]) -> list[dict[str, Any]]:
        return [
            {
                "photo": gallery[row].name,
                "label": gallery[row].label,
                "right": bool(found.ranking.relevant[place]),
                "distance": int(found.ranking.distances[place]),
            }
            for place, row in enumerate(found.rows[:TOP].tolist())
        ]

    def _pair(
        self, pair: Mapping[str, Any], queries: Sequence[Sample], gallery: Sequence[Sample]
    ) -> dict[str, Any]:
        """Return the queries of a dish that found most of another, and what they found of it."""
        misled: Counter[str] = Counter()
        found: Counter[str] = Counter()
        for query, retrieval in zip(queries, self._found, strict=True):
            if query.label == pair["query"]:
                wrong = [
                    row for row in retrieval.rows.tolist() if gallery[row].label == pair["found"]
                ]
                misled[query.name] += len(wrong)
                found.update(gallery[row].name for row in wrong)
        return {
            **pair,
            "query_photos": _most(misled),
            "found_photos": _most(found),
        }


def _most(counts: Counter[str]) -> list[str]:
    """Return the names that count most; of equal ones the first by name."""
    some = [name for name, count in counts.items() if count]
    return sorted(some, key=lambda name: (-counts[name], name))[:PHOTOS]
