from __future__ import annotations

import html
import re
from dataclasses import fields, replace

import pytest

from engine import ModelInfo, ModelStore, Paths, list_methods
from foodsearch_gui.core.model_card import CLASSES_LINK, MODEL_LINK, Card, card_html, model_facts


@pytest.fixture
def starter(paths: Paths) -> ModelInfo:
    return ModelStore(paths).get("starter-64")


def text_of(model: ModelInfo) -> str:
    methods = {method.name: method for method in list_methods()}
    method = methods.get(model.manifest.method)
    page = card_html(Card(model, method, speed="41 ms", shows_classes=True), "#888888")
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_everything_the_manifest_says_is_on_the_card(starter: ModelInfo) -> None:
    manifest = replace(
        starter.manifest,
        classes=("soup", "rice"),
        parent="older-64",
        seed=4711,
        created="2026-11-12T12:00:00+00:00",
        description="It knows two dishes.",
        limits="No drinks.",
        data_licence="CC BY 4.0",
        metrics={"food10": {"codes_map": 0.3104, "queries": 500}},
        bit_names=("fried", *[None] * 63),
        options={"num_queries": 4},
    )
    text = text_of(replace(starter, manifest=manifest))
    expected = {
        "num_bits": "64 bits",
        "classes": "2 kinds of dishes: soup, rice",
        "bit_names": "1 of 64 (0: fried)",
        "method": "Iterative quantisation",
        "seed": "4711",
        "options": "num_queries = 4",
        "created": "12 Nov 2026",
        "metrics": "0.310",
        "preprocessing": "224 × 224 pixels",
        "files": manifest.files["model.safetensors"],
        "description": "It knows two dishes.",
        "limits": "No drinks.",
        "data_licence": "CC BY 4.0",
        "format_version": "Format version",
    }
    for field in fields(manifest):
        said = expected.get(field.name) or str(getattr(manifest, field.name))
        assert said in text, field.name


def facts_of(card: Card) -> dict[str, tuple[str, str, str]]:
    return {fact.name: (fact.text, fact.link, fact.caption) for fact in model_facts(card)}


def test_an_unknown_method_is_named_as_it_is(starter: ModelInfo) -> None:
    model = replace(starter, manifest=replace(starter.manifest, method="tomorrows_method"))
    assert facts_of(Card(model))["Method"][0] == "tomorrows_method"


def test_classes_are_counted_and_listed_on_demand(starter: ModelInfo) -> None:
    classes = tuple(f"dish_{number}" for number in range(101))
    model = replace(starter, manifest=replace(starter.manifest, classes=classes))
    said = facts_of(Card(model))["Trained on"]
    assert said == ("101 kinds of dishes", CLASSES_LINK, "List them")
    said = facts_of(Card(model, shows_classes=True))["Trained on"]
    assert said[0].startswith("101 kinds of dishes: dish 0, ")
    assert said[0].endswith("dish 100")
    assert said[1:] == (CLASSES_LINK, "Hide the list")
    one = replace(starter, manifest=replace(starter.manifest, classes=("soup",)))
    assert facts_of(Card(one))["Trained on"][0] == "1 kind of dish"


def test_the_parent_is_a_link_if_it_is_here(starter: ModelInfo) -> None:
    child = replace(starter, manifest=replace(starter.manifest, parent="starter-64"))
    said = facts_of(Card(child, parent=starter))["Started from"]
    assert said == ("", f"{MODEL_LINK}starter-64", "Starter (no labels)")
    assert facts_of(Card(child))["Started from"][0] == "starter-64, which is not on this computer"
    assert facts_of(Card(starter))["Started from"][0] == "no other model"


def test_what_a_file_does_not_say_is_not_made_up(starter: ModelInfo) -> None:
    model = replace(starter, manifest=replace(starter.manifest, licence="", data_licence=""))
    facts = facts_of(Card(model))
    assert facts["Licence of the model"][0] == "The file states none."
    assert facts["Licence of the photos"][0] == "The file states none."
    assert facts["Speed here"][0] == "not measured yet"
