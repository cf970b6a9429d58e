"""Attributes of bits against counts by hand and against chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codes import CodeArray
from engine.explain.attributes import describe_bits
from engine.explain.enrichment import count_labels, critical_value, enrich, wilson
from engine.explain.naming import name_from_labels

LABELS = ["soup"] * 40 + ["pie"] * 30 + ["curry"] * 30 + [None] * 20


def pack(bits: np.ndarray) -> CodeArray:
    return np.packbits(bits.astype(np.uint8), axis=1)


def codes_of(*columns: list[int]) -> CodeArray:
    return pack(np.array(columns).T)


def test_counts_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (len(LABELS), 11))
    counts = count_labels(pack(bits), LABELS, 11)
    assert counts.labels == ("curry", "pie", "soup")
    assert counts.photos.tolist() == [30, 30, 40]
    assert (counts.total, counts.tests) == (100, 33)
    for place, label in enumerate(counts.labels):
        rows = [bits[row] for row, other in enumerate(LABELS) if other == label]
        assert counts.on[place].tolist() == np.sum(rows, axis=0).tolist()


def test_enrichment_is_the_textbook_odds_ratio() -> None:
    bit = [1] * 30 + [0] * 10 + [1] * 6 + [0] * 24 + [1] * 4 + [0] * 26 + [1] * 20
    counts = count_labels(codes_of(bit), LABELS, 1)
    soup = enrich(counts, 0)[0]
    assert (soup.label, soup.photos, soup.on) == ("soup", 40, 30)
    assert soup.share_on == pytest.approx(0.75)
    assert soup.share_of_bit == pytest.approx(30 / 40)
    assert soup.lift == pytest.approx(0.75 / 0.40)
    assert soup.log_odds == pytest.approx(math.log(30.5 * 50.5 / (10.5 * 10.5)))
    error = math.sqrt(1 / 30.5 + 1 / 10.5 + 1 / 10.5 + 1 / 50.5)
    assert soup.high - soup.low == pytest.approx(2 * critical_value(3) * error)


def test_the_more_is_tried_the_more_evidence_is_asked_for() -> None:
    assert critical_value(1) == pytest.approx(1.959964, abs=1e-5)
    assert critical_value(10) == pytest.approx(2.807034, abs=1e-5)


def test_bits_of_chance_go_with_no_label_and_have_no_name() -> None:
    """Bonferroni's promise: in at most 5 % of the libraries anything at all is claimed."""
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(60):
        labels = rng.choice(["a", "b", "c", "d"], 200).tolist()
        attributes = describe_bits(pack(rng.integers(0, 2, (200, 32))), labels, 32)
        wrong += any(one.with_labels or one.against_labels for one in attributes)
        assert not any(one.label_name for one in attributes)
    assert wrong <= 8  # 3 are expected; more than 8 has a chance of one in 400


def test_a_bit_that_is_a_label_is_named_after_it() -> None:
    soup = [1] * 39 + [0] + [0] * 58 + [1] * 2 + [0] * 20
    not_pie = [1] * 40 + [0] * 30 + [1] * 30 + [1] * 20
    half = [0, 1] * 60
    found = describe_bits(codes_of(soup, not_pie, half), LABELS, 3, names=(None, "flat", None))
    first, second, third = (one.label_name for one in found)
    assert first is not None
    assert (first.labels, first.on) == (("soup",), True)
    assert first.agreement == pytest.approx(39 / 41)
    assert 0.6 < first.low < first.agreement
    assert second is not None
    assert second.agreement == 1
    assert (second.labels, second.on) in ((("pie",), False), (("curry", "soup"), True))
    assert third is None
    assert [one.name for one in found] == [None, "flat", None]
    assert [one.label for one in found[0].with_labels] == ["soup"]
    assert {one.label for one in found[0].against_labels} == {"pie", "curry"}


def test_names_are_as_plain_as_they_can_be() -> None:
    both = [1] * 40 + [1] * 30 + [0] * 30 + [0] * 20
    name = name_from_labels(count_labels(codes_of(both), LABELS, 1), 0)
    assert name is not None
    assert (name.labels, name.on) == (("pie", "soup"), True), "rather than: not curry"
    four = [*LABELS, *["stew"] * 30]
    name = name_from_labels(count_labels(codes_of([*both, *[1] * 30]), four, 1), 0)
    assert name is not None
    assert (name.labels, name.on) == (("curry",), False), "rather than three of four"
    loose = [1] * 39 + [0] + [1] * 2 + [0] * 58 + [0] * 20  # two pies as well
    name = name_from_labels(count_labels(codes_of(loose), LABELS, 1), 0)
    assert name is not None
    assert (name.labels, name.on) == (("soup",), True), "rather than: neither curry nor pie"


def test_a_name_leaves_out_no_label_that_has_the_bit_as_well() -> None:
    labels = [*"abcefgh"] * 100 + ["d"] * 40
    on = [label in "abc" for label in labels[:700]] + [True] * 36 + [False] * 4
    counts = count_labels(codes_of([int(value) for value in on]), labels, 1)
    assert name_from_labels(counts, 0) is None, "a, b or c would be wrong of most photos of d"
    rare = [*on[:700], *[True] * 18, *[False] * 22]
    name = name_from_labels(count_labels(codes_of([int(each) for each in rare]), labels, 1), 0)
    assert name is not None
    assert (name.labels, name.on) == (("a", "b", "c"), True)


def test_three_photos_are_no_evidence() -> None:
    labels = ["a"] * 3 + ["b"] * 3
    (found,) = describe_bits(codes_of([1, 1, 1, 0, 0, 0]), labels, 1)
    assert found.label_name is None
    assert found.with_labels == ()


def test_shares_entropy_and_correlated_bits() -> None:
    a = [1, 1, 0, 0] * 5
    same, opposite, other, constant = a, [1 - bit for bit in a], [1, 0] * 10, [1] * 20
    found = describe_bits(codes_of(a, same, opposite, other, constant), [None] * 20, 5)
    assert (found[0].photos, found[0].on, found[0].share_on) == (20, 10, 0.5)
    assert found[0].entropy == 1
    assert found[4].entropy == 0
    pairs = [(one.bit, round(one.value, 6)) for one in found[0].correlated]
    assert pairs == [(1, 1.0), (2, -1.0)]
    assert found[4].correlated == ()
    assert all(one.label_name is None and one.with_labels == () for one in found)


def test_an_empty_library_has_nothing_to_tell() -> None:
    found = describe_bits(np.empty((0, 2), np.uint8), [], 16)
    assert [one.photos for one in found] == [0] * 16
    assert {one.share_on for one in found} == {0.0}


@given(st.integers(0, 50), st.integers(0, 50), st.floats(0.5, 4))
def test_an_interval_of_a_share_holds_the_share(hits: int, misses: int, z: float) -> None:
    low, high = wilson(hits, hits + misses, z)
    assert 0 <= low <= high <= 1
    if hits + misses:
        assert low - 1e-12 <= hits / (hits + misses) <= high + 1e-12
