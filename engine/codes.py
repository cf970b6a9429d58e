"""Binary codes: the sign convention, the bit order and the distance, defined once.

A bit is 1 iff its logit is greater than 0 (a zero logit is bit 0, that is -1: a third symbol would
silently count as half a bit). Bits are packed most significant first into ``uint8``; bit ``i`` is
``packed[i // 8] >> (7 - i % 8) & 1``, and the unused low bits of the last byte are 0.

The distance of two codes is the number of bits that differ. Of equal distances the smaller photo id
comes first, in every index; an evaluation, which has no ids, goes by the place in the gallery.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

CodeArray: TypeAlias = NDArray[np.uint8]
IdArray: TypeAlias = NDArray[np.int64]


def num_bytes(num_bits: int) -> int:
    """Return how many bytes a packed code of ``num_bits`` takes."""
    return (num_bits + 7) // 8


def binarize(logits: NDArray[np.floating]) -> CodeArray:
    """Return packed codes.

    Args:
        logits: Real-valued outputs of the hash layer, shape (..., num_bits).

    Returns:
        Codes, shape (..., ceil(num_bits / 8)).
    """
    return np.packbits(np.asarray(logits) > 0, axis=-1)


def unpack(codes: CodeArray, num_bits: int) -> NDArray[np.uint8]:
    """Return the bits 0 or 1 of packed codes, shape (..., num_bits)."""
    return np.unpackbits(codes, axis=-1, count=num_bits)


def has_bit(codes: CodeArray, bit: int) -> NDArray[np.bool_]:
    """Return whether one bit of packed codes is 1, shape (...)."""
    found: NDArray[np.bool_] = (codes[..., bit // 8] >> (7 - bit % 8) & 1).astype(bool)
    return found


def flip(codes: CodeArray, bits: Iterable[int]) -> CodeArray:
    """Return packed codes with some bits inverted; a bit that is named twice is inverted once."""
    flipped = codes.copy()
    for bit in set(bits):
        flipped[..., bit // 8] ^= np.uint8(128 >> bit % 8)
    return flipped


def clear(codes: CodeArray, bits: Iterable[int]) -> CodeArray:
    """Return packed codes with some bits 0, which then count in no distance between them."""
    mask = np.full(codes.shape[-1:], 255, np.uint8)
    for bit in set(bits):
        mask[bit // 8] &= np.uint8(255 - (128 >> bit % 8))
    return codes & mask


def hamming(a: CodeArray, b: CodeArray) -> NDArray[np.int64]:
    """Return the number of differing bits; leading axes broadcast, the last one is the code."""
    differing: NDArray[np.unsignedinteger] = a ^ b
    if differing.shape[-1] % 8 == 0:  # eight bytes at a time: five times as fast
        differing = np.ascontiguousarray(differing).view(np.uint64)
    distances: NDArray[np.int64] = np.bitwise_count(differing).sum(axis=-1, dtype=np.int64)
    return distances


def disagreeing_bits(a: CodeArray, b: CodeArray, num_bits: int) -> list[int]:
    """Return the positions, ascending, at which two packed codes differ."""
    return [int(bit) for bit in np.flatnonzero(unpack(np.bitwise_xor(a, b), num_bits))]
