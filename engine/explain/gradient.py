"""Grad-CAM: where a small change of the last map would change a bit, for any network."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from engine.networks.output import HashNetwork
from engine.networks.reading import on_grid
from engine.networks.views import Backbone, TokenBackbone


def last_map_layer(backbone: Backbone) -> nn.Module | None:
    """Return the layer whose output is the last that still has places, None if it is unknown.

    Of a transformer with a class token it is the last block but one: behind it, a head may read
    the class token only.
    """
    if isinstance(backbone, TokenBackbone):
        blocks = backbone.model.blocks
        layer: nn.Module | None = blocks[-2] if len(blocks) > 1 else None
        return layer
    info = getattr(backbone.model, "feature_info", None)
    if not info:
        return None
    last = max(info, key=lambda stage: stage["reduction"])
    # Of stages with equal stride the last one sees the most.
    name = [s["module"] for s in info if s["reduction"] == last["reduction"]][-1]
    return dict(backbone.model.named_modules()).get(name)


def gradient_maps(network: HashNetwork, images: Tensor, bits: Sequence[int]) -> Tensor:
    """Return signed Grad-CAM maps of logits, shape (len(bits), h, w), for one image.

    Channels of the last map are weighed by the mean of their gradient; the negative part is kept,
    as a bit may as well be off.

    Args:
        network: In evaluation; :func:`last_map_layer` of its backbone is known.
        images: One normalised image, shape (1, 3, height, width).
        bits: Which logits.
    """
    layer = last_map_layer(network.backbone)
    assert layer is not None
    kept: list[Tensor] = []
    with torch.enable_grad(), _detached_at(layer, kept):
        logits = network(images).logits[0].unbind()
    maps = []
    for bit in bits:
        (gradient,) = torch.autograd.grad(logits[bit], kept[-1], retain_graph=True)
        maps.append(_weighed(network.backbone, kept[-1].detach(), gradient, images))
    return torch.stack(maps)


@contextlib.contextmanager
def _detached_at(layer: nn.Module, kept: list[Tensor]) -> Iterator[None]:
    """Let the graph begin at the output of a layer, which is kept."""

    def begin(_layer: nn.Module, _given: Any, output: Tensor) -> Tensor:
        start = output.detach().clone().requires_grad_()
        kept.append(start)
        return start * 1  # layers behind it may work in place

    hook = layer.register_forward_hook(begin)
    try:
        yield
    finally:
        hook.remove()


def _weighed(backbone: Backbone, values: Tensor, gradient: Tensor, images: Tensor) -> Tensor:
    if isinstance(backbone, TokenBackbone):
        prefix = int(backbone.model.num_prefix_tokens)
        height, width = backbone.model.patch_embed.dynamic_feat_size(images.shape[-2:])
        weights = gradient[:, prefix:].mean(1, keepdim=True)
        return on_grid((weights * values[:, prefix:]).sum(-1), (int(height), int(width)))[0]
    if values.shape[1] != backbone.token_features:  # Swin keeps the channels last
        values, gradient = values.movedim(-1, 1), gradient.movedim(-1, 1)
    return (gradient.mean((2, 3), keepdim=True) * values).sum(1)[0]
