"""Short ways to say what a query retrieved."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.evaluation.metrics import Ranking
from engine.evaluation.scoring import Retrieval


def retrieval(ranking: Ranking, label: int = 0, labels: ArrayLike = ()) -> Retrieval:
    count = len(ranking.relevant)
    given = np.asarray(labels, np.int64)
    return Retrieval(
        label, ranking, given if len(given) else np.zeros(count, np.int64), np.arange(count)
    )
