"""HashNet: similar and dissimilar pairs weigh the same, and the tanh steepens."""

from __future__ import annotations

import math

from torch import Tensor

from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.pairwise import Others, PairBank, batch_pairs, mean_over, pair_likelihood


def weighted_likelihood(relaxed: Tensor, others: Others, alpha: float) -> Tensor:
    """Return the mean cost of similar pairs plus the mean cost of dissimilar ones.

    A kind of pair that a batch lacks adds nothing.

    Args:
        relaxed: tanh(beta u), shape (batch, width).
        others: The other sides of the pairs, tanh as well.
        alpha: Scale of the inner products.
    """
    costs = pair_likelihood(alpha * relaxed @ others.values.T, others.similar)
    similar = mean_over(costs, others.similar & others.counted)
    return similar + mean_over(costs, ~others.similar & others.counted)


class HashNetCriterion(Criterion):
    """Weighted likelihood with continuation (Cao et al., ICCV 2017).

    ``alpha`` is the same for every length, as in DeepHash-pytorch; the authors' release shrinks it
    with the number of bits. A photo counts as similar to itself.

    Args:
        task: What it is built for.
        alpha: Scale of the inner products.
        beta_epochs: The tanh has slope sqrt(1 + epoch // beta_epochs).
        bank: Whether pairs are formed with the latest outputs for all training photos, instead of
            within the batch.
    """

    def __init__(
        self,
        task: TrainingTask,
        *,
        alpha: float = 0.1,
        beta_epochs: int = 20,
        bank: bool = False,
    ) -> None:
        super().__init__()
        if alpha <= 0:
            raise ValueError(f"alpha must be above 0, not {alpha}")
        if beta_epochs < 1:
            raise ValueError(f"beta_epochs must be at least 1, not {beta_epochs}")
        self.alpha = alpha
        self.beta_epochs = beta_epochs
        self.beta = 1.0
        self.pairs = PairBank(task) if bank else None

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the term ``likelihood``, which is all of the loss."""
        relaxed = (self.beta * logits).tanh()
        if self.pairs is None:
            others = batch_pairs(relaxed, labels)
        else:
            others = self.pairs(relaxed, labels, indices)
        likelihood = weighted_likelihood(relaxed, others, self.alpha)
        return {"likelihood": likelihood, "total": likelihood}

    def start_epoch(self, epoch: int, epochs: int) -> None:
        """Steepen the tanh."""
        self.beta = math.sqrt(1 + epoch // self.beta_epochs)
