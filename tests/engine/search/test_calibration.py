from __future__ import annotations

import numpy as np
import pytest

from engine.search.calibration import LIKELY, MIN_CASES, Calibration, Case, calibrate
from engine.search.votes import Ballot, Vote, vote


def a_vote(weight: float, distance: int, label: str = "soup") -> Vote:
    return Vote(label, weight, 1, (1,), distance)


def drawn_cases(count: int, seed: int = 0) -> tuple[list[Case], Calibration]:
    """Photos whose votes are right exactly as often as a known curve says."""
    truth = Calibration(intercept=1.5, per_share=0.8, per_bit=-0.15, mean_reach=0, cases=0)
    rng = np.random.default_rng(seed)
    cases: list[Case] = []
    for _ in range(count):
        said = a_vote(float(rng.uniform(0.05, 0.95)), int(rng.integers(0, 25)))
        is_right = rng.random() < truth.confidence(said)
        cases.append(([said], "soup" if is_right else "pie"))
    return cases, truth


def test_recovers_the_curve_that_made_the_truth() -> None:
    cases, truth = drawn_cases(6000)
    found = calibrate(cases)
    assert found is not None
    assert found.cases == 6000
    for weight in (0.1, 0.5, 0.9):
        for distance in (0, 8, 20):
            said = a_vote(weight, distance)
            assert found.confidence(said) == pytest.approx(truth.confidence(said), abs=0.04)


def test_on_other_cases_the_confidence_is_how_often_it_is_right() -> None:
    found = calibrate(drawn_cases(3000)[0])
    assert found is not None
    others = drawn_cases(3000, seed=1)[0]
    confidence = np.array([found.confidence(votes[0]) for votes, _ in others])
    right = np.array([votes[0].label == label for votes, label in others])
    for low in np.arange(0, 1, 0.2):
        chosen = (confidence >= low) & (confidence < low + 0.2)
        assert right[chosen].mean() == pytest.approx(confidence[chosen].mean(), abs=0.07)


def test_too_little_is_known_of_few_photos_or_of_one_outcome() -> None:
    cases, _ = drawn_cases(MIN_CASES - 1)
    assert calibrate(cases) is None
    assert calibrate([([a_vote(1.0, 2)], "soup")] * 100) is None
    assert calibrate([([], "soup")] * 100) is None


def test_slopes_of_the_wrong_sign_are_left_out() -> None:
    rng = np.random.default_rng(2)
    cases: list[Case] = []
    for _ in range(500):  # far and divided votes are right more often: nonsense, or chance
        weight, distance = float(rng.uniform(0.1, 0.9)), int(rng.integers(0, 20))
        is_right = rng.random() < 0.2 + 0.03 * distance
        cases.append(([a_vote(weight, distance)], "soup" if is_right else "pie"))
    found = calibrate(cases)
    assert found is not None
    assert found.per_bit == 0
    assert found.per_share >= 0


def test_unanimous_neighbours_are_believed_and_strangers_are_not() -> None:
    rng = np.random.default_rng(3)
    cases: list[Case] = []
    for number in range(300):
        label = "soup" if number % 2 else "pie"
        other = "pie" if label == "soup" else "soup"
        near = [Ballot(n, label, int(rng.integers(1, 4))) for n in range(6)]
        far = [Ballot(9, other if rng.random() < 0.9 else label, int(rng.integers(8, 12)))]
        cases.append((vote(near + far), label))
    found = calibrate(cases)
    assert found is not None
    sure = found.judged(vote([Ballot(n, "soup", 2) for n in range(6)]))
    assert sure[0].confidence is not None
    assert sure[0].confidence > 0.9
    assert found.is_similar(sure)
    beyond = int(found.mean_reach) + 1
    assert not found.is_similar(vote([Ballot(n, "soup", beyond) for n in range(6)]))
    assert not found.is_similar(())


def test_a_stray_photo_nearby_makes_no_stranger_known() -> None:
    curve = Calibration(intercept=3.0, per_share=1.0, per_bit=0.0, mean_reach=9, cases=99)
    stray = [Ballot(0, "soup", 1), *(Ballot(n, "soup", 12) for n in range(1, 10))]
    assert not curve.is_similar(vote(stray))
    assert curve.is_similar(vote([Ballot(n, "soup", 1 + n) for n in range(10)]))


def test_divided_neighbours_are_not_believed() -> None:
    curve = Calibration(intercept=0.0, per_share=1.0, per_bit=0.0, mean_reach=30, cases=99)
    votes = curve.judged(vote([Ballot(n, label, 3) for n, label in enumerate("abcd")]))
    assert all(said.confidence is not None and said.confidence < LIKELY for said in votes)
    assert not curve.is_similar(votes)
    assert curve.is_similar(vote([Ballot(0, "a", 3)]))


def test_all_confidence_together_is_no_more_than_certainty() -> None:
    curve = Calibration(intercept=3.0, per_share=1.0, per_bit=0.0, mean_reach=30, cases=99)
    votes = curve.judged(vote([Ballot(0, "a", 3), Ballot(1, "b", 3), Ballot(2, "a", 3)]))
    assert sum(said.confidence or 0 for said in votes) == pytest.approx(1)
    assert votes[0].confidence == max(said.confidence or 0 for said in votes)
