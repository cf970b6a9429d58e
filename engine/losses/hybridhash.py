"""The loss of HybridHash: HashNet's weighted likelihood against the latest code of every photo."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.hashnet import weighted_likelihood
from engine.losses.pairwise import Others, PairBank


class HybridHashCriterion(Criterion):
    """Weighted maximum likelihood against a memory bank (He and Wei, ICMR 2024).

    A batch writes its rows to the bank before it is compared with it, as in the release. There is
    no quantisation term: codes are squashed by tanh. The bank is in single precision, the release
    has half.

    Args:
        task: What it is built for.
        alpha: Scale of the inner products; the release has 0.5 at every length.
        mask_unvisited: Whether pairs with photos not seen yet are left out; the release counts
            them as dissimilar at cost ln 2, which only thins the dissimilar pairs of the first
            epoch.
    """

    def __init__(
        self, task: TrainingTask, *, alpha: float = 0.5, mask_unvisited: bool = True
    ) -> None:
        super().__init__()
        if alpha <= 0:
            raise ValueError(f"alpha must be above 0, not {alpha}")
        self.alpha = alpha
        self.mask_unvisited = mask_unvisited
        self.pairs = PairBank(task)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the term ``likelihood``, which is all of the loss."""
        relaxed_codes = torch.tanh(logits)
        others = self.pairs(relaxed_codes, labels, indices)
        if not self.mask_unvisited:
            others = _unvisited_as_dissimilar(others)
        likelihood = weighted_likelihood(relaxed_codes, others, self.alpha)
        return {"likelihood": likelihood, "total": likelihood}


def _unvisited_as_dissimilar(others: Others) -> Others:
    everyone = torch.ones_like(others.counted)
    return Others(others.values, others.similar & others.counted, everyone)
