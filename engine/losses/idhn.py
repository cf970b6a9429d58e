"""Improved deep hashing network: a likelihood of pairs of outputs squashed by softsign."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softsign

from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.pairwise import Others, PairBank, mean_over, pair_likelihood

# The released code adds this to the norms in the cosine of two label vectors, so that similar
# pairs have s = 1 / (1 + 1e-5). The reference numbers hold it.
COSINE_SLACK = 1e-5


def scaled_likelihood(relaxed: Tensor, others: Others, alpha: float) -> Tensor:
    """Return the mean over pairs of log(1 + e^q) - s q, q = alpha <v_i, v_j>.

    s is the cosine of the pair's label vectors, here 0 or (nearly) 1.

    Args:
        relaxed: v, shape (batch, width).
        others: The other sides of the pairs, squashed as well.
        alpha: Scale of the inner products.
    """
    products = alpha * relaxed @ others.values.T
    missing = COSINE_SLACK / (1 + COSINE_SLACK) * others.similar  # 1 - s of similar pairs
    costs = pair_likelihood(products, others.similar) + missing * products
    return mean_over(costs, others.counted)


def magnitude_gap(relaxed: Tensor) -> Tensor:
    """Return the mean of ||v| - 1| over relaxed codes of any shape."""
    return (relaxed.abs() - 1).abs().mean()


class IdhnCriterion(Criterion):
    """The likelihood of IDHN for photos of one class each (Zhang et al., TMM 2020).

    The squared error, of weight gamma, is for pairs that share some of several labels. With one
    label a photo there is no such pair, and the term is left out.

    Args:
        task: What it is built for.
        alpha: Scale of the inner products.
        quantization_weight: The paper's lambda.
    """

    def __init__(
        self, task: TrainingTask, *, alpha: float = 0.5, quantization_weight: float = 0.1
    ) -> None:
        super().__init__()
        if alpha <= 0:
            raise ValueError(f"alpha must be above 0, not {alpha}")
        if quantization_weight < 0:
            raise ValueError(f"quantization_weight must not be negative: {quantization_weight}")
        self.alpha = alpha
        self.quantization_weight = quantization_weight
        self.pairs = PairBank(task)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the terms ``likelihood`` and ``quantization``, and ``total``."""
        relaxed = softsign(logits)
        likelihood = scaled_likelihood(relaxed, self.pairs(relaxed, labels, indices), self.alpha)
        quantization = magnitude_gap(relaxed)
        return {
            "likelihood": likelihood,
            "quantization": quantization,
            "total": likelihood + self.quantization_weight * quantization,
        }
