from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.search.votes import Ballot, Vote, vote


def vote_of(labels: list[str | None], distances: list[int]) -> tuple[Vote, ...]:
    ballots = zip(labels, distances, strict=True)
    return vote(Ballot(number, *ballot) for number, ballot in enumerate(ballots))


NEIGHBOURS = st.lists(st.tuples(st.none() | st.sampled_from("abc"), st.integers(0, 256)))


def test_near_neighbours_weigh_more() -> None:
    votes = vote_of(["soup", "curry", "curry", None], [0, 1, 1, 0])
    assert [(v.label, v.count) for v in votes] == [("soup", 1), ("curry", 2)]
    assert [v.weight for v in votes] == pytest.approx([1 / 1.5, 0.5 / 1.5])
    assert [(v.photos, v.distance) for v in votes] == [((0,), 0), ((1, 2), 1)]


def test_equal_weights_are_ordered_by_label() -> None:
    assert [v.label for v in vote_of(["b", "a"], [3, 3])] == ["a", "b"]


def test_without_labels_nothing_is_suggested() -> None:
    assert vote_of([None, None], [0, 5]) == ()
    assert vote_of([], []) == ()


@given(NEIGHBOURS)
def test_is_the_weighted_share_of_each_label(neighbours: list[tuple[str | None, int]]) -> None:
    votes = vote_of([label for label, _ in neighbours], [distance for _, distance in neighbours])
    total = sum(1 / (1 + d) ** 2 for label, d in neighbours if label)
    for v in votes:
        share = sum(1 / (1 + d) ** 2 for label, d in neighbours if label == v.label) / total
        assert v.weight == pytest.approx(share)
        own = [d for label, d in neighbours if label == v.label]
        assert v.mean_distance == pytest.approx(sum(own) / len(own))
        assert v.count == sum(label == v.label for label, _ in neighbours)
    assert {v.label for v in votes} == {label for label, _ in neighbours if label}
    assert not votes or sum(v.weight for v in votes) == pytest.approx(1)
    assert [v.weight for v in votes] == sorted((v.weight for v in votes), reverse=True)
