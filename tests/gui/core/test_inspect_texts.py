"""What the panel of a bit says of it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

import engine
from foodsearch_gui.core.inspect_texts import attribute_html, better_kind, map_verdict
from foodsearch_gui.core.theme import LIGHT


def told_of(bits: list[list[int]]) -> str:
    """Return what is said of bit 0 of some codes, without marks of HTML."""
    codes = np.packbits(np.array(bits, np.uint8), axis=1)
    attributes = engine.describe_bits(codes, [None] * len(bits), len(bits[0]))
    shown = attribute_html(attributes[0], "Home", None, ["", "broth"], LIGHT)
    return re.sub(r"<[^>]+>", " ", shown).replace("  ", " ")


@pytest.mark.usefixtures("qapp")
def test_bits_that_say_the_same_and_bits_that_say_the_opposite_are_told_apart() -> None:
    on, off = [1, 1, 0, 1], [0, 0, 1, 0]
    told = told_of([on, on, on, off, off, off])
    assert "Tends to be the same as bit 1 broth (+1.00), 3 (+1.00)." in told
    assert "Tends to be the opposite of bit 2 (−1.00)." in told
    assert "In brackets the correlation: +1 is always the same, −1 always the opposite." in told


def test_a_bit_that_agrees_with_none_says_nothing_of_others(qapp: QApplication) -> None:
    told = told_of([[1, 1], [1, 0], [0, 1], [0, 0]])
    assert "Tends to be" not in told
    assert "correlation" not in told


@pytest.mark.parametrize(
    ("kind", "won", "offers_better", "verdict"),
    [
        ("exact", 64, True, "No better than chance here: do not rely on it."),
        ("exact", 95, True, "Not much better than chance here."),
        ("exact", 96, False, ""),
        ("occlusion", 64, False, "No better than chance here: do not rely on it."),
    ],
)
@pytest.mark.usefixtures("qapp")
def test_where_a_kind_of_map_fares_badly_the_better_one_is_named(
    kind: str, won: int, offers_better: bool, verdict: str
) -> None:
    tested = engine.MapTest(kind, 16, 128, won)
    assert map_verdict(tested) == verdict
    better = "“Test by blurring” above takes longer and mostly fares better."
    assert better_kind(tested) == (better if offers_better else "")


@pytest.mark.usefixtures("qapp")
def test_of_few_photos_no_verdict_is_drawn_that_more_could_turn() -> None:
    assert map_verdict(engine.MapTest("exact", 6, 48, 26)).startswith("Too few photos")
    assert map_verdict(engine.MapTest("exact", 6, 48, 22)).startswith("No better than chance")
    assert map_verdict(engine.MapTest("exact", 16, 128, 70)).startswith("No better than chance")
    assert map_verdict(engine.MapTest("exact", 6, 48, 47)) == ""
