"""Iterative quantisation: codes without labels, by one linear map that is computed, not trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError


@dataclass(frozen=True)
class ItqTransform:
    """A linear hash layer: ``logits = features @ weight.T + bias``.

    Attributes:
        weight: Shape (num_bits, num_features).
        bias: Shape (num_bits,).
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


def fit_itq(
    features: NDArray[np.float32], num_bits: int, *, iterations: int = 50, seed: int = 0
) -> ItqTransform:
    """Fit PCA and the rotation that loses least by taking signs (Gong and Lazebnik 2011).

    Args:
        features: One row a photo, shape (n, num_features).
        num_bits: Number of principal components, and bits.
        iterations: Rounds of fixing the codes, then the rotation.
        seed: Of the random rotation to start from.

    Raises:
        InputError: FS-002, more bits asked for than the features span.
    """
    check_bits(num_bits, *features.shape)
    mean = features.mean(axis=0, dtype=np.float64)
    components = _principal_components(features - mean, num_bits)
    rotation = _fit_rotation((features - mean) @ components, iterations, seed)
    weight = (components @ rotation).T
    return ItqTransform(weight.astype(np.float32), (-weight @ mean).astype(np.float32))


def check_bits(num_bits: int, photos: int, num_features: int) -> None:
    """Check that features of so many photos span enough directions.

    Raises:
        InputError: FS-002.
    """
    most = min(num_features, photos - 1)
    if not 1 <= num_bits <= most:
        raise InputError(
            "FS-002",
            name=f"{num_bits} bits",
            reason=f"the {photos} photos and {num_features} features allow 1 to {most} bits",
            advice="Use fewer bits, more photos, or a backbone with more features.",
        )


def _principal_components(centred: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the directions of largest variance as columns, largest first."""
    _, vectors = np.linalg.eigh(centred.T @ centred)  # eigenvalues ascend
    leading = vectors[:, ::-1][:, :count]
    # The sign of a direction is free, and libraries choose it differently.
    largest = np.abs(leading).argmax(axis=0)
    signed: NDArray[np.float64] = leading * np.sign(leading[largest, np.arange(count)])
    return signed


def _fit_rotation(
    projected: NDArray[np.float64], iterations: int, seed: int
) -> NDArray[np.float64]:
    size = projected.shape[1]
    start = np.random.default_rng(seed).standard_normal((size, size))
    rotation: NDArray[np.float64] = np.linalg.qr(start)[0]
    for _ in range(iterations):
        codes = np.where(projected @ rotation > 0, 1.0, -1.0)
        # Orthogonal Procrustes: the rotation that brings the projections closest to the codes.
        left, _, right = np.linalg.svd(projected.T @ codes)
        rotation = left @ right
    return rotation
