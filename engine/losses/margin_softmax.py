"""Softmax over cosines with a margin that the right class must win by: CosFace and ArcFace."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

Margin = Literal["cos", "arc"]
_EDGE = 0.99999  # the arc cosine has an infinite slope at 1
_SMALLEST_NORM = 1e-6  # below, the direction of a code is noise and its gradient would explode


def cosine_logits(logits: Tensor, centers: Tensor) -> Tensor:
    """Return the cosine of every code with every centre, shape (batch, num_classes).

    Args:
        logits: Shape (batch, num_bits).
        centers: Shape (num_classes, num_bits).
    """
    directions = normalize(centers.to(logits), dim=1)
    return normalize(logits, dim=1, eps=_SMALLEST_NORM) @ directions.T


def with_margin(cosines: Tensor, labels: Tensor, margin: Tensor | float, kind: Margin) -> Tensor:
    """Return the cosines with that of the right class lowered.

    Args:
        cosines: Shape (batch, num_classes).
        labels: Shape (batch,).
        margin: One for all, or one a photo, shape (batch, 1).
        kind: ``"cos"`` takes the margin off the cosine (CosFace), ``"arc"`` adds it to the angle
            (ArcFace).
    """
    right = cosines.gather(1, labels[:, None])
    if kind == "cos":
        lowered = right - margin
    else:
        lowered = torch.cos(torch.arccos(right.clamp(-_EDGE, _EDGE)) + margin)
    return cosines.scatter(1, labels[:, None], lowered)
