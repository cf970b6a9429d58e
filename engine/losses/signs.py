"""The code of a batch as numbers, with a gradient or without."""

from __future__ import annotations

import torch
from torch import Tensor


def signs(logits: Tensor) -> Tensor:
    """Return +1 where a logit is above 0 and -1 elsewhere, never 0; without gradient."""
    return torch.where(logits.detach() > 0, 1.0, -1.0).to(logits.dtype)


def straight_through_sign(logits: Tensor) -> Tensor:
    """Return the signs; the gradient passes as if they were the logits (GreedyHash, eq. 8)."""
    # Written as a sum of which only one part counts forwards: exact for logits of any size.
    return signs(logits) + (logits - logits.detach())
