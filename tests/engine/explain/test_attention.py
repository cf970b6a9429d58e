"""Attention is read as the transformer computed it, and followed through its layers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.explain.attention import AttentionRecorder, roll_out
from engine.networks.backbone import create_backbone
from engine.networks.views import Backbone


def slow_rollout(matrices: list[Tensor]) -> list[list[float]]:
    """Abnar and Zuidema, written out: half of the attention, half of the token itself."""
    size = len(matrices[0])
    result = [[float(i == j) for j in range(size)] for i in range(size)]
    for matrix in matrices:
        mixed = [
            [0.5 * float(matrix[i][j]) + 0.5 * (i == j) for j in range(size)] for i in range(size)
        ]
        mixed = [[value / sum(row) for value in row] for row in mixed]
        result = [
            [sum(mixed[i][k] * result[k][j] for k in range(size)) for j in range(size)]
            for i in range(size)
        ]
    return result


def test_rollout_has_the_numbers_of_the_specification() -> None:
    """Case M2 of the reference cases."""
    first = torch.tensor([[0.5, 0.25, 0.25], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]])
    second = torch.tensor([[0.2, 0.5, 0.3], [0.3, 0.3, 0.4], [0.0, 0.5, 0.5]])
    expected = [[0.4825, 0.2825, 0.235], [0.1875, 0.54875, 0.26375], [0.0625, 0.2375, 0.7]]
    (found,) = roll_out([first[None], second[None]])
    torch.testing.assert_close(found, torch.tensor(expected))
    torch.testing.assert_close(torch.tensor(slow_rollout([first, second])), found)


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_rollout_is_the_product_written_out(layers: int) -> None:
    matrices = [torch.rand(2, 6, 6).softmax(-1) for _ in range(layers)]
    found = roll_out(matrices)
    torch.testing.assert_close(found.sum(-1), torch.ones(2, 6))
    for index in range(2):
        expected = torch.tensor(slow_rollout([matrix[index] for matrix in matrices]))
        torch.testing.assert_close(found[index], expected)


def watched_weights(backbone: Backbone, images: Tensor) -> list[Tensor]:
    """The weights themselves, where attention is told to make them."""
    seen: list[Tensor] = []
    for module in backbone.model.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = False
            module.attn_drop.register_forward_hook(lambda _m, _i, out: seen.append(out))
    backbone.model.forward_features(images)
    return seen


@pytest.mark.parametrize(
    ("name", "side"),
    [("test_vit", 96), pytest.param("vit_tiny_patch16_224", 97, marks=pytest.mark.slow)],
)
@torch.inference_mode()
def test_the_class_token_looks_where_the_network_let_it(name: str, side: int) -> None:
    backbone = create_backbone(name, input_size=side).eval()
    images = torch.randn(2, 3, side, side)
    recorder = AttentionRecorder(backbone)
    with recorder.recording() as kept:
        fused = backbone.model.forward_features(images)
    found = recorder.views(kept, images)
    weights = list(watched_weights(backbone, images))
    torch.testing.assert_close(backbone.model.forward_features(images), fused)
    assert all(torch.allclose(each.sum(-1), torch.ones(())) for each in weights)
    expected = weights[-1].mean(1)[:, 0, 1:]
    torch.testing.assert_close(found["class token"].flatten(1), expected)
    rolled = torch.tensor(slow_rollout([each.mean(1)[1] for each in weights]))
    torch.testing.assert_close(found["rollout"][1].flatten(), rolled[0, 1:], rtol=1e-4, atol=1e-6)


@torch.inference_mode()
def test_without_a_class_token_the_mean_of_the_patches_counts() -> None:
    backbone = create_backbone("test_vit4", input_size=96).eval()
    images = torch.randn(1, 3, 96, 96)
    recorder = AttentionRecorder(backbone)
    with recorder.recording() as kept:
        backbone.model.forward_features(images)
    prefix = backbone.model.num_prefix_tokens
    expected = watched_weights(backbone, images)[-1].mean(1)[:, prefix:, prefix:].mean(1)
    torch.testing.assert_close(recorder.views(kept, images)["class token"].flatten(1), expected)


@torch.inference_mode()
def test_a_nest_has_the_attention_of_its_last_layer() -> None:
    backbone = create_backbone("nest_tiny", input_size=64).eval()
    images = torch.randn(1, 3, 64, 64)
    recorder = AttentionRecorder(backbone)
    with recorder.recording() as kept:
        backbone.model.forward_features(images)
    (name, found), *others = recorder.views(kept, images).items()
    assert (name, others) == ("last layer", [])
    side = backbone.pooled_and_map(images)[1].shape[-1]
    assert found.shape == (1, side, side)
    expected = watched_weights(backbone, images)[-1].mean((1, 3))
    torch.testing.assert_close(found.flatten(), expected.flatten())


@pytest.mark.parametrize("name", ["test_resnet", "test_convnext", "test_efficientnet"])
@torch.inference_mode()
def test_what_has_no_attention_says_so(name: str) -> None:
    backbone = create_backbone(name).eval()
    recorder = AttentionRecorder(backbone)
    images = torch.randn(1, 3, 64, 64)
    with recorder.recording() as kept:
        backbone.pooled(images)
    assert not recorder.readable
    assert recorder.views(kept, images) == {}


def test_attention_of_another_kind_is_not_mistaken_for_the_standard_one() -> None:
    backbone = create_backbone("test_vit", input_size=96)

    class Rotated(nn.Module):
        qkv = nn.Linear(2, 6)

    blocks: Any = backbone.model.blocks
    blocks[1].attn = Rotated()
    assert not AttentionRecorder(backbone).readable


@torch.inference_mode()
def test_nothing_is_kept_of_a_pass_that_was_not_recorded() -> None:
    backbone = create_backbone("test_vit", input_size=96).eval()
    recorder = AttentionRecorder(backbone)
    with recorder.recording() as kept:
        backbone.pooled(torch.zeros(1, 3, 96, 96))
    before = recorder.views(kept, torch.zeros(1, 3, 96, 96))["rollout"]
    images = torch.randn(1, 3, 96, 96)
    backbone.pooled(images)
    torch.testing.assert_close(recorder.views(kept, images)["rollout"], before)
