from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.demo import draw_dish
from engine.explain.bit_map import BitMap, Explanation
from engine.explain.explainer import Explainer
from engine.explain.faithfulness import (
    BlurredSquare,
    MapTest,
    choose_bits,
    heat_of,
    hottest,
    measure_maps,
    shuffled,
)
from tests.engine.explain.conftest import MakeEncoder


def bit_map(values: object, logit: float, kind: str = "exact") -> BitMap:
    grid = np.array(values, np.float32)
    return BitMap(grid, 0, logit, kind, (0, 0, 90, 90), (120, 90), "")  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
def test_exactly_the_hottest_pixels_are_chosen(share: float) -> None:
    heat = np.random.default_rng(0).normal(size=(20, 20))
    heat[:10] = 0.0  # equal ones too
    mask = hottest(heat, share)
    assert mask.sum() == round(share * 400)
    if share < 1:
        assert heat[mask].min() >= heat[~mask].max()


def test_hot_is_what_holds_the_bit_on_its_side() -> None:
    corner = [[-3, 0], [0, 1]]
    on, off = (heat_of(bit_map(corner, logit), 40) for logit in (2.0, -2.0))
    assert np.unravel_index(on.argmax(), on.shape) >= (20, 20)
    assert np.unravel_index(off.argmax(), off.shape) < (20, 20)
    looked = heat_of(bit_map(np.abs(corner), -2.0, "attention"), 40)
    assert np.unravel_index(looked.argmax(), looked.shape) < (20, 20)


def test_a_shuffled_map_has_the_same_values_elsewhere() -> None:
    found = bit_map(np.arange(49).reshape(7, 7), 1.0)
    other = shuffled(found, np.random.default_rng(0))
    assert sorted(other.values.ravel()) == sorted(found.values.ravel())
    assert not np.array_equal(other.values, found.values)


def test_half_of_the_bits_are_the_surest() -> None:
    logits = np.random.default_rng(0).normal(size=32).astype(np.float32)
    bits = choose_bits(logits, 8, np.random.default_rng(1))
    assert len(set(bits)) == 8
    assert set(np.argsort(-np.abs(logits))[:4]) < set(bits)


def test_only_what_the_mask_covers_is_blurred(encoder_of: MakeEncoder) -> None:
    encoder = encoder_of("itq", "test_resnet")
    picture = draw_dish("pizza", 1)
    square = BlurredSquare(encoder, picture)
    sharp = encoder.encode(encoder.prepare(picture)[np.newaxis])[0]
    nothing = np.zeros((square.side, square.side), bool)
    found = square.logits([nothing, ~nothing])
    np.testing.assert_allclose(found[0], sharp, rtol=1e-5, atol=1e-6)
    assert not np.allclose(found[1], sharp, atol=1e-3)


@settings(max_examples=60)
@given(st.integers(1, 300), st.floats(0, 1))
def test_beating_chance_is_the_score_interval_above_a_half(cases: int, share: float) -> None:
    """The interval's ends are the chances whose distance from what was seen is 1.96 of theirs."""
    won = round(share * cases)
    distance = won / cases - 0.5
    assert MapTest("exact", 1, cases, won).beats_chance == (
        distance > 1.96 * math.sqrt(0.25 / cases)
    )


def test_nothing_tested_beats_nothing() -> None:
    assert not MapTest("exact", 0, 0, 0).beats_chance


class Guessing(Explainer):
    """Its maps tell nothing."""

    def explain(self, photo: Any, bits: Sequence[int] | None = None, **how: Any) -> Explanation:
        found = super().explain(photo, bits, **how)
        rng = np.random.default_rng(int(found.logits[0] * 1e6) % 2**32)
        return replace(found, maps=tuple(shuffled(each, rng) for each in found.maps))


def test_blurring_beats_chance_and_guessing_does_not(encoder_of: MakeEncoder) -> None:
    encoder = encoder_of("itq", "test_resnet")
    pictures = [draw_dish(dish, seed) for dish in ("pizza", "salad") for seed in range(4)]
    tested = measure_maps(Explainer(encoder), pictures, "occlusion")
    assert (tested.photos, tested.cases) == (8, 8 * 8)
    assert tested.beats_chance
    guessed = measure_maps(Guessing(encoder), pictures, "occlusion")
    assert not guessed.beats_chance
    assert guessed.won < tested.won
