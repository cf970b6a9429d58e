"""The latest output for every training photo: the other side of pairs, and votes for targets."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MemoryBank(nn.Module):
    """Remembers one row a training photo; rows never written are zero and not ``visited``.

    Gradients never flow through it.

    Args:
        num_photos: Photos of the training set.
        width: Values a photo has.
    """

    values: Tensor
    visited: Tensor

    def __init__(self, num_photos: int, width: int) -> None:
        super().__init__()
        self.register_buffer("values", torch.zeros(num_photos, width))
        self.register_buffer("visited", torch.zeros(num_photos, dtype=torch.bool))

    @torch.no_grad()
    def update(self, indices: Tensor, values: Tensor) -> None:
        """Write the rows ``indices``, shape (batch,), with ``values``, shape (batch, width)."""
        self.values[indices] = values.detach().to(self.values.dtype)
        self.visited[indices] = True
