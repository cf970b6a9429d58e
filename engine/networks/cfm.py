"""The cross-fusion module of FoodHash: two token sequences read each other.

Cao et al., ACM TOMM 2026, section 3.4.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.networks.aip import initialise_linear


class CrossFusionReading(NamedTuple):
    """What two sequences read in each other; n tokens of width D.

    Attributes:
        from_aip: A1, how much each AIP token takes of each encoder token, shape (B, n, n), rows
            summing to 1.
        from_encoder: A2, the reverse.
        aip_values: What A2 mixes, shape (B, n, D).
        encoder_values: What A1 mixes, shape (B, n, D).
    """

    from_aip: Tensor
    from_encoder: Tensor
    aip_values: Tensor
    encoder_values: Tensor


class CrossFusion(nn.Module):
    """Mixes what each of two sequences reads in the other one.

    One head, no output projection, no norm: none is written. ``weight`` is omega: section 3.4 of
    the paper learns it, section 4.4 sweeps it; learned as the sigmoid of a scalar that starts at
    0, it stays between 0 and 1.

    Args:
        features: Width of a token.
        omega: Weight of what the AIP tokens read, in 0 to 1; None to learn it.
        residual: Whether the encoder's tokens are added to the outcome (not in the paper: a path
            around weights that are not pretrained).
    """

    omega_logit: Tensor

    def __init__(
        self, features: int, *, omega: float | None = None, residual: bool = False
    ) -> None:
        super().__init__()
        if omega is not None and not 0 <= omega <= 1:
            raise ValueError(f"omega must be in 0 to 1, not {omega!r}")
        self.omega = omega
        self.residual = residual
        self.scale = features**-0.5
        self.aip_qkv = nn.Linear(features, 3 * features)
        self.encoder_qkv = nn.Linear(features, 3 * features)
        for linear in (self.aip_qkv, self.encoder_qkv):
            initialise_linear(linear)
        if omega is None:
            self.omega_logit = nn.Parameter(torch.zeros(()))

    @property
    def weight(self) -> Tensor:
        """Omega, the share of what the AIP tokens read, a scalar."""
        if self.omega is None:
            return torch.sigmoid(self.omega_logit)
        return self.aip_qkv.weight.new_tensor(self.omega)

    def forward(self, aip: Tensor, encoder: Tensor) -> Tensor:
        """Return fused tokens, shape (B, n, D).

        Args:
            aip: Class token and AIP tokens, shape (B, n, D).
            encoder: Class token and final tokens of the backbone, shape (B, n, D).
        """
        return self.mix(self.read(aip, encoder), encoder)

    def mix(self, reading: CrossFusionReading, encoder: Tensor) -> Tensor:
        """Return fused tokens, shape (B, n, D): F = w A1 V_T + (1 - w) A2 V_AIP."""
        weight = self.weight
        fused = weight * (reading.from_aip @ reading.encoder_values)
        fused = fused + (1 - weight) * (reading.from_encoder @ reading.aip_values)
        return fused + encoder if self.residual else fused

    def read(self, aip: Tensor, encoder: Tensor) -> CrossFusionReading:
        """Return both attention matrices and the values they mix."""
        aip_queries, aip_keys, aip_values = self.aip_qkv(aip).chunk(3, dim=-1)
        queries, keys, encoder_values = self.encoder_qkv(encoder).chunk(3, dim=-1)
        from_aip = torch.softmax(aip_queries @ keys.mT * self.scale, dim=-1)
        from_encoder = torch.softmax(queries @ aip_keys.mT * self.scale, dim=-1)
        return CrossFusionReading(from_aip, from_encoder, aip_values, encoder_values)
