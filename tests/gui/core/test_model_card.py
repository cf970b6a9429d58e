from __future__ import annotations

import html
import re
from dataclasses import fields, replace

import pytest

from engine import ModelInfo, ModelStore, Paths, list_methods
from foodsearch_gui.core.model_card import card_html, model_facts


@pytest.fixture
def starter(paths: Paths) -> ModelInfo:
    return ModelStore(paths).get("starter-64")


def text_of(model: ModelInfo) -> str:
    methods = {method.name: method for method in list_methods()}
    page = card_html(model, methods.get(model.manifest.method), "#888888")
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_everything_the_manifest_says_is_on_the_card(starter: ModelInfo) -> None:
    manifest = replace(
        starter.manifest,
        classes=("soup", "rice"),
        parent="older-64",
        seed=4711,
        created="2026-11-12T12:00:00+00:00",
        description="It does not know dishes.",
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
        "description": "It does not know dishes.",
        "format_version": "Format version",
    }
    for field in fields(manifest):
        said = expected.get(field.name) or str(getattr(manifest, field.name))
        assert said in text, field.name


def test_an_unknown_method_is_named_as_it_is(starter: ModelInfo) -> None:
    model = replace(starter, manifest=replace(starter.manifest, method="tomorrows_method"))
    assert dict(model_facts(model, None))["Method"] == "tomorrows_method"


def test_long_lists_are_cut_with_a_count(starter: ModelInfo) -> None:
    classes = tuple(f"dish {number}" for number in range(101))
    model = replace(starter, manifest=replace(starter.manifest, classes=classes))
    said = dict(model_facts(model, None))["Trained on"]
    assert said.startswith("101 kinds of dishes: dish 0, ")
    assert said.endswith("dish 39 and 61 more")
