from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codes import binarize, hamming
from engine.evaluation.curves import Curves
from engine.evaluation.metrics import (
    Normalizer,
    Ranking,
    average_precision,
    ball_precision,
    ball_size,
    expected_average_precision,
    precision_at,
    rank,
    ranking_order,
)
from tests.engine.evaluation import reference
from tests.engine.evaluation.retrievals import retrieval
from tests.engine.reference import case

NORMALIZERS: tuple[Normalizer, ...] = ("retrieved", "total")


def ranking_of(distances: list[int], relevant: list[int]) -> Ranking:
    return rank(np.array(distances, np.int64), np.array(relevant, bool))


def in_rank_order(relevant: list[int]) -> Ranking:
    return ranking_of(list(range(len(relevant))), relevant)


# The worked examples of the specification (cases J1 to J5), exact.

EXACT = 1e-12


def over_orders(distances: list[int], relevant: list[int], at: int | None) -> list[float]:
    """AP@k of every order of the ties; a list cut at k makes neither extreme obvious."""
    orders = reference.orders_of_ties(distances, relevant)
    return [average_precision(in_rank_order(order), at) for order in orders]


def test_ties_of_one_query_over_the_whole_list() -> None:
    inputs, expected = case("J1 mAP@all with ties")
    distances, relevant = inputs["distances"], inputs["relevance"]
    query = ranking_of(distances, relevant)
    found = {
        "stable order (distance, then index)": average_precision(query),
        "expected": expected_average_precision(query),
        "closed form expectation": expected_average_precision(query),
        "worst": min(over_orders(distances, relevant, None)),
        "best": max(over_orders(distances, relevant, None)),
    }
    assert found == pytest.approx(expected, abs=EXACT)


def test_ties_of_one_query_at_three() -> None:
    of_one, _ = case("J1 mAP@all with ties")
    inputs, expected = case("J2 mAP@3 of the same query")
    distances, relevant, k = of_one["distances"], of_one["relevance"], inputs["k"]
    query = ranking_of(distances, relevant)
    found = {
        "stable, divided by relevant retrieved (=2)": average_precision(query, k),
        "stable, divided by min(k,total)=3": average_precision(query, k, "total"),
        "tie expected": expected_average_precision(query, k),
        "tie worst": min(over_orders(distances, relevant, k)),
        "tie best": max(over_orders(distances, relevant, k)),
    }
    assert found == pytest.approx(expected, abs=EXACT)


def test_nothing_relevant_retrieved_scores_zero() -> None:
    inputs, expected = case("J3 mAP@3, nothing relevant in the top 3")
    query = in_rank_order(inputs["relevance in rank order"])
    found = {"AP@3": average_precision(query, 3), "AP@6": average_precision(query, 6)}
    assert found == pytest.approx(expected, abs=EXACT)
    assert expected_average_precision(query, 3) == 0.0


def test_two_queries_over_six_items() -> None:
    inputs, expected = case("J4 two queries, six items, 4 bits")
    asked, searched = (binarize(np.array(inputs[name])) for name in ("query codes", "db codes"))
    labels = np.array(inputs["db labels"])
    distances = [hamming(code, searched) for code in asked]
    assert [row.tolist() for row in distances] == expected["hamming"]
    assert [ranking_order(row).tolist() for row in distances] == expected["rank order"]

    queries = [
        rank(row, labels == label)
        for row, label in zip(distances, inputs["query labels"], strict=True)
    ]
    curves = Curves(6, 4)
    for query in queries:
        curves.add(retrieval(query, 0, labels))
    drawn = curves.summary()
    by_rank, by_radius = drawn["by_rank"], drawn["by_radius"]
    assert by_rank["ranks"] == [1, 2, 3, 4, 5, 6]

    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    found = {
        "mAP@all stable": mean([average_precision(q) for q in queries]),
        "mAP@2 stable": mean([average_precision(q, 2) for q in queries]),
        "mAP@4 stable": mean([average_precision(q, 4) for q in queries]),
        "mAP@all expected over ties": mean([expected_average_precision(q) for q in queries]),
        "P@2, P@4 stable": [mean([precision_at(q, k) for q in queries]) for k in (2, 4)],
        "R@2, R@4 stable": [by_rank["recall"][k - 1] for k in (2, 4)],
        "P@H<=r, r=0..4": [mean([ball_precision(q, r) for q in queries]) for r in range(5)],
        "recall inside radius r=0..4": by_radius["recall"],
    }
    assert set(found) | {"hamming", "rank order"} == set(expected)
    for name, value in found.items():
        assert value == pytest.approx(expected[name], abs=EXACT), name
    assert by_radius["precision"] == pytest.approx(expected["P@H<=r, r=0..4"], abs=EXACT)
    assert [by_rank["precision"][k - 1] for k in (2, 4)] == expected["P@2, P@4 stable"]


