"""Polarisation: push every bit over to the side of its target by a margin."""

from __future__ import annotations

from typing import Literal, get_args

from torch import Tensor

Reduction = Literal["mean", "sum", "inner"]


def polarization(
    logits: Tensor, targets: Tensor, *, margin: float = 1.0, reduction: Reduction = "mean"
) -> Tensor:
    """Return the hinge loss between logits and target codes (DPN; FoodHash, eq. 16).

    Args:
        logits: Output of the hash layer, shape (batch, num_bits).
        targets: In {-1, +1}, same shape.
        margin: Where a bit stops costing.
        reduction: ``"mean"`` over bits (the public code); ``"sum"`` over bits (the DPN paper);
            ``"inner"``, eq. 16 as FoodHash prints it: a hinge on the inner product, which one
            bit can satisfy for all, so that codes hardly leave 0.
    """
    products = logits * targets.to(logits)
    if reduction == "inner":
        return (margin - products.sum(dim=1)).clamp(min=0).mean()
    hinge = (margin - products).clamp(min=0)
    return hinge.mean() if reduction == "mean" else hinge.sum(dim=1).mean()


def check_reduction(reduction: str) -> Reduction:
    """Return the reduction if there is one of that name.

    Raises:
        ValueError: There is none.
    """
    for known in get_args(Reduction):
        if reduction == known:
            return known  # type: ignore[no-any-return]
    raise ValueError(
        f"polarization must be one of {', '.join(get_args(Reduction))}, not {reduction!r}"
    )
