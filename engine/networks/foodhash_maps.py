"""Which patches the bits of FoodHash come from: its head and fusion as sums over patches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from engine.networks.cfm import CrossFusionReading

Head = Literal["cls", "flatten", "mean"]


@dataclass(frozen=True)
class LinearHead:
    """A head as it is for given pictures: linear in the rows of the tokens that it reads.

    The hidden units of the head "flatten" are on or off for a picture; what they let through is
    linear, and exact for that picture.

    Attributes:
        kind: Which rows: the first one, their mean, or all.
        slope: Of each logit, shape (B or 1, num_bits, rows, D).
        bias: Shape (B, num_bits).
    """

    kind: Head
    slope: Tensor
    bias: Tensor

    def rows(self, tokens: Tensor) -> Tensor:
        """Return what the head reads of tokens, or of mixing weights, (B, n, m): (B, rows, m)."""
        if self.kind == "flatten":
            return tokens
        return tokens[:, :1] if self.kind == "cls" else tokens.mean(1, keepdim=True)

    def shares(self, values: Tensor, attention: Tensor | None = None) -> Tensor:
        """Return what each value adds to the logits, shape (B, num_bits, n).

        A value counts where it is mixed in. (The gradient attributes to the rows of the mixture
        instead; that adds up as well, but each row holds all patches already.)

        Args:
            values: Shape (B, n, D).
            attention: How the rows mix them, shape (B, n, n); without, they are the rows.
        """
        if attention is None:
            attention = torch.eye(values.shape[1]).to(values)[None]
        each = torch.einsum("bkrd,bjd->bkrj", self.slope.expand(len(values), -1, -1, -1), values)
        return (each * self.rows(attention)[:, None]).sum(2)


@dataclass(frozen=True)
class FusionShares:
    """What both streams add to the logits.

    Attributes:
        early: Of the values of AIP, shape (B, num_bits, n).
        final: Of the values of the encoder, shape (B, num_bits, n).
    """

    early: Tensor
    final: Tensor

    @property
    def parts(self) -> dict[str, Tensor]:
        """Those of the patches, (B, num_bits, n - 1)."""
        return {"final": self.final[..., 1:], "early": self.early[..., 1:]}

    @property
    def class_token(self) -> Tensor:
        """Those of the class token, which has no place, shape (B, num_bits)."""
        return self.final[..., 0] + self.early[..., 0]


def fusion_shares(
    head: LinearHead, fusion: CrossFusionReading, omega: Tensor, residual: Tensor | None
) -> FusionShares:
    """Return what both streams add; the residual counts for the final one."""
    early = (1 - omega) * head.shares(fusion.aip_values, fusion.from_encoder)
    final = omega * head.shares(fusion.encoder_values, fusion.from_aip)
    return FusionShares(early, final if residual is None else final + head.shares(residual))


def fusion_views(head: LinearHead, fusion: CrossFusionReading, omega: Tensor) -> dict[str, Tensor]:
    """Return how much the rows that the head reads take of each patch, shape (B, n - 1).

    With the head "cls", the first are the mixing weights of the values behind the code.
    """
    final = head.rows(fusion.from_aip).mean(1)[:, 1:]
    early = head.rows(fusion.from_encoder).mean(1)[:, 1:]
    mixture = omega * final + (1 - omega) * early
    return {"fusion": mixture, "fusion final": final, "fusion early": early}
