"""What a network tells of where in the picture its bits come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor


@dataclass(frozen=True)
class MapReading:
    """The outcome of one forward pass with a map for every bit, where the network has one.

    Attributes:
        logits: As in evaluation, shape (B, num_bits).
        kind: "exact" where the parts and the constants add up to the logits, "attention" where
            the parts say what was looked at.
        parts: By name, shape (B, num_bits, h, w), each on a grid of its own over the whole
            picture; empty if the network can only be asked from outside (gradients, occlusion).
        constants: Of exact maps, by name: shares of the logits without a place, (B, num_bits).
        views: Unsigned maps that belong to no single bit, by name, shape (B, h, w).
    """

    logits: Tensor
    kind: Literal["exact", "attention"] = "exact"
    parts: Mapping[str, Tensor] = field(default_factory=dict)
    constants: Mapping[str, Tensor] = field(default_factory=dict)
    views: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def maps(self) -> Tensor | None:
        """The sum of the parts on the finest of their grids, shape (B, num_bits, h, w)."""
        if not self.parts:
            return None
        height, width = max(tuple(part.shape[-2:]) for part in self.parts.values())
        return torch.stack([spread(part, height, width) for part in self.parts.values()]).sum(0)


def on_grid(values: Tensor, grid: tuple[int, int]) -> Tensor:
    """Return values of places row by row (..., h * w) on their grid, (..., h, w)."""
    return values.reshape(*values.shape[:-1], *grid)


def spread(maps: Tensor, height: int, width: int) -> Tensor:
    """Return maps (..., h, w) on another grid over the same picture, (..., height, width).

    Each cell shares its value evenly among the cells it covers, so that sums stay as they are.
    """
    if maps.shape[-2:] == (height, width):
        return maps
    rows = _overlap(maps.shape[-2], height, maps)
    columns = _overlap(maps.shape[-1], width, maps)
    return rows @ maps @ columns.mT


def _overlap(old: int, new: int, like: Tensor) -> Tensor:
    """Return which share of each old cell lies in each new one, shape (new, old)."""
    own = torch.arange(old, dtype=like.dtype, device=like.device) / old
    other = torch.arange(new, dtype=like.dtype, device=like.device)[:, None] / new
    ends = torch.minimum(own + 1 / old, other + 1 / new)
    return (ends - torch.maximum(own, other)).clamp(min=0) * old
