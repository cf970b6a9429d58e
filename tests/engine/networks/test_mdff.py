from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from engine.networks.backbone import create_backbone
from engine.networks.mdff import MapLevel, Mdff
from tests.engine.networks.small_backbones import BITS, REAL, SMALL
from tests.engine.networks.test_vgg import small as small_vgg

EVERY = [*SMALL, *(pytest.param(*entry, marks=pytest.mark.slow) for entry in REAL)]


@pytest.mark.parametrize(("name", "side"), EVERY)
@pytest.mark.parametrize("fusion", ["concat", "per_level"])
def test_works_on_every_kind_of_backbone(name: str, side: int, fusion: Any) -> None:
    check(Mdff(create_backbone(name, input_size=side), 12, fusion=fusion), side)


@pytest.mark.parametrize("fusion", ["concat", "per_level"])
def test_works_on_vggs(fusion: Any) -> None:
    check(Mdff(small_vgg(), 12, fusion=fusion), 64)


def check(network: Mdff, side: int) -> None:
    """Gradients everywhere, and rows of a batch that do not depend on each other."""
    assert len(network.state_dict()["hash_layer.weight"]) == 12
    images = torch.randn(3, 3, side, side)
    network(images).logits.square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []
    network.eval()
    with torch.inference_mode():
        together = network(images).logits
        alone = torch.cat([network(image[None]).logits for image in images])
        assert together.shape == (3, 12)
        torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("num_bits", BITS)
@torch.inference_mode()
def test_codes_may_have_any_length(num_bits: int) -> None:
    network = Mdff(create_backbone("test_resnet"), num_bits).eval()
    assert (network.num_bits, network.train_width) == (num_bits, num_bits)
    assert network(torch.zeros(1, 3, 64, 64)).logits.shape == (1, num_bits)


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_has_the_parameters_of_the_specification() -> None:
    with torch.device("meta"):
        network = Mdff(create_backbone("resnet50"), 48)
    parts = (network.maps, network.vector, network.fuse, network.hash_layer)
    assert [count(part) for part in parts] == [919_808, 2_098_176, 1_836_032, 1025 * 48]
    assert count(network) == count(network.backbone) + sum(map(count, parts))


def test_a_vgg_brings_its_own_first_layer() -> None:
    with torch.device("meta"):
        network = Mdff(create_backbone("vgg19"), 16)
        levels = network.backbone.levels(torch.zeros(1, 3, 224, 224))
    assert [tuple(level.shape[1:]) for level in levels] == [
        *((256, 56, 56), (512, 28, 28), (512, 14, 14), (4096,))
    ]
    assert count(network.vector) == 4096 * 1024 + 1024
    names = {name for name, _ in network.backbone.named_parameters() if "pre_logits" in name}
    assert names == {"model.pre_logits.fc1.weight", "model.pre_logits.fc1.bias"}


@torch.inference_mode()
def test_a_level_is_the_mean_of_its_reduced_map() -> None:
    level = MapLevel(5).eval()
    features = torch.randn(2, 5, 3, 4)
    conv = level.reduce[0]
    pixels = torch.einsum("oc,bchw->bohw", conv.weight[:, :, 0, 0], features)
    pixels = (pixels + conv.bias[:, None, None]).div((1 + 1e-5) ** 0.5).clamp(min=0)
    torch.testing.assert_close(level(features), pixels.mean((2, 3)))


@torch.inference_mode()
def test_concatenated_levels_pass_a_hidden_layer() -> None:
    network = Mdff(create_backbone("test_resnet"), 12).eval()
    images = torch.randn(2, 3, 64, 64)
    joined = torch.cat(network.reduce(network.backbone.levels(images)), dim=1)
    assert joined.shape == (2, 1792)
    hidden = torch.relu(joined @ network.fuse[0].weight.T + network.fuse[0].bias)
    expected = hidden @ network.hash_layer.weight.T + network.hash_layer.bias
    torch.testing.assert_close(network(images).logits, expected)


@torch.inference_mode()
def test_level_heads_are_averaged() -> None:
    network = Mdff(create_backbone("test_resnet"), 12, fusion="per_level").eval()
    nn.init.normal_(network.hash_layer.bias)
    images = torch.randn(2, 3, 64, 64)
    levels = network.backbone.levels(images)
    heads = []
    start = 0
    for vector in network.reduce(levels):
        weight = network.hash_layer.weight[:, start : start + vector.shape[1]]
        heads.append(vector @ weight.T + network.hash_layer.bias)
        start += vector.shape[1]
    assert start == 1792
    torch.testing.assert_close(network(images).logits, torch.stack(heads).mean(0))


def test_starts_with_small_weights_and_no_tilt() -> None:
    network = Mdff(create_backbone("test_resnet"), 64)
    for linear in (network.vector[0], network.fuse[0], network.hash_layer):
        assert linear.weight.std().item() == pytest.approx(0.01, rel=0.05)
        assert not linear.bias.any()


def test_an_unknown_fusion_is_refused() -> None:
    with pytest.raises(ValueError, match="'concat' or 'per_level', not 'sum'"):
        Mdff(create_backbone("test_resnet"), 12, fusion="sum")  # type: ignore[arg-type]
