"""What a vision transformer attended to: read from its own projections during a forward pass."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from engine.networks.hybridhash_nest import is_nest
from engine.networks.reading import on_grid
from engine.networks.views import Backbone, TokenBackbone


class AttentionRecorder:
    """Keeps what the blocks of a backbone attended to while the block runs.

    Fused attention never makes the weights; they are made again from the queries and keys that
    the forward pass computed anyway, so that they cost a fraction of it.

    Args:
        backbone: Of any kind; :attr:`readable` says whether there is anything to read.
    """

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._layers = _attention_layers(backbone)

    @property
    def readable(self) -> bool:
        """Whether the backbone has attention that can be drawn over the whole picture."""
        return bool(self._layers)

    @contextlib.contextmanager
    def recording(self) -> Iterator[list[Tensor]]:
        """Keep the projections of a forward pass inside the block, those of each layer."""
        projections: list[Tensor] = []
        hooks = [
            layer.qkv.register_forward_hook(partial(_keep, projections)) for layer in self._layers
        ]
        try:
            yield projections
        finally:
            for hook in hooks:
                hook.remove()

    def views(self, projections: Sequence[Tensor], images: Tensor) -> dict[str, Tensor]:
        """Return the maps of images, by name, shape (B, h, w).

        "class token" is the last block's attention of the class token, mean of the heads;
        "rollout" follows it through all blocks. Models without a class token take the mean over
        their tokens instead, and so does "last layer", of a NesT.

        Args:
            projections: What :meth:`recording` kept of their pass.
            images: What the pass was given.
        """
        matrices = [
            _weights(layer, kept) for layer, kept in zip(self._layers, projections, strict=True)
        ]
        if not matrices:
            return {}
        if not isinstance(self._backbone, TokenBackbone):
            row = matrices[-1].mean(1)
            side = math.isqrt(row.shape[-1])
            return {"last layer": on_grid(row, (side, side))}
        found = {"class token": matrices[-1], "rollout": roll_out(matrices)}
        return {name: self._row(matrix, images) for name, matrix in found.items()}

    def _row(self, matrix: Tensor, images: Tensor) -> Tensor:
        model = self._backbone.model
        prefix = int(model.num_prefix_tokens)
        has_class_token = getattr(model, "cls_token", None) is not None
        row = matrix[:, 0] if has_class_token else matrix[:, prefix:].mean(1)
        height, width = model.patch_embed.dynamic_feat_size(images.shape[-2:])
        return on_grid(row[:, prefix:], (int(height), int(width)))


def _keep(kept: list[Tensor], _layer: nn.Module, _given: Any, projected: Tensor) -> None:
    kept.append(projected)


def roll_out(matrices: list[Tensor]) -> Tensor:
    """Follow attention through all blocks (Abnar and Zuidema 2020), shape (B, n, n).

    Half of what a token holds counts as its own, for the path around the attention.

    Args:
        matrices: Of each block, the first one first, rows summing to 1, shape (B, n, n).
    """
    own = torch.eye(matrices[0].shape[-1]).to(matrices[0])
    result = own
    for matrix in matrices:
        mixed = (matrix + own) / 2
        result = mixed / mixed.sum(-1, keepdim=True) @ result
    return result


def _weights(layer: Any, projected: Tensor) -> Tensor:
    """Return the attention of a layer, mean of its heads, shape (B, n, n), from its projection."""
    batch, *_, tokens, _ = projected.shape  # a NesT has its one block between them
    parts = projected.reshape(batch, tokens, 3, layer.num_heads, -1).permute(2, 0, 3, 1, 4)
    queries, keys = parts[0], parts[1]
    if hasattr(layer, "q_norm"):
        queries, keys = layer.q_norm(queries), layer.k_norm(keys)
    return torch.softmax(queries * layer.scale @ keys.mT, dim=-1).mean(1)


def _attention_layers(backbone: Backbone) -> list[Any]:
    """Return the attention of each block, or nothing if one of them is of another kind.

    Of a NesT, that of the last layer: only there all places are in one block.
    """
    model = backbone.model
    if is_nest(backbone) and model.levels[-1].pos_embed.shape[1] == 1:
        return [model.levels[-1].transformer_encoder[-1].attn]
    if not isinstance(backbone, TokenBackbone):
        return []
    layers = [getattr(block, "attn", None) for block in model.blocks]
    # Kinds with positions inside the attention (RoPE, relative biases) have other names.
    return layers if all(type(layer).__name__ == "Attention" for layer in layers) else []
