"""Normalised cross-entropy, which FoodHash calls S-cross-entropy."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import log_softmax


def normalized_cross_entropy(class_logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of -log p_y / -sum_j log p_j (Ma et al., ICML 2020; FoodHash, eqs. 18-20).

    Between 0 and 1; 1 / num_classes for a uniform prediction, so that with many classes it is
    small from the start.

    Args:
        class_logits: Shape (batch, num_classes).
        labels: Shape (batch,).
    """
    logs = log_softmax(class_logits, dim=1)
    return (logs.gather(1, labels[:, None])[:, 0] / logs.sum(dim=1)).mean()
