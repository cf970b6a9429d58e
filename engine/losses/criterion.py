"""What every criterion is: the loss of a method, with all the state that it keeps."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class TrainingTask:
    """What a criterion knows of the training before it begins.

    Attributes:
        num_bits: Length of the code.
        width: Logits a photo has while training: ``num_bits``, or more with auxiliary branches.
        num_classes: Number of classes.
        labels: Class of each training photo, shape (photos,), int64.
        seed: Of everything random.
        votes: Sum of the codes in {-1, +1} that photos of each class have under the model which the
            training starts from, shape (num_classes, width); None where no codes are to be kept.
    """

    num_bits: int
    width: int
    num_classes: int
    labels: Tensor
    seed: int = 0
    votes: Tensor | None = None

    def generator(self, salt: int = 0) -> torch.Generator:
        """Return a random generator of the task's own; equal seeds and salts draw equally."""
        return torch.Generator().manual_seed(self.seed * 1_000_003 + salt)


class Criterion(nn.Module):
    """The loss of a method.

    Its parameters (classification heads) are trained with the network's; its buffers (targets,
    memory banks, learned codes) are saved in the checkpoint.
    """

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the terms of the loss by name, and their weighted sum as ``"total"``.

        Args:
            logits: Output of the hash layer, shape (batch, width); not squashed.
            labels: Classes, shape (batch,).
            indices: Numbers of the photos in the training set, shape (batch,).
            **extras: What the network hands to its own criterion.
        """
        raise NotImplementedError

    def photos_of_epoch(self, epoch: int) -> Tensor | None:
        """Return the photos an epoch trains on, or None for all of them."""
        return None

    def start_epoch(self, epoch: int, epochs: int) -> None:
        """Prepare for an epoch, counted from 0; must lead to the same state after a resume."""

    def end_epoch(self, epoch: int, epochs: int) -> dict[str, float]:
        """Update what is updated between epochs; return values worth logging."""
        return {}

    def learned_codes(self) -> Tensor | None:
        """Return the codes that were learned for the training photos themselves, if any were.

        Asymmetric methods learn them beside the network; shape (photos, num_bits), bit = 1 iff
        positive.
        """
        return None
