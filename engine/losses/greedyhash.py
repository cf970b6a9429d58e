"""GreedyHash: classify the binary code itself, with a gradient that passes through the sign."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy

from engine.losses.classifier import create_classifier
from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.signs import straight_through_sign


def cubic_distance_to_bits(logits: Tensor) -> Tensor:
    """Return the mean of | |u| - 1 |^3 over logits u, any shape."""
    return (logits.abs() - 1).abs().pow(3).mean()


class GreedyHashCriterion(Criterion):
    """Cross-entropy of a linear classifier on codes in {-1, +1} (Su et al., NeurIPS 2018).

    Args:
        task: What it is built for.
        penalty_weight: alpha, of the cubic distance of logits to -1 and +1; 1 for ImageNet.
    """

    def __init__(self, task: TrainingTask, *, penalty_weight: float = 0.1) -> None:
        super().__init__()
        if penalty_weight < 0:
            raise ValueError(f"penalty_weight must not be below 0, not {penalty_weight}")
        self.penalty_weight = penalty_weight
        self.classifier = create_classifier(task, bias=False)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the classification and the cubic penalty."""
        classification = cross_entropy(self.classifier(straight_through_sign(logits)), labels)
        penalty = cubic_distance_to_bits(logits)
        total = classification + self.penalty_weight * penalty
        return {"classification": classification, "penalty": penalty, "total": total}
