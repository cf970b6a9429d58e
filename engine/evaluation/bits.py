"""How well codes use their bits: balance, entropy, and the correlation between bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, unpack

PAIRS = 10
_CHUNK = 1 << 16  # codes unpacked at once


def describe_bits(codes: CodeArray, num_bits: int) -> dict[str, Any]:
    """Return balance, entropy and correlation of the bits, as JSON can hold them.

    Args:
        codes: Packed, shape (n, bytes), n at least 1.
        num_bits: Length of a code.
    """
    counts = joint_counts(codes, num_bits)
    ones = np.diag(counts) / len(codes)
    correlation = bit_correlation(counts, len(codes))
    entropy = bit_entropy(ones)
    pairs = _pairs(correlation)
    strengths = [abs(strength) for _, _, strength in pairs] or [0.0]
    return {
        "codes": len(codes),
        "distinct_codes": len(np.unique(codes, axis=0)),
        "ones": ones.tolist(),
        "entropy": entropy.tolist(),
        "mean_entropy": float(entropy.mean()),
        "constant_bits": int(np.sum((ones == 0) | (ones == 1))),
        "mean_abs_correlation": float(np.mean(strengths)),
        "max_abs_correlation": strengths[0],
        "most_correlated": [
            {"bits": [a, b], "correlation": strength} for a, b, strength in pairs[:PAIRS]
        ],
        "correlation": correlation.round(3).tolist(),
    }


def bit_entropy(ones: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the entropy in bits of variables that are 1 with these chances; at most 1."""
    entropy = np.zeros_like(ones)
    for chance in (ones, 1 - ones):
        some = chance > 0
        entropy[some] -= chance[some] * np.log2(chance[some])
    return entropy


def bit_correlation(counts: NDArray[np.int64], total: int) -> NDArray[np.float64]:
    """Return Pearson's correlation of each pair of bits, shape (num_bits, num_bits).

    A bit that never changes has no correlation; 0 stands for it beside the diagonal, which is 1.

    Args:
        counts: In how many codes both bits are 1, shape (num_bits, num_bits).
        total: How many codes there are.
    """
    ones = np.diag(counts)
    covariance = total * counts - np.outer(ones, ones)
    deviation = np.sqrt(ones * (total - ones))
    scale = np.outer(deviation, deviation)
    correlation: NDArray[np.float64] = np.zeros(scale.shape)
    np.divide(covariance, scale, out=correlation, where=scale > 0)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def joint_counts(codes: CodeArray, num_bits: int) -> NDArray[np.int64]:
    """Return in how many codes both of two bits are 1, shape (num_bits, num_bits)."""
    counts = np.zeros((num_bits, num_bits), np.int64)
    for start in range(0, len(codes), _CHUNK):
        # Sums of so few ones are exact in single precision, and BLAS multiplies no integers.
        bits = unpack(codes[start : start + _CHUNK], num_bits).astype(np.float32)
        counts += (bits.T @ bits).astype(np.int64)
    return counts


def _pairs(correlation: NDArray[np.float64]) -> list[tuple[int, int, float]]:
    """Return each pair of two bits with its correlation, the strongest first."""
    first, second = np.triu_indices(len(correlation), 1)
    values = correlation[first, second]
    order = np.argsort(-np.abs(values), kind="stable")
    return list(
        zip(first[order].tolist(), second[order].tolist(), values[order].tolist(), strict=True)
    )
