"""Grad-CAM of any network, and occlusion, against the same written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from engine.explain.captions import describe_bit_map
from engine.explain.gradient import gradient_maps, last_map_layer
from engine.explain.occlusion import CELLS, PARTS, RIDGE, ROUNDS, draw_masks, occlusion_maps
from engine.methods import create_method
from engine.networks.backbone import create_backbone
from engine.search.encode import Encoder
from tests.engine.explain.conftest import MakeEncoder
from tests.engine.networks.small_backbones import REAL, SMALL

EVERY = [*SMALL, *(pytest.param(*entry, marks=pytest.mark.slow) for entry in REAL)]
OPTIONS: dict[str, dict[str, Any]] = {
    "itq": {},
    "foodhash": {},
    "queryopt": {"width": 32, "hidden": 48},
    "csce": {"width": 32},
    "hybridhash": {},
    "mdff": {},
}


@pytest.mark.parametrize(("name", "side"), EVERY)
@pytest.mark.parametrize("method", OPTIONS)
def test_every_network_can_be_asked_from_outside(method: str, name: str, side: int) -> None:
    network = create_method(
        method, backbone=name, num_bits=6, input_size=side, options=OPTIONS[method]
    ).eval()
    maps = gradient_maps(network, torch.randn(1, 3, side, side), [4, 0])
    assert maps.shape[0] == 2
    assert maps.isfinite().all()
    assert maps.abs().amax((1, 2)).min() > 0
    assert not maps.requires_grad
    assert all(parameter.grad is None for parameter in network.parameters())


@torch.no_grad()
def test_behind_a_mean_it_is_the_exact_map_without_its_constant() -> None:
    network = create_method("itq", backbone="test_resnet", num_bits=6).eval()
    network.hash_layer.bias.zero_()
    images = torch.randn(1, 3, 96, 96)
    expected = network.explain(images).maps
    assert expected is not None
    torch.testing.assert_close(gradient_maps(network, images, range(6)), expected[0])


def test_channels_are_weighed_by_their_mean_gradient() -> None:
    network: Any = create_method(
        "queryopt", backbone="test_resnet", num_bits=6, options=OPTIONS["queryopt"]
    ).eval()
    images = torch.randn(1, 3, 64, 64)
    coarse: list[torch.Tensor] = []
    network.backbone.model.layer4.register_forward_hook(lambda _m, _i, out: coarse.append(out))
    logits = network(images).logits
    (gradient,) = torch.autograd.grad(logits[0, 2], coarse[0])
    expected = (gradient.mean((2, 3), keepdim=True) * coarse[0]).sum(1)
    torch.testing.assert_close(gradient_maps(network, images, [2]), expected.detach())


def test_a_transformer_is_asked_before_its_class_token_is_all_that_counts() -> None:
    backbone = create_backbone("test_vit", input_size=96)
    assert last_map_layer(backbone) is backbone.model.blocks[-2]


def test_a_new_hash_layer_has_other_maps() -> None:
    network: Any = create_method("itq", backbone="test_efficientnet", num_bits=6).eval()
    images = torch.randn(1, 3, 64, 64)
    before = gradient_maps(network, images, [0]), network.explain(images).maps
    torch.nn.init.normal_(network.hash_layer.weight)
    after = gradient_maps(network, images, [0]), network.explain(images).maps
    for old, new in zip(before, after, strict=True):
        assert not torch.allclose(old, new, rtol=0.1)


def test_occlusion_is_the_regression_of_the_logits_on_what_is_blurred(
    encoder_of: MakeEncoder,
) -> None:
    encoder: Encoder = encoder_of("itq", "test_resnet")
    side = encoder.preprocessing.input_size
    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (side, side, 3), dtype=np.uint8)
    found = occlusion_maps(encoder, pixels)
    assert found.shape == (8, CELLS, CELLS)
    blurred = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(side / 10))
    edges = [round(side * index / CELLS) for index in range(CELLS + 1)]
    masks = draw_masks(CELLS).reshape(-1, CELLS, CELLS)
    logits = []
    for mask in masks:
        occluded = Image.fromarray(pixels)
        for row, column in np.argwhere(mask):
            box = edges[column], edges[row], edges[column + 1], edges[row + 1]
            occluded.paste(blurred.crop(box), box)
        logits.append(encoder.encode(np.array(occluded)[np.newaxis])[0])
    # Ridge regression as least squares: a row more for each place; the constant is free.
    ones, zeros = np.ones((len(masks), 1)), np.zeros((CELLS**2, 1))
    penalty = np.sqrt(RIDGE * len(masks) * 0.2 * 0.8) * np.eye(CELLS**2)
    rows = np.block([[ones, masks.reshape(len(masks), -1)], [zeros, penalty]])
    targets = np.vstack([logits, np.zeros((CELLS**2, 8))])
    falls = -np.linalg.lstsq(rows, targets)[0][1:]
    np.testing.assert_allclose(found, falls.T.reshape(found.shape), rtol=1e-3, atol=1e-5)


def test_every_place_is_blurred_once_in_a_round() -> None:
    masks = draw_masks(CELLS)
    assert masks.shape == (ROUNDS, PARTS, CELLS, CELLS)
    assert (masks.sum(axis=1) == 1).all()
    assert set(masks.sum(axis=(2, 3)).ravel().tolist()) == {9, 10}


def test_a_photo_of_one_colour_loses_nothing(encoder_of: MakeEncoder) -> None:
    encoder = encoder_of("itq", "test_resnet")
    side = encoder.preprocessing.input_size
    pixels = np.full((side, side, 3), (200, 120, 40), np.uint8)
    np.testing.assert_allclose(occlusion_maps(encoder, pixels), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("logit", "towards_on", "towards_off"),
    [(0.9, "less on, or off", "even more on"), (-0.9, "even more off", "less off, or on")],
)
def test_the_test_by_blurring_says_what_it_does_to_bits_that_are_on_and_off(
    logit: float, towards_on: str, towards_off: str
) -> None:
    told = describe_bit_map("occlusion", 7, logit, 0.0)
    assert f"Bit 7 is {'on (+0.90)' if logit > 0 else 'off (−0.90)'}." in told
    assert f"Above zero: with the place blurred it would be {towards_on}, so" in told
    assert f"Below zero: it would be {towards_off}, so" in told
    # A place is above zero where the logit falls without it, whatever the bit is.
    assert "draws it towards on" in told.split("Below zero")[0]
