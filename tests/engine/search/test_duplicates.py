from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.search.duplicates import (
    each_alone,
    group_near_duplicates,
    near_duplicate_distance,
)

CODES = st.lists(st.integers(0, 255), max_size=20)


def literal_groups(codes: list[int], threshold: int) -> list[list[int]]:
    """Each code joins the first leader that is near; otherwise it leads a group of its own."""
    groups: list[list[int]] = []
    for row, code in enumerate(codes):
        for group in groups:
            if (codes[group[0]] ^ code).bit_count() <= threshold:
                group.append(row)
                break
        else:
            groups.append([row])
    return groups


@given(CODES, st.integers(0, 8))
def test_equals_the_literal_grouping(codes: list[int], threshold: int) -> None:
    packed = np.array(codes, np.uint8).reshape(-1, 1)
    ids = np.arange(len(codes), dtype=np.int64) * 10
    groups = group_near_duplicates(ids, packed, threshold)
    literal = literal_groups(codes, threshold)
    assert groups == [tuple(10 * row for row in group) for group in literal]
    assert group_near_duplicates(ids, packed, threshold, limit=2) == groups[:2]


@given(CODES, st.integers(0, 20))
def test_what_follows_changes_no_leader(codes: list[int], cut: int) -> None:
    packed = np.array(codes, np.uint8).reshape(-1, 1)
    ids = np.arange(len(codes), dtype=np.int64)
    leaders = [group[0] for group in group_near_duplicates(ids, packed)]
    shorter = [group[0] for group in group_near_duplicates(ids[:cut], packed[:cut])]
    assert shorter == leaders[: len(shorter)]


def test_groups_do_not_grow_along_chains() -> None:
    chain = np.array([[0b0], [0b11], [0b1111]], np.uint8)
    assert group_near_duplicates(np.array([5, 6, 7]), chain, 2) == [(5, 6), (7,)]


def test_each_alone_keeps_the_order() -> None:
    assert each_alone(np.array([5, 2, 9]), limit=2) == [(5,), (2,)]


def test_codes_that_learned_dishes_tell_no_duplicates() -> None:
    assert near_duplicate_distance("itq", 64) == 2
    assert near_duplicate_distance("itq", 16) is None
    assert near_duplicate_distance("dpn", 64) is None
