from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.confusions import SHOWN_LABELS, Confusions, describe_labels
from engine.evaluation.metrics import Ranking
from engine.evaluation.scoring import Coded, score_queries
from tests.engine.evaluation.retrievals import retrieval

RANKING = Ranking(np.arange(12), np.zeros(12, bool))


def test_the_first_ten_places_are_shared_among_dishes() -> None:
    confusions = Confusions(3)
    confusions.add(retrieval(RANKING, 0, np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2])))
    confusions.add(retrieval(RANKING, 0, np.array([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2])))
    confusions.add(retrieval(RANKING, 2, np.array([2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 1, 1])))
    found = confusions.summary(["pie", "soup", "cake"])
    assert found["pairs"] == [
        {"query": "pie", "found": "soup", "share": 12 / 20},
        {"query": "cake", "found": "pie", "share": 1 / 10},
        {"query": "pie", "found": "cake", "share": 1 / 20},
    ]
    assert found["labels"] == ["pie", "cake"]  # nobody asked for soup
    assert found["shares"] == [[7 / 20, 1 / 20], [1 / 10, 9 / 10]]


def test_a_gallery_of_fewer_than_ten_still_sums_to_one() -> None:
    confusions = Confusions(2)
    confusions.add(retrieval(RANKING, 0, np.array([0, 1, 1])))
    confusions.add(retrieval(RANKING, 1, np.array([0, 1, 1])))
    shares = confusions.summary(["a", "b"])["shares"]
    assert np.sum(shares, axis=1) == pytest.approx([1, 1])


def test_of_many_dishes_the_most_confused_are_shown() -> None:
    rng = np.random.default_rng(0)
    confusions = Confusions(60)
    for label in range(60):
        wrong = 7 if label == 41 else label
        labels = np.concatenate([np.full(4, wrong), rng.integers(0, 60, 8)])
        confusions.add(retrieval(RANKING, label, labels))
    names = [f"dish {number}" for number in range(60)]
    found = confusions.summary(names)
    assert {"dish 7", "dish 41"} <= set(found["labels"])
    assert len(found["labels"]) <= SHOWN_LABELS
    assert found["pairs"][0]["query"] == "dish 41"
    assert found["pairs"][0]["found"] == "dish 7"


def test_figures_of_a_dish_are_the_means_over_its_queries() -> None:
    rng = np.random.default_rng(1)
    queries = Coded(rng.integers(0, 256, (9, 2), np.uint8), np.repeat([0, 2, 1], 3))
    gallery = Coded(rng.integers(0, 256, (50, 2), np.uint8), rng.integers(0, 2, 50))
    rows = describe_labels(
        score_queries(queries, gallery), queries.labels, gallery.labels, ["a", "b", "c"]
    )
    assert [row["label"] for row in rows] == ["a", "b", "c"]
    for label, row in enumerate(rows):
        alone = score_queries(queries[queries.labels == label], gallery).means()
        assert row["ap"] == pytest.approx(alone["map"])
        assert row["ap_expected_ties"] == pytest.approx(alone["map_expected_ties"])
        assert row["p_at_10"] == pytest.approx(alone["p_at"]["10"])
        assert row["gallery"] == int(np.sum(gallery.labels == label))
        assert row["queries"] == 3
    assert rows[2]["ap"] == 0  # the gallery has no such dish, and its queries still count
