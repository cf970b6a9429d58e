"""Steered searches against brute force, and what weights, judgements and joined photos mean."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codes import CodeArray, binarize, unpack
from engine.index.flat import FlatIndex
from engine.search import neighbours
from engine.search.neighbours import Task, find_neighbours
from engine.search.steering import (
    GRAIN,
    LARGEST,
    as_logits,
    feedback_weights,
    join_queries,
    margin_weights,
    steer,
    weighted_distances,
)

BITS = 16  # few, so that distances tie often


def drawn_codes(rng: np.random.Generator, count: int, bits: int = BITS) -> CodeArray:
    return rng.integers(0, 256, (count, bits // 8), dtype=np.uint8)


def index_of(codes: CodeArray, kernel: str = "auto") -> FlatIndex:
    """Ids that are not rows, most in the block and some in the tail, one of them removed."""
    index = FlatIndex(8 * codes.shape[1], kernel=kernel)
    ids = 3 * np.arange(len(codes)) + 5
    index.replace(ids[:-7], codes[:-7])
    index.add(ids[-7:], codes[-7:])
    index.add(np.array([2]), codes[:1])
    index.remove(np.array([2]))
    return index


def brute_force(
    codes: CodeArray,
    query: CodeArray,
    *,
    require: dict[int, int],
    ignore: set[int],
    weights: Any,
    reranked: int,
) -> list[int]:
    """The definition, one photo at a time, in whole numbers."""
    bits = unpack(query, BITS).tolist()
    found = []
    for row, code in enumerate(unpack(codes, BITS).tolist()):
        if any(code[bit] != value for bit, value in require.items()):
            continue
        differing = [bit for bit in range(BITS) if code[bit] != bits[bit] and bit not in ignore]
        cost = sum(round(weights[bit] / GRAIN) for bit in differing) if weights is not None else 0
        found.append((len(differing), 3 * row + 5, cost))
    found.sort()
    if weights is not None:
        first = sorted(found[:reranked], key=lambda item: (item[2], item[0], item[1]))
        found = first + found[reranked:]
    return [photo_id for _, photo_id, _ in found]


@pytest.mark.parametrize("kernel", ["numpy", "faiss"])
@pytest.mark.parametrize("seed", range(6))
def test_a_steered_search_is_the_brute_force_filter(
    kernel: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "RERANKED", 40)
    rng = np.random.default_rng(seed)
    codes = drawn_codes(rng, 400)
    index = index_of(codes, kernel)
    logits = rng.normal(size=BITS)
    for flips, require, ignore, margins in itertools.product(
        [(), (0, 9)], [{}, {3: 1, 12: 0}], [set(), {1, 8, 15}], [False, True]
    ):
        steered = steer(logits, flips=flips, margins=margins)
        weights = steered.weights
        if weights is not None:
            weights = np.where(np.isin(np.arange(BITS), list(ignore)), 0, weights)
        task = Task(
            query=steered.code,
            top=60,
            allow=index.matching(require) if require else None,
            ignore=frozenset(ignore),
            weights=weights,
        )
        found = [group[0] for group in find_neighbours(index, task).groups]
        expected = brute_force(
            codes, steered.code, require=require, ignore=ignore, weights=weights, reranked=40
        )
        assert found == expected[:60]
    index.close()


def test_the_order_does_not_depend_on_how_many_are_asked_for() -> None:
    rng = np.random.default_rng(5)
    index = index_of(drawn_codes(rng, 3000))
    steered = steer(rng.normal(size=BITS), margins=True)
    found = [
        find_neighbours(index, Task(steered.code, top, weights=steered.weights)).groups
        for top in (3, 30, 1500)
    ]
    assert found[0] == found[1][:3]
    assert found[1] == found[2][:30]
    index.close()


def test_groups_of_near_duplicates_stay_whole_in_every_order() -> None:
    rng = np.random.default_rng(6)
    codes = np.repeat(drawn_codes(rng, 500, 64), 3, axis=0)
    index = index_of(codes)
    logits = rng.normal(size=64)
    for weights, ignore in [(margin_weights(logits), ()), (None, (1, 2, 3))]:
        task = Task(binarize(logits), 20, near=2, weights=weights, ignore=frozenset(ignore))
        groups = find_neighbours(index, task).groups
        assert [len(group) for group in groups] == [3] * 20
        assert all(group == (group[0], group[0] + 3, group[0] + 6) for group in groups)
    index.close()


def test_equal_codes_tie_whatever_the_weights() -> None:
    rng = np.random.default_rng(7)
    codes = np.repeat(drawn_codes(rng, 1, 64), 999, axis=0)
    logits = rng.normal(size=64) * 1e3
    costs = weighted_distances(binarize(logits), codes, margin_weights(logits))
    assert len(set(costs.tolist())) == 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_margin_weights_rank_like_the_scalar_product(values: list[float]) -> None:
    logits = np.array(values)
    weights = margin_weights(logits)
    assert (weights >= 0).all()
    assert (weights <= LARGEST).all()
    np.testing.assert_array_equal(weights / GRAIN, np.round(weights / GRAIN))
    if np.abs(logits).max() > 0:
        assert weights.mean() == pytest.approx(1, abs=GRAIN)
        expected = np.abs(logits) / np.abs(logits).mean()
        np.testing.assert_allclose(weights, expected, atol=GRAIN)
    else:
        assert (weights == 1).all()


def test_a_flipped_bit_counts_as_much_as_the_surest() -> None:
    steered = steer(np.array([0.01, -2.0, 1.0, -0.5]), flips=[0], margins=True)
    assert unpack(steered.code, 4).tolist() == [0, 0, 1, 0]
    assert steered.weights is not None
    assert steered.weights[0] == steered.weights[1] == steered.weights.max()
    assert steer(np.array([0.0, 1.0]), flips=[0, 0]).code == np.packbits([1, 1])


def test_without_wishes_nothing_is_weighed() -> None:
    none = np.empty((0, 1), np.uint8)
    assert steer(np.ones(8), good=none, bad=none).weights is None


def test_judgements_teach_which_bits_matter() -> None:
    code = np.packbits([1, 1, 1, 1, 0, 0, 0, 0])
    good = np.packbits([[1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0, 0, 0]], axis=1)
    bad = np.packbits([[0, 1, 1, 1, 0, 0, 0, 0], [0, 1, 1, 1, 0, 0, 0, 0]], axis=1)
    prior = np.ones(8)
    weights = feedback_weights(code, good, bad, prior)
    assert weights.argmax() == 0, "the good ones have it and the bad ones have not"
    assert weights.argmin() == 2, "the good ones have it not"
    assert weights[0] > weights[1] > weights[3] > weights[2]
    np.testing.assert_allclose(feedback_weights(code, None, None, prior), prior, atol=GRAIN)
    literal = np.log(((2 + 3) / 6) / (1 - (2 + 3) / 6)) - np.log((0 + 2) / 6 / (1 - (0 + 2) / 6))
    assert weights[0] == pytest.approx(literal / np.log(3), abs=GRAIN)


def test_one_kind_of_judgement_is_enough() -> None:
    code = np.packbits([1, 1, 0, 0])
    good = np.packbits([[1, 0, 0, 0]], axis=1)
    weights = steer(as_logits(code, 4), good=good).weights
    assert weights is not None
    assert weights[0] > 1 > weights[1]
    weights = steer(as_logits(code, 4), bad=good).weights
    assert weights is not None
    assert weights[0] < 1 < weights[1]


def test_joined_photos_have_the_same_say() -> None:
    loud, quiet = np.array([90.0, 90.0, -90.0]), np.array([-0.2, 0.1, 0.3])
    joined = join_queries([loud, quiet])
    np.testing.assert_allclose(joined, [(1 - 1) / 2, 1.5 / 2, 0.5 / 2], atol=1e-6)
    np.testing.assert_allclose(join_queries([quiet]), quiet / 0.2, rtol=1e-6)
    assert np.isfinite(join_queries([np.zeros(3), loud])).all()


def test_photos_known_by_their_codes_vote_by_majority() -> None:
    codes = np.packbits([[1, 1, 0, 0], [1, 0, 0, 1], [1, 1, 0, 1]], axis=1)
    joined = join_queries([as_logits(code, 4) for code in codes])
    assert unpack(binarize(joined), 4).tolist() == [1, 1, 0, 1]
    even = join_queries([as_logits(code, 4) for code in codes[:2]])
    assert even.tolist() == [1, 0, -1, 0]
