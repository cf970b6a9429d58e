from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from engine import ModelInfo, ModelStore, Paths
from foodsearch_gui.core.model_card import Card
from foodsearch_gui.core.model_difference import ComparedFact, compare_cards, comparison_html


@pytest.fixture
def starter(paths: Paths) -> ModelInfo:
    return ModelStore(paths).get("starter-64")


def changed(model: ModelInfo, **values: object) -> ModelInfo:
    return replace(model, manifest=replace(model.manifest, **values))


def lines_of(first: ModelInfo, second: ModelInfo, *, all_facts: bool) -> list[str]:
    cards = Card(first, speed="40 ms"), Card(second, speed="41 ms")
    page = comparison_html(cards, compare_cards(*cards), all_facts=all_facts, secondary="#888888")
    rows = re.findall(r"<tr>(.*?)</tr>", page)
    cells = [[re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<td.*?</td>", row)] for row in rows]
    return [html.unescape("|".join(row)) for row in cells]


def test_a_sign_tells_what_differs(starter: ModelInfo) -> None:
    other = changed(starter, id="other", name="Other", seed=7, metrics={"food10": {"map": 0.5}})
    lines = lines_of(starter, other, all_facts=True)
    assert lines[0] == "||Starter (no labels)|Other"
    assert "=|Network|tf_efficientnet_lite0|tf_efficientnet_lite0" in lines
    assert "≠|Seed|0|7" in lines
    assert "≠|Speed here|40 ms|41 ms" in lines
    assert "≠|food10 · mAP|0.306|0.500" in lines
    assert "≠|thai10 · P@10|0.754|–" in lines
    few = lines_of(starter, other, all_facts=False)
    assert few[0] == lines[0]
    assert not any(line.startswith("=") for line in few)
    assert [line for line in few if line.startswith("≠")] == [
        line for line in lines if line.startswith("≠")
    ]


def test_figures_of_different_photos_stand_in_lines_of_their_own(starter: ModelInfo) -> None:
    first, second = (
        changed(
            starter, id=name, name=name, metrics={"validation_map": value}, data_fingerprint=name
        )
        for name, value in (("a", 0.3), ("b", 0.9))
    )
    lines = lines_of(first, second, all_facts=True)
    assert "≠|mAP on photos held back by “a”|0.300|–" in lines
    assert "≠|mAP on photos held back by “b”|–|0.900" in lines
    lines = lines_of(first, changed(second, data_fingerprint="a"), all_facts=True)
    assert "≠|mAP on photos held back|0.300|0.900" in lines


def test_facts_of_one_model_only_have_a_dash() -> None:
    fact = ComparedFact("Seed", "1", "–")
    assert fact.is_different
    assert not ComparedFact("Seed", "1", "1").is_different


def test_markup_is_only_text(starter: ModelInfo) -> None:
    hostile = "<img src='file:///etc/passwd'>"
    other = changed(starter, name=hostile, licence=hostile)
    assert sum(line.count(hostile) for line in lines_of(starter, other, all_facts=False)) == 2
