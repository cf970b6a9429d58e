"""Deep supervised hashing based on stable distribution: distances between pairs, and classes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from engine.losses.classifier import create_classifier
from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.pairwise import same_class


def contrastive_distance(relaxed_codes: Tensor, similar: Tensor) -> Tensor:
    """Return the mean over pairs of d / 2 if similar and max(0, 2k - d) / 2 if not.

    d is the squared Euclidean distance, 4 for every differing bit of binary codes.

    Args:
        relaxed_codes: In (-1, 1), shape (batch, k).
        similar: Shape (batch, batch), bool.
    """
    differences = relaxed_codes[:, None] - relaxed_codes[None, :]
    distances = differences.square().sum(dim=2)
    missing = (2 * relaxed_codes.shape[1] - distances).clamp(min=0)
    return torch.where(similar, distances, missing).mean() / 2


class DshsdCriterion(Criterion):
    """Cross-entropy on relaxed codes and a contrastive distance (Wu et al., IEEE Access 2019).

    The public implementation forgets to train the classifier; here it is trained.

    Args:
        task: What it is built for.
        distance_weight: alpha, of the distance.
    """

    def __init__(self, task: TrainingTask, *, distance_weight: float = 0.05) -> None:
        super().__init__()
        if distance_weight < 0:
            raise ValueError(f"distance_weight must not be below 0, not {distance_weight}")
        self.distance_weight = distance_weight
        self.classifier = create_classifier(task, bias=False)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the classification and the distance."""
        relaxed_codes = logits.tanh()
        classification = cross_entropy(self.classifier(relaxed_codes), labels)
        distance = contrastive_distance(relaxed_codes, same_class(labels, labels))
        total = classification + self.distance_weight * distance
        return {"classification": classification, "distance": distance, "total": total}
