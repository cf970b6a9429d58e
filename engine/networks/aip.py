"""The AIP module of FoodHash: aggregate neighbours, let proxies interact, propagate the outcome.

Cao et al., ACM TOMM 2026, equations 4 to 9. Where the paper leaves sizes out, they are those of the
local-global-local block of EdgeViTs (ECCV 2022), which the paper builds on.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

WINDOW = 2  # tokens a proxy stands for, in each direction ("window of size 2x2")
HEAD_WIDTH = 64
MLP_RATIO = 4

Pool = Literal["pre", "post"]


class Aggregation(nn.Module):
    """Gathers the neighbourhood of every token (equations 4 to 6).

    The paper writes "Conv" for the first step; it is a depthwise convolution here, as in EdgeViTs.

    Args:
        features: Width of a token.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        hidden = MLP_RATIO * features
        self.position = nn.Conv2d(features, features, 3, padding=1, groups=features)
        self.local = nn.Sequential(
            nn.BatchNorm2d(features),
            nn.Conv2d(features, features, 1),
            nn.Conv2d(features, features, 5, padding=2, groups=features),
            nn.Conv2d(features, features, 1),
        )
        self.mlp = nn.Sequential(
            nn.BatchNorm2d(features),
            nn.Conv2d(features, hidden, 1),
            nn.GELU(),
            nn.Conv2d(hidden, features, 1),
        )

    def forward(self, stem: Tensor) -> Tensor:
        """Return a map of the same shape (B, D, h, w)."""
        positioned = stem + self.position(stem)
        mixed = positioned + self.local(positioned)
        gathered: Tensor = mixed + self.mlp(mixed)
        return gathered


class SelfAttention(nn.Module):
    """Multi-head self-attention without output projection (equation 8).

    Args:
        features: Width of a token; heads are 64 wide, or the next width that divides it.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.num_heads = count_heads(features)
        self.qkv = nn.Linear(features, 3 * features)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return tokens (B, n, D) and attention (B, heads, n, n), whose rows sum to 1."""
        parts = self.qkv(tokens).unflatten(-1, (3, self.num_heads, -1))
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        attention = torch.softmax(queries @ keys.mT / queries.shape[-1] ** 0.5, dim=-1)
        return (attention @ values).transpose(1, 2).flatten(2), attention


class AggregationInteractionPropagation(nn.Module):
    """Turns the early tokens of a backbone into tokens that know the whole picture.

    The paper pools before the attention in its prose and after it in equation 9; the default
    follows the prose (and EdgeViTs). No residual leads around the attention: none is written.
    Grids of odd size are pooled with a partial last window and cropped when they are propagated.

    Args:
        features: Width of a token.
        pool: Whether proxies are made before ("pre") or after ("post") the attention.
        pool_kernel: 2 averages each window, 1 picks its top left token as EdgeViTs' code does.
    """

    def __init__(self, features: int, *, pool: Pool = "pre", pool_kernel: int = WINDOW) -> None:
        super().__init__()
        if pool not in ("pre", "post"):
            raise ValueError(f"aip_pool must be 'pre' or 'post', not {pool!r}")
        if pool_kernel not in (1, WINDOW):
            raise ValueError(f"aip_pool_kernel must be 1 or {WINDOW}, not {pool_kernel!r}")
        self.pool = pool
        self.pool_kernel = pool_kernel
        self.aggregation = Aggregation(features)
        self.attention = SelfAttention(features)
        self.propagation = nn.ConvTranspose2d(features, features, WINDOW, WINDOW, groups=features)
        self.norm = nn.LayerNorm(features)
        self.projection = nn.Linear(features, features)
        for linear in (self.attention.qkv, self.projection):
            initialise_linear(linear)

    def forward(self, stem: Tensor) -> tuple[Tensor, Tensor]:
        """Return new tokens and the attention that made them.

        Args:
            stem: Early tokens, shape (B, D, h, w).

        Returns:
            Tokens, shape (B, h * w, D), row by row of the grid; attention, shape (B, heads, n, n)
            with n proxies (the windows in the same order), or all h * w tokens with "post".
        """
        gathered = self.aggregation(stem)
        if self.pool == "pre":
            proxies, attention = self._interact(make_proxies(gathered, self.pool_kernel))
        else:
            interacted, attention = self._interact(gathered)
            proxies = make_proxies(interacted, self.pool_kernel)
        height, width = stem.shape[-2:]
        spread = self.propagation(proxies)[..., :height, :width]
        return self.projection(self.norm(to_sequence(spread))), attention

    def grid_of_attention(self, grid: tuple[int, int]) -> tuple[int, int]:
        """Return the grid of what attends to each other where the tokens have ``grid``."""
        return grid if self.pool == "post" else (-(-grid[0] // WINDOW), -(-grid[1] // WINDOW))

    def _interact(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        tokens, attention = self.attention(to_sequence(grid))
        return tokens.mT.unflatten(-1, grid.shape[-2:]), attention


def make_proxies(grid: Tensor, kernel: int) -> Tensor:
    """Return one proxy a window, shape (B, D, ceil(h / 2), ceil(w / 2))."""
    return functional.avg_pool2d(grid, kernel, WINDOW, ceil_mode=True)


def to_sequence(grid: Tensor) -> Tensor:
    """Return the tokens of a map (B, D, h, w) row by row, shape (B, h * w, D)."""
    return grid.flatten(2).mT


def count_heads(features: int) -> int:
    """Return how many heads of at least 64 features a width divides into evenly."""
    return next(
        heads for heads in range(max(1, features // HEAD_WIDTH), 0, -1) if features % heads == 0
    )


def initialise_linear(linear: nn.Linear) -> None:
    """Draw the weight from a truncated normal distribution, as vision transformers do."""
    nn.init.trunc_normal_(linear.weight, std=0.02)
    nn.init.zeros_(linear.bias)
