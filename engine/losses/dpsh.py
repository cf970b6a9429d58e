"""Deep pairwise-supervised hashing: a likelihood of pairs, and outputs near their signs."""

from __future__ import annotations

from torch import Tensor

from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.pairwise import Others, PairBank, mean_over, pair_likelihood
from engine.losses.quantization import distance_to_signs


def inner_likelihood(logits: Tensor, others: Others) -> Tensor:
    """Return the mean over pairs of log(1 + e^theta) - s theta, theta = <u_i, u_j> / 2.

    Args:
        logits: Shape (batch, width).
        others: The other sides of the pairs.
    """
    theta = logits @ others.values.T / 2
    return mean_over(pair_likelihood(theta, others.similar), others.counted)


class DpshCriterion(Criterion):
    """Pairwise likelihood with a memory bank (Li et al., IJCAI 2016).

    Means in the place of the paper's sums, hence another scale of ``eta``, as in
    DeepHash-pytorch.

    Args:
        task: What it is built for.
        eta: Weight of the distance of outputs to their signs.
    """

    def __init__(self, task: TrainingTask, *, eta: float = 0.1) -> None:
        super().__init__()
        if eta < 0:
            raise ValueError(f"eta must not be negative, not {eta}")
        self.eta = eta
        self.pairs = PairBank(task)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the terms ``likelihood`` and ``quantization``, and ``total``."""
        likelihood = inner_likelihood(logits, self.pairs(logits, labels, indices))
        quantization = distance_to_signs(logits)
        return {
            "likelihood": likelihood,
            "quantization": quantization,
            "total": likelihood + self.eta * quantization,
        }
