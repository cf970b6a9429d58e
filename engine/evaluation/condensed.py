"""Rankings of judged photos only: what nobody judged counts neither as right nor as wrong.

People judge a few results of a search and leave thousands alone. To count these as wrong would
punish a model for finding what nobody has seen yet; so they are taken out of the ranking before
anything is measured, the "condensed lists" of Sakai (SIGIR 2007).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Verdicts:
    """What was judged: for each query some photos of the gallery.

    Attributes:
        of_query: For each query its judged photos, by their number in the gallery, and whether
            each is a good match.
    """

    of_query: tuple[Mapping[int, bool], ...]

    def keep(self, queries: NDArray[np.bool_], gallery: NDArray[np.bool_]) -> Verdicts:
        """Return what is left, and renumber it, when only some queries and photos are.

        Args:
            queries: Which stay, shape (queries,).
            gallery: Which stay, shape (gallery,).
        """
        number = np.cumsum(gallery) - 1
        return Verdicts(
            tuple(
                {int(number[row]): right for row, right in judged.items() if gallery[row]}
                for judged, stays in zip(self.of_query, queries, strict=True)
                if stays
            )
        )

    def judged(
        self, query: int, place: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the judged photos of a query in a given order, and which of them are right.

        Args:
            query: Its number.
            place: Where each photo of the gallery stands in that order, shape (gallery,).
        """
        pairs = sorted(self.of_query[query].items(), key=lambda pair: place[pair[0]])
        rows = np.array([row for row, _ in pairs], np.int64)
        return rows, np.array([right for _, right in pairs], bool)

    def counts(self) -> list[tuple[int, int]]:
        """Return for each query how many photos are right and how many are wrong."""
        return [
            (sum(judged.values()), len(judged) - sum(judged.values())) for judged in self.of_query
        ]
