"""HybridHash's own backbone: a NesT of timm with interaction modules between its levels.

The levels, the block aggregation and the names of all tensors stay timm's, so that the weights of
a NesT are those of this network wherever both have a tensor.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from engine.networks.hybridhash_blocks import InteractionModule, initialise
from engine.networks.views import Backbone, GridBackbone

LAST_DEPTH = 15  # HybridHash cuts the last level of NesT-Base and NesT-Small from 20 layers
HEAD_WIDTH = 32  # of every attention head of every NesT


def is_nest(backbone: Backbone) -> bool:
    """Whether a backbone is a NesT, at whatever size."""
    return isinstance(backbone.model, _nest())


def create_hybrid_nest(
    backbone: Backbone,
    *,
    depths: Sequence[int] | None,
    widths: Sequence[int] | None,
    drop_path: float,
    hh_compat: bool,
) -> Backbone:
    """Return a NesT changed to HybridHash's, with the weights it has.

    Args:
        backbone: A NesT; it is used up.
        depths: Layers of each level; by default its own, at most 15 in the last level.
        widths: Channels of each level; others than the backbone's start from random weights.
        drop_path: Share of skipped layers in training, rising from 0 to this in the last layer.
        hh_compat: Whether block tokens are formed as in the release.

    Raises:
        ValueError: A depth, a width or the share is impossible.
    """
    if not 0 <= drop_path < 1:
        raise ValueError(f"drop_path must be at least 0 and below 1, not {drop_path}")
    own_widths = [stage["num_chs"] for stage in backbone.model.feature_info]
    if widths is not None and list(widths) != own_widths:
        backbone = _other_widths(backbone, widths, depths)
    model = backbone.model
    _cut(model, depths)
    _drop_layers(model, drop_path)
    for before, level in zip(model.levels[:-1], model.levels[1:], strict=True):
        level.pool = _interaction(before, level, hh_compat)
    return backbone


def _nest() -> Any:
    return importlib.import_module("timm.models.nest").Nest


def _other_widths(
    backbone: Backbone, widths: Sequence[int], depths: Sequence[int] | None
) -> Backbone:
    levels = len(backbone.model.levels)
    if len(widths) != levels or any(width <= 0 or width % HEAD_WIDTH for width in widths):
        raise ValueError(f"widths must be {levels} multiples of {HEAD_WIDTH}, not {list(widths)}")
    model = _nest()(
        img_size=backbone.preprocessing.input_size,
        embed_dims=tuple(widths),
        num_heads=tuple(width // HEAD_WIDTH for width in widths),
        depths=_depths(backbone.model, depths),
        num_classes=0,
    )
    return GridBackbone(backbone.name, model, backbone.preprocessing)


def _cut(model: Any, depths: Sequence[int] | None) -> None:
    for level, depth in zip(model.levels, _depths(model, depths), strict=True):
        level.transformer_encoder = level.transformer_encoder[:depth]


def _depths(model: Any, depths: Sequence[int] | None) -> tuple[int, ...]:
    own = [len(level.transformer_encoder) for level in model.levels]
    if depths is None:
        return (*own[:-1], min(own[-1], LAST_DEPTH))
    fits = len(depths) == len(own) and all(
        1 <= depth <= most for depth, most in zip(depths, own, strict=True)
    )
    if not fits:
        raise ValueError(f"depths must be {len(own)} numbers of 1 to {own}, not {list(depths)}")
    return tuple(depths)


def _drop_layers(model: Any, drop_path: float) -> None:
    drop = importlib.import_module("timm.layers").DropPath
    layers = [layer for level in model.levels for layer in level.transformer_encoder]
    for layer, rate in zip(layers, torch.linspace(0, drop_path, len(layers)).tolist(), strict=True):
        layer.drop_path1 = drop(rate) if rate > 0 else nn.Identity()
        layer.drop_path2 = drop(rate) if rate > 0 else nn.Identity()


def _interaction(before: Any, level: Any, hh_compat: bool) -> InteractionModule:
    """Build the module between two levels from NesT's, with its convolution and norm."""
    channels, out_channels = level.pool.conv.in_channels, level.pool.conv.out_channels
    grid = math.isqrt(before.pos_embed.shape[1])
    module = InteractionModule(channels, out_channels, grid, hh_compat=hh_compat)
    initialise(module)
    # The convolution of the "jx" weights pads as TensorFlow does; at stride 1 that is the same.
    module.conv.load_state_dict(level.pool.conv.state_dict())
    module.norm.load_state_dict(level.pool.norm.state_dict())
    return module
