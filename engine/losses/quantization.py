"""How far outputs are from the codes that they become."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from engine.losses.signs import signs

BitReduction = Literal["mean", "sum"]


def squared_distance(outputs: Tensor, codes: Tensor, reduction: BitReduction = "mean") -> Tensor:
    """Return the mean over photos of ||u - b||^2, divided by the bits for ``"mean"``.

    Args:
        outputs: Shape (batch, width).
        codes: In {-1, +1}, same shape.
        reduction: Of the bits of a photo.
    """
    squares = (outputs - codes).square()
    return squares.mean() if reduction == "mean" else squares.sum(dim=1).mean()


def distance_to_signs(outputs: Tensor, reduction: BitReduction = "mean") -> Tensor:
    """Return the squared distance of outputs to their signs, which is (|u| - 1)^2 for a bit."""
    return squared_distance(outputs, signs(outputs), reduction)
