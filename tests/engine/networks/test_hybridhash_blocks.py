from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from engine.networks.hybridhash_blocks import BlockTokenAttention, HashLayer, InteractionModule


def attention(channels: int, grid: int, *, hh_compat: bool = False) -> BlockTokenAttention:
    module = BlockTokenAttention(channels, grid, hh_compat=hh_compat)
    torch.nn.init.normal_(module.pos_embed)
    return module


def literal_attention(module: BlockTokenAttention, tokens: Tensor) -> Tensor:
    """Multi-head attention, head by head; a head's channels end up a head count apart."""
    channels, heads = tokens.shape[-1], module.num_heads
    width = channels // heads
    query, key, value = module.qkv(tokens).split(channels, dim=-1)
    merged = torch.empty_like(tokens)
    for head in range(heads):
        part = slice(head * width, (head + 1) * width)
        scores = query[..., part] @ key[..., part].transpose(1, 2) / width**0.5
        merged[..., head::heads] = scores.softmax(-1) @ value[..., part]
    return module.proj(merged)


@torch.inference_mode()
def test_block_tokens_attend_to_each_other() -> None:
    module = attention(24, 2)
    features = torch.randn(3, 24, 6, 6)
    blocks = features.unfold(2, 3, 3).unfold(3, 3, 3).mean((4, 5))  # (batch, channels, 2, 2)
    tokens = torch.stack([blocks[:, :, row, column] for row in (0, 1) for column in (0, 1)], dim=1)
    result = literal_attention(module, tokens + module.pos_embed)
    grid = torch.stack([result[:, :2], result[:, 2:]], dim=1).permute(0, 3, 1, 2)
    expected = functional.interpolate(grid, scale_factor=3.0, mode="bilinear", align_corners=False)
    torch.testing.assert_close(module(features), expected)


@torch.inference_mode()
def test_the_release_mixes_channels_and_places() -> None:
    module = attention(24, 2, hh_compat=True)
    features = torch.randn(3, 24, 2, 2)
    mixed = features.flatten(1).view(3, 4, 24)  # the memory of channels first, cut into four
    result = literal_attention(module, mixed + module.pos_embed)
    expected = result.view(3, 2, 2, 24).permute(0, 3, 1, 2)
    torch.testing.assert_close(module(features), expected)
    module.hh_compat = False
    assert not torch.allclose(module(features), expected)


@torch.inference_mode()
def test_the_memory_layout_of_a_map_does_not_matter() -> None:
    features = torch.randn(2, 16, 8, 8)
    for hh_compat in (False, True):
        module = attention(16, 4, hh_compat=hh_compat)
        last = module(features.contiguous(memory_format=torch.channels_last))
        torch.testing.assert_close(last, module(features))


def test_one_token_is_its_value_everywhere_and_query_and_key_stay_without_influence() -> None:
    module = attention(16, 1)
    features = torch.randn(2, 16, 5, 5)
    result = module(features)
    value = module.qkv.weight[32:] @ (features.mean((2, 3)) + module.pos_embed[0]).T
    merged = value.T.view(2, 8, 2).transpose(1, 2).flatten(1)
    torch.testing.assert_close(result, module.proj(merged)[:, :, None, None].expand(2, 16, 5, 5))
    result.square().sum().backward()
    assert module.qkv.weight.grad is not None
    assert module.qkv.weight.grad[:32].abs().max() < 1e-5 < module.qkv.weight.grad[32:].abs().max()


@pytest.mark.parametrize(("channels", "heads"), [(512, 8), (20, 4), (33, 1)])
def test_any_width_has_heads_that_divide_it(channels: int, heads: int) -> None:
    assert BlockTokenAttention(channels, 1).num_heads == heads


@pytest.mark.parametrize(("side", "half"), [(14, 7), (13, 7), (3, 2), (1, 1)])
def test_maps_of_any_size_are_halved(side: int, half: int) -> None:
    features = torch.randn(2, 16, side, side)
    assert InteractionModule(16, 24, 4)(features).shape == (2, 24, half, half)
    assert HashLayer(16, 12)(features).shape == (2, 12, half, half)
