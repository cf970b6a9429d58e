"""The parts of CSCE-Net: sliding windows, atrous pyramid, self-attention, residual of context.

Xue et al., Cross-Scale Context Extracted Hashing for Fine-Grained Image Binary Encoding,
ACML 2022, section 3. The local branch is that of DOLG (Yang et al., ICCV 2021).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class SlidingWindows(nn.Module):
    """The global branch: every 2 x 2 and every 4 x 4 window of the deep map as one vector.

    A map of fewer than four rows or columns has no 4 x 4 windows.

    Args:
        channels: Of the deep map.
        width: Of a window's vector, a multiple of 16.
        grid: Height and width of the deep map, 2 at least.
    """

    def __init__(self, channels: int, width: int, grid: tuple[int, int]) -> None:
        super().__init__()
        self.grid = grid
        self.sizes = window_sizes(grid)
        self.reduce = nn.ModuleList(nn.Conv2d(channels, width // s**2, 1) for s in self.sizes)
        self.count = sum((grid[0] - s + 1) * (grid[1] - s + 1) for s in self.sizes)

    def forward(self, coarse: Tensor) -> Tensor:
        """Return one column a window, shape (batch, width, count), small windows first."""
        pairs = zip(self.reduce, self.sizes, strict=True)
        return torch.cat([unfold_windows(reduce(coarse), s) for reduce, s in pairs], dim=2)

    def paint(self, shares: Tensor) -> Tensor:
        """Return values of the windows (B, n, count) spread over their cells, (B, n, h, w)."""
        height, width = self.grid
        painted = shares.new_zeros(*shares.shape[:2], height, width)
        counts = [(height - size + 1) * (width - size + 1) for size in self.sizes]
        for size, values in zip(self.sizes, torch.split(shares, counts, dim=2), strict=True):
            cells = (values / size**2).repeat_interleave(size**2, dim=1)
            painted = painted + functional.fold(cells, self.grid, size)
        return painted


class AtrousPyramid(nn.Module):
    """Convolutions of several dilations side by side, and the mean of the map (ASPP).

    The paper has it, the released code does not.

    Args:
        width: Channels, in and out.
        rates: Dilations of the three 3 x 3 convolutions.
    """

    def __init__(self, width: int, rates: Sequence[int]) -> None:
        super().__init__()
        half = width // 2
        self.point = nn.Conv2d(width, half, 1)
        self.dilated = nn.ModuleList(
            nn.Conv2d(width, half, 3, padding=rate, dilation=rate) for rate in rates
        )
        self.mean = nn.Conv2d(width, half, 1)
        self.merge = nn.Conv2d(half * (len(rates) + 2), width, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return a map of the same shape."""
        mean = self.mean(features.mean((2, 3), keepdim=True)).relu()
        branches = [self.point(features), *(layer(features) for layer in self.dilated)]
        branches.append(mean.expand(-1, -1, *features.shape[-2:]))
        merged: Tensor = self.merge(torch.cat(branches, dim=1))
        return merged.relu()


class SpatialAttention(nn.Module):
    """Says how much each position matters; the features themselves keep only their direction.

    Args:
        width: Channels, in and out.
        momentum: Of the normalisation's running statistics.
    """

    def __init__(self, width: int, momentum: float) -> None:
        super().__init__()
        self.transform = nn.Conv2d(width, width, 1)
        self.norm = nn.BatchNorm2d(width, momentum=momentum)
        self.score = nn.Conv2d(width, 1, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return weighted features (batch, width, h, w) and scores >= 0 (batch, 1, h, w)."""
        transformed = self.norm(self.transform(features))
        score = functional.softplus(self.score(transformed.relu()))
        return score * functional.normalize(transformed, dim=1), score


def window_sizes(grid: tuple[int, int]) -> list[int]:
    """Return the sides of the windows that fit into a grid, of 2 and 4."""
    return [size for size in (2, 4) if size <= min(grid)]


def unfold_windows(features: Tensor, size: int) -> Tensor:
    """Return all square windows of a map, one a column, shape (batch, channels * size², windows).

    Windows follow each other row by row, at a step of one.
    """
    return functional.unfold(features, size)


def remove_context(local: Tensor, context: Tensor) -> Tensor:
    """Return local features less what the windows already tell (equation 3).

    Divided by the squared Frobenius norm of the windows, as in the released code: as printed, the
    equation grows with the square of the features.

    Args:
        local: Shape (batch, channels, positions).
        context: Windows, shape (batch, channels, windows).
    """
    energy = context.pow(2).sum((1, 2), keepdim=True)
    told = context @ (context.transpose(1, 2) @ local)
    return local - told / energy.clamp(min=torch.finfo(energy.dtype).tiny)
