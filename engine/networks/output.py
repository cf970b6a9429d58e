"""What a hashing network returns."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class HashOutput:
    """The outcome of one forward pass.

    Attributes:
        logits: Output of the hash layer, shape (batch, num_bits); bit = 1 iff logit > 0.
        class_logits: Scores of the classes, shape (batch, num_classes), if the network has any.
    """

    logits: Tensor
    class_logits: Tensor | None = None
