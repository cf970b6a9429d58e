"""The parts of HybridHash: attention among block tokens, interaction modules, the hash layer."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

ATTENTION_HEADS = 8


class BlockTokenAttention(nn.Module):
    """Pools a map to one token a block, lets these attend to each other, and spreads them again.

    The release reshapes the pooled map to tokens without moving the channels last, so that every
    "token" is a mixture of channels and positions; we transpose. The heads are merged as (width of
    a head, heads), as NesT and the release do, which only permutes columns of ``proj``.

    Args:
        channels: Of the map.
        grid: Blocks along each side of the map.
        hh_compat: Whether to reshape as the release does.
    """

    def __init__(self, channels: int, grid: int, *, hh_compat: bool = False) -> None:
        super().__init__()
        self.grid, self.hh_compat = grid, hh_compat
        # The papers' widths are multiples of 8; those of other backbones need not be.
        self.num_heads = math.gcd(ATTENTION_HEADS, channels)
        self.pos_embed = nn.Parameter(torch.zeros(1, grid * grid, channels))
        self.qkv = nn.Linear(channels, 3 * channels, bias=False)
        self.proj = nn.Linear(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return a map of the same shape, (batch, channels, height, width)."""
        pooled = functional.adaptive_avg_pool2d(features, self.grid)
        tokens = self._attend(self._tokens(pooled) + self.pos_embed)
        blocks = tokens.transpose(1, 2).reshape(pooled.shape)
        if self.grid == 1:
            return blocks.expand_as(features)
        size = features.shape[-2:]
        return functional.interpolate(blocks, size, mode="bilinear", align_corners=False)

    def _tokens(self, pooled: Tensor) -> Tensor:
        if self.hh_compat:
            return pooled.reshape(len(pooled), self.grid**2, -1)
        return pooled.flatten(2).transpose(1, 2)

    def _attend(self, tokens: Tensor) -> Tensor:
        qkv = self.qkv(tokens).unflatten(-1, (3, self.num_heads, -1))
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # (batch, heads, tokens, width of a head)
        attended = functional.scaled_dot_product_attention(query, key, value)
        projected: Tensor = self.proj(attended.permute(0, 2, 3, 1).flatten(2))
        return projected


class InteractionModule(nn.Module):
    """Halves a map between two levels: a local convolution plus attention among its blocks.

    The names ``conv`` and ``norm`` are those of the pooling module of NesT that it replaces.

    Args:
        channels: Of the map.
        out_channels: Of the next level.
        grid: Blocks along each side of the map.
        hh_compat: As in :class:`BlockTokenAttention`.
    """

    def __init__(
        self, channels: int, out_channels: int, grid: int, *, hh_compat: bool = False
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out_channels, 3, padding=1)
        self.global_conv = nn.Conv2d(channels, out_channels, 1, bias=False)
        self.attention = BlockTokenAttention(out_channels, grid, hh_compat=hh_compat)
        self.norm = nn.LayerNorm(out_channels, eps=1e-6)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """Return (batch, out_channels, ceil(height / 2), ceil(width / 2))."""
        joined = self.conv(features) + self.attention(self.global_conv(features))
        pooled: Tensor = self.pool(normalised(joined, self.norm))
        return pooled


class HashLayer(nn.Module):
    """The last interaction, which ends in one small signed map a bit.

    A bit's logit is the mean of its map, so that the map says exactly where the bit comes from.
    With a single block token the attention is its value and projection; query and key have no
    influence but stay, as in the release.

    Args:
        channels: Of the map.
        num_bits: Length of the code.
    """

    def __init__(self, channels: int, num_bits: int) -> None:
        super().__init__()
        self.row_conv = nn.Conv2d(channels, channels, (1, 3), padding=(0, 1))
        self.column_conv = nn.Conv2d(channels, channels, (3, 1), padding=(1, 0))
        self.attention = BlockTokenAttention(channels, 1)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.bits = nn.Conv2d(channels, num_bits, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return (batch, num_bits, ceil(height / 2), ceil(width / 2))."""
        joined = self.column_conv(self.row_conv(features)) + self.attention(features)
        maps: Tensor = self.bits(self.pool(joined))
        return maps


def normalised(features: Tensor, norm: nn.Module) -> Tensor:
    """Return a map with a norm over the channels of each place applied."""
    moved: Tensor = norm(features.permute(0, 2, 3, 1))
    return moved.permute(0, 3, 1, 2)


def initialise(module: nn.Module) -> None:
    """Draw the weights as NesT does: normal, 0.02, truncated; biases zero."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Conv2d):
            nn.init.trunc_normal_(part.weight, std=0.02)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
