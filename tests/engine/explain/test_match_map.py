from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.demo import draw_dish
from engine.explain.bit_map import BitMap
from engine.explain.explainer import Explainer
from engine.explain.match_map import match_map
from tests.engine.explain.conftest import MakeEncoder

GRID = 3


def make_map(bit: int, seed: int) -> BitMap:
    rng = np.random.default_rng((bit, seed))
    values = rng.normal(size=(GRID, GRID)).astype(np.float32)
    constant = float(rng.normal())
    logit = float(values.sum()) + constant
    region = (0.0, 0.0, 9.0, 9.0)
    return BitMap(values, bit, logit, "exact", region, (9, 9), "", constants={"bias": constant})


@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(0, 50))
def test_it_is_the_inner_product_of_logits_and_code_spread_over_the_places(
    num_bits: int, seed: int
) -> None:
    maps = [make_map(bit, seed) for bit in range(num_bits)]
    other = np.random.default_rng(seed).integers(0, 2, num_bits, np.uint8)
    found = match_map(maps[::-1], other)
    assert found is not None
    signs = 2.0 * other - 1
    assert found.logit == pytest.approx(
        sum(s * m.logit for s, m in zip(signs, maps, strict=True)) / num_bits
    )
    assert found.values.sum() + found.constant == pytest.approx(found.logit, abs=1e-5)
    place = sum(s * m.values[1, 2] for s, m in zip(signs, maps, strict=True)) / num_bits
    assert found.values[1, 2] == pytest.approx(place, abs=1e-6)


def test_bits_that_do_not_count_are_left_out() -> None:
    maps = [make_map(bit, 0) for bit in range(4)]
    other = np.array([1, 0, 1, 0], np.uint8)
    found = match_map(maps, other, ignore={1, 2})
    assert found is not None
    np.testing.assert_allclose(found.values, (maps[0].values - maps[3].values) / 2, atol=1e-6)
    assert found.logit == pytest.approx((maps[0].logit - maps[3].logit) / 2)
    assert match_map(maps, other, ignore=range(4)) is None


def test_a_photo_speaks_most_for_itself(encoder_of: MakeEncoder) -> None:
    encoder = encoder_of("itq", "test_resnet")
    explanation = Explainer(encoder).explain(draw_dish("pizza", 1))
    own = (explanation.logits > 0).astype(np.uint8)
    alike, opposite = (match_map(explanation.maps, bits) for bits in (own, 1 - own))
    assert alike is not None
    assert opposite is not None
    assert alike.logit == pytest.approx(np.abs(explanation.logits).mean(), rel=1e-4)
    np.testing.assert_allclose(opposite.values, -alike.values, rtol=1e-5, atol=1e-6)


def test_maps_that_do_not_add_up_are_not_added() -> None:
    maps = [make_map(bit, 0) for bit in range(4)]
    other = np.ones(4, np.uint8)
    maps[2] = dataclasses.replace(maps[2], kind="gradient")
    assert match_map(maps, other) is None
    with pytest.raises(ValueError, match="3 maps for 4 bits"):
        match_map(maps[:3], other)
