"""Which patches the bits of FoodHash come from: its heads as sums over tokens.

Tokens are in the second axis, n = 1 + patches, the class token first.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from engine.networks.cfm import CrossFusionReading

Head = Literal["cls", "flatten", "mean"]


def fusion_shares(
    head: Head,
    weight: Tensor,
    fusion: CrossFusionReading,
    omega: Tensor,
    residual: Tensor | None,
) -> dict[str, Tensor]:
    """Return what each token adds to the logits with the heads "cls" and "mean", (B, bits, n).

    A token counts where its value is mixed in. (The gradient attributes to the rows of the
    mixture instead; for "mean" that adds up as well, but each row holds all patches already.)

    Args:
        head: Which rows of the fused tokens are read.
        weight: Of the hash layer, shape (bits, D).
        fusion: What both streams read in each other.
        omega: Share of what AIP's tokens read.
        residual: Tokens that are added to the fused ones; they count for the final stream.
    """
    from_aip, from_encoder = mixing(head, fusion.from_aip), mixing(head, fusion.from_encoder)
    final = value_shares(weight, fusion.encoder_values, omega * from_aip)
    early = value_shares(weight, fusion.aip_values, (1 - omega) * from_encoder)
    if residual is not None:
        own = mixing(head, torch.eye(residual.shape[1]).to(residual)[None])
        final = final + value_shares(weight, residual, own)
    return {"final": final, "early": early}


def fusion_views(head: Head, fusion: CrossFusionReading, omega: Tensor) -> dict[str, Tensor]:
    """Return how much what the head reads takes of each token, shape (B, n).

    With the head "cls", the first are the mixing weights of the values behind the code.
    """
    final, early = mixing(head, fusion.from_aip), mixing(head, fusion.from_encoder)
    mixture = omega * final + (1 - omega) * early
    return {"fusion": mixture, "fusion final": final, "fusion early": early}


def mixing(head: Head, attention: Tensor) -> Tensor:
    """Return how the rows that a head reads mix the tokens, on average, (B, n) of (B, n, n)."""
    return attention[:, 0] if head == "cls" else attention.mean(1)


def value_shares(weight: Tensor, values: Tensor, mixed: Tensor) -> Tensor:
    """Return the share of values (B, n, D) in the logits, mixed so (B, n): (B, bits, n)."""
    return (values @ weight.mT * mixed[..., None]).mT


def add_by_row(weight: Tensor, tokens: Tensor) -> Tensor:
    """Return what each row adds to the hidden units of the head "flatten", (B, n, hidden).

    Row by row, because the weight is too large to be laid out anew.

    Args:
        weight: Of the hidden layer, shape (hidden, n * D).
        tokens: What the head reads, shape (B, n, D).
    """
    weights = torch.split(weight, tokens.shape[2], dim=1)
    rows = zip(tokens.unbind(1), weights, strict=True)
    return torch.stack([row @ own.mT for row, own in rows], dim=1)
