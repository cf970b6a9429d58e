from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.condensed import Verdicts
from engine.evaluation.curves import Curves
from engine.evaluation.scoring import Coded, score_queries


def coded(*rows: int) -> Coded:
    """Codes of eight bits, all of one label: labels must not matter."""
    return Coded(np.array(rows, np.uint8)[:, None], np.zeros(len(rows), np.int64))


# Distances to 0: 0, 1, 2, 3, 4, 5.
GALLERY = coded(0b0, 0b1, 0b11, 0b111, 0b1111, 0b11111)


def test_unjudged_photos_are_left_out_of_the_ranking() -> None:
    # The nearest photo (0) and the fourth (3) were never judged.
    verdicts = Verdicts(({1: False, 2: True, 4: False, 5: True},))
    scores = score_queries(coded(0), GALLERY, map_at=None, verdicts=verdicts)
    # The condensed list is wrong, right, wrong, right.
    assert scores.ap[0] == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert scores.ap_expected[0] == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert scores.precision[0].tolist() == pytest.approx([0, 2 / 4, 2 / 4])
    assert scores.ball_precision[0] == pytest.approx(1 / 2)  # within 2 lie photos 1 and 2


def test_each_query_has_verdicts_of_its_own() -> None:
    verdicts = Verdicts(({0: True, 5: False}, {0: True, 5: False}))
    scores = score_queries(coded(0, 0b11111), GALLERY, map_at=None, verdicts=verdicts)
    assert scores.ap.tolist() == [1.0, 0.5]


def test_a_query_of_wrong_matches_only_counts_as_zero() -> None:
    scores = score_queries(coded(0), GALLERY, verdicts=Verdicts(({0: False, 1: False},)))
    assert scores.means()["map"] == 0.0


def test_a_list_that_ends_early_counts_as_a_whole_in_the_curves() -> None:
    curves = Curves(4, 8)
    verdicts = Verdicts(({0: True, 1: False}, {0: False, 1: True, 2: True, 3: True}))
    score_queries(coded(0, 0), GALLERY, verdicts=verdicts, observers=(curves,))
    by_rank = curves.summary()["by_rank"]
    assert by_rank["ranks"] == [1, 2, 3, 4]
    assert by_rank["precision"] == pytest.approx([1 / 2, 1 / 2, (1 / 2 + 2 / 3) / 2, 5 / 8])
    assert by_rank["recall"] == pytest.approx([1 / 2, (1 + 1 / 3) / 2, (1 + 2 / 3) / 2, 1])


def test_what_cannot_be_read_is_taken_out_and_the_rest_renumbered() -> None:
    verdicts = Verdicts(({0: True}, {1: True, 2: False, 3: True}))
    kept = verdicts.keep(np.array([False, True]), np.array([True, True, False, True]))
    assert kept == Verdicts(({1: True, 2: True},))
    assert kept.counts() == [(2, 0)]
