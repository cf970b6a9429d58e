from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.curves import Curves, sampled_ranks
from engine.evaluation.metrics import rank
from tests.engine.evaluation import reference
from tests.engine.evaluation.retrievals import retrieval

BITS = 6
galleries = st.integers(1, 40).flatmap(
    lambda size: st.lists(
        st.lists(st.tuples(st.integers(0, BITS), st.booleans()), min_size=size, max_size=size),
        min_size=1,
        max_size=4,
    )
)


@given(galleries)
def test_curves_are_the_means_of_their_definitions(
    queries: list[list[tuple[int, bool]]],
) -> None:
    size = len(queries[0])
    curves = Curves(size, BITS)
    by_rank, by_radius = [], []
    near = {True: [0] * (BITS + 1), False: [0] * (BITS + 1)}
    for items in queries:
        distances, relevant = [d for d, _ in items], [int(r) for _, r in items]
        ranking = rank(np.array(distances), np.array(relevant, bool))
        curves.add(retrieval(ranking))
        order = [relevant[i] for i in reference.stable_order(distances)]
        by_rank.append(
            [(sum(order[:m]) / m, reference.recall_at(order, m)) for m in curves.ranks.tolist()]
        )
        by_radius.append(
            [
                (
                    reference.ball_precision(distances, relevant, r),
                    reference.ball_recall(distances, relevant, r),
                    not any(d <= r for d in distances),
                    sum(d <= r for d in distances),
                )
                for r in range(BITS + 1)
            ]
        )
        for distance, is_relevant in items:
            near[is_relevant][distance] += 1
    found = curves.summary()
    precision, recall = np.mean(by_rank, axis=0).T
    assert found["by_rank"]["precision"] == pytest.approx(precision, abs=1e-12)
    assert found["by_rank"]["recall"] == pytest.approx(recall, abs=1e-12)
    expected = np.mean(np.array(by_radius, float), axis=0).T
    for name, values in zip(
        ("precision", "recall", "empty_balls", "mean_size"), expected, strict=True
    ):
        assert found["by_radius"][name] == pytest.approx(values, abs=1e-12), name
    assert found["by_radius"]["radii"] == list(range(BITS + 1))
    assert found["distances"] == {"relevant": near[True], "others": near[False]}


@pytest.mark.parametrize("gallery", [1, 2, 20, 21, 99, 2500, 75_750])
def test_curves_are_read_at_the_ranks_of_papers_and_at_the_end(gallery: int) -> None:
    ranks = sampled_ranks(gallery).tolist()
    assert ranks[:20] == list(range(1, min(gallery, 20) + 1))
    assert ranks[-1] == gallery
    assert {1, 500, 1000, 10_000} & set(range(gallery)) <= set(ranks)
    assert all(a < b <= max(1.15 * a, a + 1) for a, b in pairwise(ranks))
    assert len(ranks) < 150
