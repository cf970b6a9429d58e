from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codes import (
    binarize,
    clear,
    disagreeing_bits,
    flip,
    hamming,
    has_bit,
    num_bytes,
    unpack,
)


def literal_pack(bits: list[int]) -> list[int]:
    """Eight bits a byte, the first bit is the most significant one."""
    padded = bits + [0] * (-len(bits) % 8)
    return [int("".join(map(str, padded[i : i + 8])), 2) for i in range(0, len(padded), 8)]


bit_lists = st.lists(st.integers(0, 1), min_size=1, max_size=130)


@given(bit_lists)
def test_packing_follows_the_written_convention(bits: list[int]) -> None:
    logits = np.array(bits) * 2.0 - 1.0
    codes = binarize(logits)
    assert codes.tolist() == literal_pack(bits)
    assert len(codes) == num_bytes(len(bits))
    assert unpack(codes, len(bits)).tolist() == bits


def test_zero_and_nan_logits_are_bit_zero() -> None:
    assert unpack(binarize(np.array([0.0, -0.0, 1e-30, np.nan])), 4).tolist() == [0, 0, 1, 0]


@given(
    st.integers(1, 130).flatmap(
        lambda n: st.tuples(*[st.lists(st.booleans(), min_size=n, max_size=n)] * 2)
    )
)
def test_distance_counts_the_differing_bits(pair: tuple[list[bool], list[bool]]) -> None:
    a, b = (binarize(np.array(bits, dtype=float)) for bits in pair)
    differing = [i for i, (x, y) in enumerate(zip(*pair, strict=True)) if x != y]
    assert hamming(a, b) == len(differing)
    assert disagreeing_bits(a, b, len(pair[0])) == differing


def test_distances_broadcast() -> None:
    codes = np.random.default_rng(0).integers(0, 256, (5, 8), dtype=np.uint8)
    table = hamming(codes[:, None], codes[None])
    assert table.shape == (5, 5)
    assert table[1, 3] == hamming(codes[1], codes[3])
    assert np.diag(table) == pytest.approx(0)


@pytest.mark.parametrize("num_bits", [12, 48, 64, 100])
def test_single_bits_are_read_and_flipped_where_they_are_packed(num_bits: int) -> None:
    logits = np.random.default_rng(num_bits).normal(size=(5, num_bits))
    codes = binarize(logits)
    for bit in range(num_bits):
        assert np.array_equal(has_bit(codes, bit), logits[:, bit] > 0)
    flipped = flip(codes, [3, 11, 3])
    assert disagreeing_bits(codes[0], flipped[0], num_bits) == [3, 11]
    assert np.array_equal(flip(flipped, [11, 3]), codes)
    assert flip(codes[0], []) is not codes[0]
    cleared = clear(codes, [3, 11, 3])
    assert not has_bit(cleared, 3).any()
    assert not has_bit(cleared, 11).any()
    assert set(disagreeing_bits(codes[0], cleared[0], num_bits)) <= {3, 11}
    assert np.array_equal(clear(flipped, [3, 11]), cleared)
