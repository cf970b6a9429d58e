"""Deep balanced discrete hashing: a likelihood of pairs, and as many ones as zeros in a code."""

from __future__ import annotations

from torch import Tensor

from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.dpsh import inner_likelihood
from engine.losses.pairwise import PairBank


def imbalance(clipped: Tensor) -> Tensor:
    """Return the mean over photos of the squared mean over bits, of shape (batch, num_bits)."""
    return clipped.mean(1).square().mean()


class DbdhCriterion(Criterion):
    """Pairwise likelihood and balance of outputs clipped to [-1, 1] (Zheng et al., 2020).

    The clip is the paper's straight-through estimator: an output beyond it gets no gradient.

    Args:
        task: What it is built for.
        alpha: Weight of the imbalance.
    """

    def __init__(self, task: TrainingTask, *, alpha: float = 0.1) -> None:
        super().__init__()
        if alpha < 0:
            raise ValueError(f"alpha must not be negative, not {alpha}")
        self.alpha = alpha
        self.pairs = PairBank(task)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the terms ``likelihood`` and ``imbalance``, and ``total``."""
        clipped = logits.clamp(-1, 1)
        likelihood = inner_likelihood(clipped, self.pairs(clipped, labels, indices))
        uneven = imbalance(clipped)
        total = likelihood + self.alpha * uneven
        return {"likelihood": likelihood, "imbalance": uneven, "total": total}
