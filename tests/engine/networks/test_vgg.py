from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.networks.backbone import create_backbone
from engine.networks.timm_import import load_timm
from engine.networks.vgg import VggBackbone
from engine.preprocessing import Preprocessing

SQUARE = Preprocessing(64, 1.0, "bicubic", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def small() -> VggBackbone:
    """A VGG-11 with an eighth of the hidden features."""
    timm = load_timm()
    plan = timm.models.vgg.cfgs["vgg11"]
    return VggBackbone("vgg11", timm.models.vgg.VGG(plan, num_classes=0, mlp_ratio=0.125), SQUARE)


def test_vggs_are_recognised() -> None:
    with torch.device("meta"):
        backbone = create_backbone("vgg19")
    assert isinstance(backbone, VggBackbone)
    assert backbone.level_features == (256, 512, 512, 4096)


@pytest.mark.parametrize("side", [64, 224])
@torch.inference_mode()
def test_levels_are_taken_before_the_poolings_and_behind_fc1(side: int) -> None:
    backbone = small().eval()
    backbone.use_levels()
    images = torch.randn(2, 3, side, side)
    ends: list[torch.Tensor] = []
    current = images
    for layer in backbone.model.features:
        if isinstance(layer, nn.MaxPool2d):
            ends.append(current.clone())
        current = layer(current)
    hidden = backbone.model.pre_logits.fc1
    resized = functional.adaptive_avg_pool2d(current, 7)
    vector = functional.relu(hidden.weight.flatten(1) @ resized.flatten(1).T).T  # its bias is 0
    assert not hidden.bias.any()
    for found, expected in zip(backbone.levels(images), (*ends[2:], vector), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert [found.shape[-1] for found in backbone.levels(images)[:3]] == [
        side // stride for stride in (4, 8, 16)
    ]


def test_no_parameter_is_left_over() -> None:
    backbone = small()
    backbone.use_levels()
    sum(part.square().sum() for part in backbone.levels(torch.randn(2, 3, 64, 64))).backward()
    assert [name for name, p in backbone.named_parameters() if p.grad is None] == []


@torch.inference_mode()
def test_other_views_are_those_of_any_grid() -> None:
    backbone = small().eval()
    backbone.use_stem()
    backbone.use_maps_only()
    stem, cls, grid = backbone.stem_and_tokens(torch.randn(2, 3, 64, 64))
    assert (stem.shape, cls.shape, grid.shape) == ((2, 512, 4, 4), (2, 512), (2, 512, 4, 4))
