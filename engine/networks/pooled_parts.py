"""Which place of the last map gave which share of a backbone's pooled features."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.networks.views import Backbone


class PooledParts(NamedTuple):
    """Pooled features as a sum over places.

    Attributes:
        pooled: Shape (B, num_features).
        parts: Share of each place, shape (B, num_features, h, w), or None where the features are
            no sum of such shares (a class token, layers behind the pooling that bend).
        rest: What no place gives, such that ``parts.sum((2, 3)) + rest`` is ``pooled``.
    """

    pooled: Tensor
    parts: Tensor | None
    rest: Tensor


def pooled_parts(backbone: Backbone, images: Tensor) -> PooledParts:
    """Return the pooled features of images with the shares of the places they came from.

    Works for backbones that take the mean of their last map, with or without a norm behind
    it, whose scale counts as given by the picture. That the shares add up is checked on the
    images themselves, for architectures are too many to know them all.
    """
    pooled, last = backbone.pooled_and_map(images)
    shares = last / (last.shape[-2] * last.shape[-1])
    mean = shares.sum((2, 3))
    if _equal(mean, pooled):
        return PooledParts(pooled, shares, pooled - mean)
    for norm in _norms_behind_pooling(backbone):
        centred = shares - shares.mean(1, keepdim=True) if norm.centres else shares
        values = centred.sum((2, 3))
        scale = norm.weight * (values.square().mean(1, keepdim=True) + norm.eps).rsqrt()
        if _equal(values * scale + norm.bias, pooled):
            return PooledParts(
                pooled, centred * scale[..., None, None], norm.bias.expand_as(pooled)
            )
    return PooledParts(pooled, None, pooled)


class _Norm(NamedTuple):
    centres: bool
    weight: Tensor
    bias: Tensor
    eps: float


def _norms_behind_pooling(backbone: Backbone) -> list[_Norm]:
    """Return the norms that ViTs (``fc_norm``) and ConvNeXts (``head.norm``) of timm have there."""
    head = getattr(backbone.model, "head", None)
    found = []
    for norm in (getattr(backbone.model, "fc_norm", None), getattr(head, "norm", None)):
        weight, bias = getattr(norm, "weight", None), getattr(norm, "bias", None)
        if isinstance(weight, Tensor) and weight.shape == (backbone.num_features,):
            shift = torch.zeros_like(weight) if bias is None else bias
            centres = isinstance(norm, nn.LayerNorm)  # others take the mean square as it is
            found.append(_Norm(centres, weight, shift, float(getattr(norm, "eps", None) or 0.0)))
    return found


def _equal(found: Tensor, expected: Tensor) -> bool:
    if found.shape != expected.shape:
        return False
    scale = float(expected.detach().abs().max())
    return bool(torch.allclose(found, expected, rtol=1e-4, atol=1e-5 * scale))
