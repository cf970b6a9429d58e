"""Quadratic spherical mutual information hashing: classes kept apart on the unit sphere."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import normalize

from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.idhn import magnitude_gap
from engine.losses.pairwise import same_class


def spherical_information(directions: Tensor, labels: Tensor) -> Tensor:
    """Return the square-clamped information loss of a batch, all pairs with themselves included.

    mean of (s p - 1)^2 + p^2 / M, where p = (<v_i, v_j> + 1) / 2 and M is the number of pairs
    over the number of similar ones. A dissimilar pair's first summand is the constant 1.

    Args:
        directions: Unit vectors v, shape (batch, num_bits).
        labels: Shape (batch,).
    """
    likeness = (directions @ directions.T + 1) / 2
    similar = same_class(labels, labels).to(likeness.dtype)
    return ((similar * likeness - 1).square() + likeness.square() * similar.mean()).mean()


class QsmihCriterion(Criterion):
    """Quadratic spherical mutual information (Passalis and Tefas, SPIC 2021).

    Means in the place of sums, and unit vectors also in the quantisation term, as in
    DeepHash-pytorch; the authors' release sums, and regularises outputs before normalisation.

    Args:
        task: What it is built for.
        alpha: Weight of the quantisation.
    """

    def __init__(self, task: TrainingTask, *, alpha: float = 0.01) -> None:
        super().__init__()
        if alpha < 0:
            raise ValueError(f"alpha must not be negative, not {alpha}")
        self.alpha = alpha

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the terms ``information`` and ``quantization``, and ``total``."""
        directions = normalize(logits)
        information = spherical_information(directions, labels)
        quantization = magnitude_gap(directions)
        return {
            "information": information,
            "quantization": quantization,
            "total": information + self.alpha * quantization,
        }
