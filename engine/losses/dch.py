"""Deep Cauchy hashing: a likelihood that falls off slowly, to fill small Hamming balls."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize

from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.pairwise import mean_over, same_class

LARGEST_COSINE = 0.99  # keeps the logarithm of the distance finite


def cauchy_likelihood(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    """Return the weighted Cauchy cross-entropy of all pairs of a batch (eq. 6).

    mean of w [s log(d / gamma) + log(1 + gamma / d)], where w evens out similar and dissimilar
    pairs. Each mean of a kind is therefore taken alone and both are added; a photo is similar to
    itself.

    Args:
        logits: Shape (batch, num_bits).
        labels: Shape (batch,).
        gamma: Scale of the Cauchy distribution, in bits.
    """
    directions = normalize(logits)
    distance = _distance(directions @ directions.T, logits.shape[1])
    similar = same_class(labels, labels)
    # s = 1: log(d / gamma) + log(1 + gamma / d) = log(1 + d / gamma).
    costs = torch.where(similar, distance / gamma, gamma / distance).log1p()
    return mean_over(costs, similar) + mean_over(costs, ~similar)


def cauchy_quantization(logits: Tensor, gamma: float) -> Tensor:
    """Return the mean of log(1 + d / gamma), d the distance of |u| to a vector of ones (eq. 7)."""
    magnitudes = logits.abs()
    cosine = cosine_similarity(magnitudes, torch.ones_like(magnitudes))
    return (_distance(cosine, logits.shape[1]) / gamma).log1p().mean()


def _distance(cosine: Tensor, num_bits: int) -> Tensor:
    return num_bits / 2 * (1 - cosine.clamp(max=LARGEST_COSINE))


class DchCriterion(Criterion):
    """Cauchy cross-entropy and Cauchy quantisation (Cao et al., CVPR 2018).

    Args:
        task: What it is built for.
        gamma: Scale of the Cauchy distribution, in bits.
        quantization_weight: The paper's lambda.
    """

    def __init__(
        self, task: TrainingTask, *, gamma: float = 20.0, quantization_weight: float = 0.1
    ) -> None:
        super().__init__()
        if gamma <= 0:
            raise ValueError(f"gamma must be above 0, not {gamma}")
        if quantization_weight < 0:
            raise ValueError(f"quantization_weight must not be negative: {quantization_weight}")
        self.gamma = gamma
        self.quantization_weight = quantization_weight

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the terms ``likelihood`` and ``quantization``, and ``total``."""
        likelihood = cauchy_likelihood(logits, labels, self.gamma)
        quantization = cauchy_quantization(logits, self.gamma)
        return {
            "likelihood": likelihood,
            "quantization": quantization,
            "total": likelihood + self.quantization_weight * quantization,
        }
