"""The three photos of the reference cases of pairwise losses, and how they pair up."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.losses.pairwise import Others, batch_pairs
from tests.engine.reference import case


def reference_photos() -> tuple[Tensor, Tensor]:
    """Logits, shape (3, 4), and labels."""
    inputs, _ = case("K1 DPSH, full batch, eta=0.1")
    return torch.tensor(inputs["u (3x4)"], dtype=torch.float64), torch.tensor(inputs["y"])


def all_pairs(values: Tensor) -> Others:
    return batch_pairs(values, reference_photos()[1])
