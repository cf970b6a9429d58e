from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine import Difference
from foodsearch_gui.core import evaluation_texts as texts
from foodsearch_gui.core.evaluation_store import KeptResult

KEPT = KeptResult(
    path=Path("1.json"),
    model_id="a",
    model_name="Apple",
    task="splits",
    source="/photos/food10/splits.csv",
    task_id="x",
    map_at="all",
    map=0.5,
    made="2026-11-21T10:00:00+00:00",
)


@pytest.mark.parametrize(
    ("difference", "line"),
    [
        (
            Difference(0.021, 0.010, 0.032, 0.001, 500),
            "“New” is better than “Old” by 0.021 in mAP (95 % interval +0.010 to +0.032).",
        ),
        (
            Difference(-0.021, -0.032, -0.010, 0.001, 500),
            "“Old” is better than “New” by 0.021 in mAP (95 % interval +0.010 to +0.032).",
        ),
        (
            Difference(0.005, -0.004, 0.014, 0.3, 500),
            "No clear difference: +0.005 in mAP (95 % interval −0.004 to +0.014). "
            "More queries may tell.",
        ),
    ],
)
def test_a_difference_is_told_with_its_interval(
    qapp: object, difference: Difference, line: str
) -> None:
    assert texts.difference_line(difference, "Old", "New") == line
    assert "same 500 queries" in texts.difference_hint(difference)


def test_results_are_told_apart_by_as_little_as_needed(qapp: object) -> None:
    pear = replace(KEPT, model_name="Pear")
    other = replace(KEPT, task_id="y", task="folder", source="/photos/dishes")
    assert texts.names([KEPT, pear]) == ["Apple", "Pear"]
    assert texts.names([KEPT, other]) == ["Apple · food10/splits.csv", "Apple · dishes"]
    later = replace(KEPT, made="2026-11-22T11:30:00+00:00")
    assert len(set(texts.names([KEPT, later]))) == 2


def test_numbers_are_as_exact_as_they_need_be(qapp: object) -> None:
    assert [texts.share(value) for value in (0, 0.004, 0.28, 1)] == [
        "0 %",
        "0.4 %",
        "28 %",
        "100 %",
    ]
    assert [texts.signed(value) for value in (0.0001, -0.02, 0.5)] == ["0.000", "−0.020", "+0.500"]
    assert texts.task_title(replace(KEPT, task="judgements", source="Home")) == "Judgements of Home"
    assert texts.list_length(1000) == "the first 1,000 photos"
