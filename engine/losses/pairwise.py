"""What losses over pairs of photos share: which pairs, and the likelihood of their similarity."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from engine.losses.criterion import TrainingTask
from engine.losses.memory_bank import MemoryBank


def same_class(labels: Tensor, others: Tensor) -> Tensor:
    """Return which pairs are similar, shape (labels, others), bool."""
    return labels[:, None] == others


def pair_likelihood(theta: Tensor, similar: Tensor) -> Tensor:
    """Return log(1 + e^theta) - s theta, the negative log-likelihood of each pair.

    Written as the softplus of -theta or theta, which neither overflows nor cancels.

    Args:
        theta: Any shape.
        similar: s, bool, a shape that broadcasts with it.
    """
    return softplus(torch.where(similar, -theta, theta))


def mean_over(costs: Tensor, chosen: Tensor) -> Tensor:
    """Return the mean of the chosen costs, 0 if none is.

    Args:
        costs: Any shape.
        chosen: bool, a shape that broadcasts to it.
    """
    # Indexing by a mask would wait for the device to count.
    count = chosen.expand_as(costs).sum()
    return torch.where(chosen, costs, 0).sum() / count.clamp(min=1)


@dataclass(frozen=True)
class Others:
    """The other sides of the pairs that a batch forms.

    Attributes:
        values: Their outputs, shape (others, width).
        similar: Which pairs share a class, shape (batch, others), bool.
        counted: Which of the others form pairs at all, shape (others,), bool.
    """

    values: Tensor
    similar: Tensor
    counted: Tensor


def batch_pairs(values: Tensor, labels: Tensor) -> Others:
    """Return the batch as its own other side; each photo is also similar to itself.

    Args:
        values: Outputs, shape (batch, width); both sides of a pair get gradients.
        labels: Shape (batch,).
    """
    return Others(values, same_class(labels, labels), torch.ones_like(labels, dtype=torch.bool))


class PairBank(nn.Module):
    """Pairs a batch with the latest outputs for all training photos.

    Only the side of the batch gets gradients. Photos not seen yet form no pairs; the released
    codes of the baselines count them as dissimilar zeros in the first epoch.

    Args:
        task: What the criterion is built for.
    """

    photo_labels: Tensor

    def __init__(self, task: TrainingTask) -> None:
        super().__init__()
        self.bank = MemoryBank(len(task.labels), task.width)
        self.register_buffer("photo_labels", task.labels.clone(), persistent=False)

    def forward(self, values: Tensor, labels: Tensor, indices: Tensor) -> Others:
        """Write the batch's outputs to the bank if training; return the bank as other side.

        Args:
            values: Outputs, shape (batch, width).
            labels: Shape (batch,).
            indices: Numbers of the photos, shape (batch,).
        """
        if self.training:
            self.bank.update(indices, values)
        similar = same_class(labels, self.photo_labels)
        return Others(self.bank.values.to(values.dtype), similar, self.bank.visited)
