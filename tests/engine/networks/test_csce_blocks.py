from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from engine.networks.csce import CsceNet
from engine.networks.csce_blocks import (
    AtrousPyramid,
    SlidingWindows,
    SpatialAttention,
    remove_context,
    unfold_windows,
    window_sizes,
)
from engine.networks.views import Backbone
from tests.engine.reference import RELATIVE, case


def test_the_residual_is_that_of_the_reference() -> None:
    given, expected = case("G4 AIE residual")
    windows = torch.tensor([given["f_g (2 channels x 2 windows)"]], dtype=torch.float64)
    local = torch.tensor([given["f_l (2 channels x 3 positions)"]], dtype=torch.float64)
    found = remove_context(local, windows)
    wanted = expected["normalised by ||f_g||_F^2 (use this)"]
    close(found, wanted)
    # What the paper prints has no scale; it takes away ||f_g||^2 times as much.
    close(local - (local - found) * windows.square().sum(), expected["paper eq.3 as printed"])


def close(found: Tensor, wanted: list[list[float]]) -> None:
    expected = torch.tensor([wanted], dtype=torch.float64)
    torch.testing.assert_close(found, expected, rtol=RELATIVE, atol=1e-12)


def test_local_features_stay_where_there_is_no_context() -> None:
    local = torch.randn(2, 4, 5)
    assert torch.equal(remove_context(local, torch.zeros(2, 4, 3)), local)


def test_windows_are_those_of_the_reference() -> None:
    _, expected = case("G5 sliding windows (unfold k=2, s=1) of arange(9) as 3x3")
    found = unfold_windows(torch.arange(9.0).reshape(1, 1, 3, 3), 2)
    assert found[0].tolist() == expected["4 x 4 matrix, one window per column"]
    counts = expected["window counts 7x7 map"]
    deep = torch.zeros(1, 1, 7, 7)
    assert unfold_windows(deep, 2).shape[2] == counts["k=2"]
    assert unfold_windows(deep, 4).shape[2] == counts["k=4"]
    assert SlidingWindows(8, 32, (7, 7)).count == counts["total"]


@torch.inference_mode()
def test_small_windows_come_first() -> None:
    windows = SlidingWindows(8, 32, (5, 5))
    deep = torch.randn(2, 8, 5, 5)
    found = windows(deep)
    assert found.shape == (2, 32, 16 + 4) == (2, 32, windows.count)
    small, large = windows.reduce
    torch.testing.assert_close(found[:, :, 6], small(deep)[:, :, 1:3, 2:4].flatten(1))
    torch.testing.assert_close(found[:, :, 16 + 2], large(deep)[:, :, 1:5, 0:4].flatten(1))


def test_windows_fit_the_grid() -> None:
    found = [window_sizes(grid) for grid in ((7, 7), (4, 4), (3, 5), (2, 2), (1, 9))]
    assert found == [[2, 4], [2, 4], [2], [2], []]


@torch.inference_mode()
def test_attention_keeps_only_the_direction_of_features() -> None:
    attention = SpatialAttention(8, 0.1).eval()
    features = torch.randn(2, 8, 3, 4)
    weighted, score = attention(features)
    assert (score >= 0).all()
    torch.testing.assert_close(weighted.norm(dim=1, keepdim=True), score)
    transformed = attention.norm(attention.transform(features))
    direction = torch.nn.functional.cosine_similarity(weighted, transformed)
    torch.testing.assert_close(direction, torch.ones(2, 3, 4))


@torch.inference_mode()
def test_the_atrous_pyramid_sees_as_far_as_its_rates() -> None:
    pyramid = AtrousPyramid(8, (1, 2, 3))
    torch.nn.init.zeros_(pyramid.mean.weight)  # the mean sees everything
    torch.nn.init.ones_(pyramid.merge.bias)
    features = torch.randn(1, 8, 11, 11)
    moved = features.clone()
    moved[0, :, 5, 5] += 1
    changed = (pyramid(features) != pyramid(moved)).any(1)[0]
    offsets = {(r - 5, c - 5) for r, c in changed.nonzero().tolist()}
    expected = {(r * s, c * s) for s in (1, 2, 3) for r in (-1, 0, 1) for c in (-1, 0, 1)}
    assert offsets == expected


@pytest.mark.parametrize("size", [(7, 7), (3, 3)])
@torch.inference_mode()
def test_the_atrous_pyramid_keeps_the_shape(size: tuple[int, int]) -> None:
    assert AtrousPyramid(16, (6, 12, 18))(torch.randn(2, 16, *size)).shape == (2, 16, *size)


def test_convolutions_start_normal_with_the_fan_out(backbone: Backbone) -> None:
    network = CsceNet(backbone, 12, width=256)
    weight = network.pyramid.merge.weight
    assert weight.std().item() == pytest.approx(math.sqrt(2 / 256), rel=0.02)
    wide = network.attention.score.weight
    assert wide.std().item() == pytest.approx(math.sqrt(2), rel=0.2)


@pytest.fixture
def backbone() -> Backbone:
    from engine.networks.backbone import create_backbone

    return create_backbone("test_resnet", input_size=96)
