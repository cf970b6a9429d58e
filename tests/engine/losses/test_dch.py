from __future__ import annotations

import math

import pytest
import torch

from engine.losses.dch import DchCriterion, cauchy_likelihood, cauchy_quantization
from tests.engine.losses.free_logits import toy_task
from tests.engine.losses.pairs import reference_photos
from tests.engine.reference import RELATIVE, case


def test_the_reference_case() -> None:
    _, expected = case("K4 DCH, gamma=20, lambda=0.1")
    logits, labels = reference_photos()
    likelihood = float(cauchy_likelihood(logits, labels, 20))
    quantization = float(cauchy_quantization(logits, 20))
    assert likelihood == pytest.approx(expected["cauchy"], rel=RELATIVE)
    assert quantization == pytest.approx(expected["quant"], rel=RELATIVE)
    assert likelihood + 0.1 * quantization == pytest.approx(expected["total"], rel=RELATIVE)


def literal_likelihood(logits: torch.Tensor, labels: list[int], gamma: float) -> float:
    """The weighted mean over all pairs as METHODS states it."""
    pairs = [(i, j) for i in range(len(labels)) for j in range(len(labels))]
    similar = sum(labels[i] == labels[j] for i, j in pairs)
    total = 0.0
    for i, j in pairs:
        cosine = float(logits[i] @ logits[j] / (logits[i].norm() * logits[j].norm()))
        d = logits.shape[1] / 2 * (1 - min(cosine, 0.99))
        s = labels[i] == labels[j]
        weight = len(pairs) / (similar if s else len(pairs) - similar)
        total += weight * (s * math.log(d / gamma) + math.log(1 + gamma / d))
    return total / len(pairs)


def test_equals_the_weighted_mean_over_pairs() -> None:
    labels = [0, 1, 0, 2, 1]
    logits = torch.randn(5, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    found = float(cauchy_likelihood(logits, torch.tensor(labels), 20))
    assert found == pytest.approx(literal_likelihood(logits, labels, 20))


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="gamma"):
        DchCriterion(toy_task(), gamma=0)
    with pytest.raises(ValueError, match="quantization_weight"):
        DchCriterion(toy_task(), quantization_weight=-1)
