"""Targets that follow the codes which the network gives their classes (FoodHash, eqs. 26 to 32)."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.losses.targets import pair_distances


def ternary(logits: Tensor, margin: float = 1.0) -> Tensor:
    """Return the sign of each logit beyond the margin and 0 for the others (eq. 26)."""
    return logits.sign() * (logits.abs() > margin)


def class_votes(codes: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """Return the sum of the codes of each class: Y^T Q, where eqs. 28 and 32 print Z^T U.

    Args:
        codes: In {-1, 0, +1}, shape (photos, num_bits).
        labels: Shape (photos,).
        num_classes: Rows of the result.
    """
    votes = codes.new_zeros(num_classes, codes.shape[1])
    return votes.index_add_(0, labels, codes)


def follow_votes(targets: Tensor, votes: Tensor) -> Tensor:
    """Return the signs of the votes; ties keep the old bit.

    A tie counted as 0 (DeepHash-pytorch) would take its bit out of the loss.
    """
    return torch.where(votes == 0, targets, votes.sign().to(targets))


def keep_apart(old: Tensor, new: Tensor) -> Tensor:
    """Return the new targets without the rows that bring the nearest two classes closer.

    Rows are taken over one after the other; without this guard classes that the network confuses
    merge, and retrieval collapses (docs/methods.md). Both have shape (num_classes, num_bits).
    """
    if len(old) < 2:
        return new
    least = pair_distances(old).min()
    targets = old.clone()
    for row in (old != new).any(dim=1).nonzero()[:, 0].tolist():
        distances = (new.shape[1] - targets @ new[row]) / 2
        distances[row] = torch.inf
        if distances.min() >= least:
            targets[row] = new[row]
    return targets