def test_an_empty_ball_scores_zero() -> None:
    inputs, expected = case("J5 empty Hamming ball")
    query = ranking_of(inputs["distances"][0], inputs["relevance"][0])
    assert ball_size(query, 2) == 0
    assert ball_precision(query, 2) == expected["P@H<=2"]


# Agreement with the literal definitions.

galleries = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=40)
small_galleries = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=7)


@given(galleries, st.integers(1, 45), st.sampled_from(NORMALIZERS))
def test_average_precision_is_its_definition(
    items: list[tuple[int, bool]], at: int, normalizer: Normalizer
) -> None:
    distances, relevant = [d for d, _ in items], [int(r) for _, r in items]
    ordered = [relevant[i] for i in reference.stable_order(distances)]
    expected = reference.average_precision(ordered, at, normalizer, sum(relevant))
    found = average_precision(ranking_of(distances, relevant), at, normalizer)
    assert found == pytest.approx(expected, abs=1e-12)


@given(small_galleries, st.integers(1, 8), st.sampled_from(NORMALIZERS))
def test_expected_precision_is_the_mean_over_all_orders(
    items: list[tuple[int, bool]], at: int, normalizer: Normalizer
) -> None:
    distances, relevant = [d for d, _ in items], [int(r) for _, r in items]
    expected = reference.expected_average_precision(distances, relevant, at, normalizer)
    found = expected_average_precision(ranking_of(distances, relevant), at, normalizer)
    assert found == pytest.approx(expected, abs=1e-12)


@given(galleries, st.integers(0, 5))
def test_ball_precision_is_its_definition(items: list[tuple[int, bool]], radius: int) -> None:
    distances, relevant = [d for d, _ in items], [int(r) for _, r in items]
    expected = reference.ball_precision(distances, relevant, radius)
    query = ranking_of(distances, relevant)
    assert ball_precision(query, radius) == pytest.approx(expected, abs=1e-12)
    assert ball_size(query, radius) == sum(d <= radius for d in distances)


# Properties.


@given(galleries)
def test_a_limit_at_or_beyond_the_end_is_no_limit(items: list[tuple[int, bool]]) -> None:
    query = ranking_of([d for d, _ in items], [int(r) for _, r in items])
    for metric in (average_precision, expected_average_precision):
        whole = metric(query, None)
        assert metric(query, len(items)) == pytest.approx(whole, abs=1e-12)
        assert metric(query, len(items) + 3, "total") == pytest.approx(whole, abs=1e-12)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 45))
def test_without_ties_the_expectation_is_the_value(relevant: list[bool], at: int) -> None:
    query = in_rank_order([int(r) for r in relevant])
    for normalizer in NORMALIZERS:
        assert expected_average_precision(query, at, normalizer) == pytest.approx(
            average_precision(query, at, normalizer), abs=1e-12
        )


def test_the_expectation_over_large_groups_agrees_with_sampled_orders() -> None:
    rng = np.random.default_rng(4)
    distances = rng.integers(0, 12, 3000)
    relevant = rng.random(3000) < 0.3 / (1 + distances)
    sampled = []
    for _ in range(400):
        order = rng.permutation(3000)
        sampled.append(average_precision(rank(distances[order], relevant[order]), 1000))
    error = np.std(sampled) / np.sqrt(len(sampled))
    exact = expected_average_precision(rank(distances, relevant), 1000)
    assert exact == pytest.approx(np.mean(sampled), abs=4 * float(error))
    assert np.std(sampled) > 1e-4  # the ties matter in this example


def test_one_giant_tie_neither_overflows_nor_vanishes() -> None:
    relevant = np.zeros(200_000, bool)
    relevant[:50_000] = True
    query = rank(np.full(200_000, 7), relevant)
    # Drawing with chance p: the i-th precision is (1 + (i - 1) p) / i at a relevant item.
    share, at = 0.25, 1000
    independent = share + (1 - share) * (1 / np.arange(1, at + 1)).sum() / at
    assert expected_average_precision(query, at) == pytest.approx(independent, abs=0.002)


def test_ranking_breaks_ties_by_gallery_index() -> None:
    query = ranking_of([2, 1, 2, 1], [1, 0, 0, 1])
    assert query.distances.tolist() == [1, 1, 2, 2]
    assert query.relevant.tolist() == [False, True, True, False]


def test_an_empty_gallery_scores_zero() -> None:
    query = ranking_of([], [])
    assert average_precision(query) == expected_average_precision(query) == 0.0
    assert precision_at(query, 5) == ball_precision(query, 2) == 0.0


def test_precision_at_more_than_there_is_divides_by_what_there_is() -> None:
    assert precision_at(in_rank_order([1, 0]), 10) == 0.5
