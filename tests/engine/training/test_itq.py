from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.errors import InputError
from engine.training.itq import fit_itq


def paper(features: NDArray[np.float64], bits: int, iterations: int, seed: int) -> NDArray[np.int8]:
    """The codes of the paper's listing, written down step by step, with PCA by SVD."""
    centred = features - features.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    for direction in directions:
        if max(direction) < -min(direction):
            direction *= -1
    projected = centred @ directions[:bits].T
    start = np.random.default_rng(seed).standard_normal((bits, bits))
    rotation = np.linalg.qr(start)[0]
    for _ in range(iterations):
        codes = np.sign(projected @ rotation)
        s, _, s_hat = np.linalg.svd(codes.T @ projected)
        rotation = s_hat.T @ s.T
    return np.sign(projected @ rotation).astype(np.int8)


def blobs(count: int, size: int, seed: int = 0) -> NDArray[np.float32]:
    """Skewed clusters far from the origin."""
    random = np.random.default_rng(seed)
    centres = random.normal(5, 3, (6, size))
    mixed = random.normal(size=(size, size))
    noise = random.normal(size=(count, size)) @ mixed
    return (centres[random.integers(0, 6, count)] + noise).astype(np.float32)


def codes_of(features: NDArray[np.float32], bits: int, **options: int) -> NDArray[np.int8]:
    fitted = fit_itq(features, bits, **options)
    return np.where(features @ fitted.weight.T + fitted.bias > 0, 1, -1).astype(np.int8)


@pytest.mark.parametrize("bits", [1, 8, 20])
@pytest.mark.parametrize("iterations", [0, 1, 50])
def test_equals_the_paper(bits: int, iterations: int) -> None:
    features = blobs(300, 20)
    expected = paper(features.astype(np.float64), bits, iterations, seed=4)
    found = codes_of(features, bits, iterations=iterations, seed=4)
    assert (found == expected).mean() > 0.999  # a logit of nearly 0 may round either way


@pytest.mark.parametrize("bits", [1, 8, 20])
def test_starts_from_the_leading_directions(bits: int) -> None:
    features = blobs(300, 20)
    found = fit_itq(features, bits, iterations=0)
    gram = found.weight @ found.weight.T
    np.testing.assert_allclose(gram, np.eye(bits), atol=1e-5)  # orthonormal directions
    centred = features - features.mean(axis=0)
    top = np.linalg.svd(centred, compute_uv=False)[:bits]
    projected = centred @ found.weight.T
    assert (projected**2).sum() == pytest.approx((top**2).sum(), rel=1e-4)  # the leading ones


def test_each_round_brings_signs_closer() -> None:
    features = blobs(400, 24)

    def error(iterations: int) -> float:
        fitted = fit_itq(features, 16, iterations=iterations)
        logits = features @ fitted.weight.T + fitted.bias
        return float(((np.where(logits > 0, 1, -1) - logits) ** 2).sum())

    errors = [error(iterations) for iterations in range(12)]
    assert all(later <= earlier * (1 + 1e-6) for earlier, later in itertools.pairwise(errors))
    assert errors[-1] < errors[0]


def test_logits_are_centred() -> None:
    features = blobs(500, 16)
    fitted = fit_itq(features, 16)
    mean = (features @ fitted.weight.T + fitted.bias).mean(axis=0)
    np.testing.assert_allclose(mean, 0, atol=1e-3)


def test_keeps_neighbours_together() -> None:
    random = np.random.default_rng(1)
    centres = random.normal(0, 5, (8, 40))
    labels = random.integers(0, 8, 400)
    features = (centres[labels] + random.normal(size=(400, 40))).astype(np.float32)
    codes = codes_of(features, 32).astype(int)
    distances = (32 - codes @ codes.T) / 2
    np.fill_diagonal(distances, 99)
    assert (labels[distances.argmin(axis=1)] == labels).mean() > 0.95


def test_the_seed_decides() -> None:
    features = blobs(200, 16)
    first, again, other = (fit_itq(features, 8, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.weight, again.weight)
    assert not np.allclose(first.weight, other.weight)


def test_shapes_and_types() -> None:
    fitted = fit_itq(blobs(100, 12), 5)
    assert fitted.weight.shape == (5, 12)
    assert fitted.bias.shape == (5,)
    assert fitted.weight.dtype == fitted.bias.dtype == np.float32


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 30), st.integers(1, 12))
def test_more_bits_than_the_features_span(count: int, size: int) -> None:
    features = blobs(count, size)
    most = min(count - 1, size)
    assert fit_itq(features, most, iterations=2).weight.shape == (most, size)
    for bits in (most + 1, 0, -1):
        with pytest.raises(InputError, match="bits") as error:
            fit_itq(features, bits)
        assert error.value.code == "FS-002"
