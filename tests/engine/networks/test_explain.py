"""Every network: what its maps say adds up to its logits, or it says that it has no maps."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.methods import create_method
from engine.networks.output import HashNetwork
from engine.networks.reading import MapReading, spread
from tests.engine.networks.small_backbones import REAL, SMALL

VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("itq", {}),
    ("dpn", {}),
    ("foodhash", {}),
    ("foodhash", {"head": "mean", "aip_pool": "post"}),
    ("foodhash", {"head": "flatten", "omega": 0.3}),
    ("foodhash", {"cfm_residual": True}),
    ("foodhash", {"head": "flatten", "cfm_residual": True, "aip_pool_kernel": 1}),
    ("foodhash", {"fuse": False}),
    ("foodhash", {"fuse": False, "head": "mean"}),
    ("foodhash", {"fuse": False, "head": "flatten"}),
    ("queryopt", {"width": 32, "hidden": 48, "freeze_early": False}),
    ("csce", {"width": 32}),
    ("csce", {"width": 32, "aspp": False, "aie": False, "max_threshold": 0.5}),
    ("hybridhash", {}),
    ("hybridhash", {"interactions": True, "hash_width": 32}),
    ("mdff", {}),
    ("mdff", {"fusion": "per_level"}),
]
WITHOUT_MAPS = {  # a class token, an attention or a bent layer stands between places and bits
    *(("itq", name) for name in ("test_vit", "vit_tiny_patch16_224", "mobilenetv3_small_050")),
    *(("dpn", name) for name in ("test_vit", "vit_tiny_patch16_224", "mobilenetv3_small_050")),
}
BACKBONES = [*SMALL, *(pytest.param(*entry, marks=pytest.mark.slow) for entry in REAL)]


def build(method: str, options: dict[str, Any], backbone: str, side: int) -> HashNetwork:
    """A network with random weights, biases and running statistics too."""
    network = create_method(
        method, backbone=backbone, num_bits=12, input_size=side, options=options
    ).eval()
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2)
        elif name.endswith(("bias", "running_mean", "cls_token")):
            tensor.normal_(std=0.1)
    return network


def check(reading: MapReading, expected: Tensor) -> None:
    torch.testing.assert_close(reading.logits, expected, rtol=1e-4, atol=1e-5)
    maps = reading.maps
    if maps is None:
        return
    sums = maps.sum((2, 3))
    if reading.kind == "attention":
        assert all(part.min() >= 0 for part in reading.parts.values())
        torch.testing.assert_close(sums, torch.ones_like(sums))
        return
    for constant in reading.constants.values():
        sums = sums + constant
    torch.testing.assert_close(sums, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "side"), BACKBONES)
@pytest.mark.parametrize(("method", "options"), VARIANTS, ids=str)
@torch.inference_mode()
def test_shares_of_places_and_constants_add_up_to_the_logits(
    method: str, options: dict[str, Any], name: str, side: int
) -> None:
    network = build(method, options, name, side)
    images = torch.randn(2, 3, side, side) * torch.tensor([1.0, 3.0])[:, None, None, None]
    reading = network.explain(images)
    check(reading, network(images).logits)
    no_places = options.get("fuse") is False and "head" not in options
    assert bool(reading.parts) != (no_places or (method, name) in WITHOUT_MAPS)
    for view in reading.views.values():
        assert view.shape[0] == 2
        assert view.isfinite().all()
    alone = network.explain(images[1:])
    if reading.maps is not None and alone.maps is not None:
        torch.testing.assert_close(alone.maps, reading.maps[1:], rtol=1e-3, atol=1e-5)


NETWORKS = {
    f"{method}-{index}": (method, options) for index, (method, options) in enumerate(VARIANTS)
}
_built: dict[str, HashNetwork] = {}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    variant=st.sampled_from(sorted(NETWORKS)),
    seed=st.integers(0, 2**31),
    gain=st.floats(0.3, 3.0),
    contrast=st.floats(0.0, 5.0),
)
@torch.inference_mode()
def test_they_add_up_for_any_weights_and_pictures(
    variant: str, seed: int, gain: float, contrast: float
) -> None:
    if variant not in _built:
        _built[variant] = build(*NETWORKS[variant], "test_resnet", 64)
    network = _built[variant]
    torch.manual_seed(seed)
    layer = getattr(network, "hash_layer", None)
    if isinstance(layer, nn.Linear):
        layer.weight.normal_(std=0.1 * gain)
        layer.bias.normal_(std=gain)
    images = contrast * torch.randn(1, 3, 64, 64)
    images[..., :20, :20] += gain
    check(network.explain(images), network(images).logits)


@torch.inference_mode()
def test_of_the_share_of_a_level_is_that_of_its_own_layer() -> None:
    network: Any = build("mdff", {"fusion": "per_level"}, "test_resnet", 64)
    images = torch.randn(2, 3, 64, 64)
    reading = network.explain(images)
    weights = torch.split(network.hash_layer.weight / 4, network.widths, dim=1)
    vectors = network.reduce(network.backbone.levels(images))
    *shares, last = (vector @ weight.T for vector, weight in zip(vectors, weights, strict=True))
    for share, name in zip(shares, ("conv3", "conv4", "conv5"), strict=True):
        torch.testing.assert_close(reading.parts[name].sum((2, 3)), share)
    torch.testing.assert_close(reading.constants["fc1"], last)


@torch.inference_mode()
def test_foodhash_weighs_values_as_its_specification_says() -> None:
    network: Any = build("foodhash", {"omega": 0.3}, "test_vit", 96)
    images = torch.randn(1, 3, 96, 96)
    found, reading = network.read(images), network.explain(images)
    weight, maps = network.hash_layer.weight, reading.maps
    for bit, patch in ((0, 0), (3, 7), (11, 35)):
        final = found.fusion.from_aip[0, 0, 1 + patch] * (
            weight[bit] @ found.fusion.encoder_values[0, 1 + patch]
        )
        early = found.fusion.from_encoder[0, 0, 1 + patch] * (
            weight[bit] @ found.fusion.aip_values[0, 1 + patch]
        )
        torch.testing.assert_close(maps[0, bit].flatten()[patch], 0.3 * final + 0.7 * early)
    mixture = 0.3 * found.fusion.from_aip[0, 0, 1:] + 0.7 * found.fusion.from_encoder[0, 0, 1:]
    torch.testing.assert_close(reading.views["fusion"][0].flatten(), mixture)


@torch.inference_mode()
def test_queryopt_spreads_a_coarse_cell_over_four_fine_ones() -> None:
    network: Any = build("queryopt", {"width": 32, "freeze_early": False}, "test_resnet", 64)
    images = torch.randn(1, 3, 64, 64)
    weights = network.read(images).weights.mean(1)[0]
    fine, coarse = weights[:, :16].view(12, 4, 4), weights[:, 16:].view(12, 2, 2)
    up = coarse.repeat_interleave(2, 1).repeat_interleave(2, 2)
    torch.testing.assert_close(network.explain(images).maps[0], fine + up / 4)


@torch.inference_mode()
def test_csce_paints_a_window_on_its_cells_only() -> None:
    network: Any = build("csce", {"width": 32}, "test_resnet", 160)
    count = network.windows.count  # 16 windows of 2 x 2 and 4 of 4 x 4 on 5 x 5 cells
    assert count == 20
    for window, cells in ((0, (slice(0, 2), slice(0, 2))), (19, (slice(1, 5), slice(1, 5)))):
        shares = torch.zeros(1, 1, count)
        shares[..., window] = 3.0
        painted = network.windows.paint(shares)[0, 0]
        assert painted.sum().item() == pytest.approx(3.0)
        assert painted[cells].sum().item() == pytest.approx(3.0)


@pytest.mark.parametrize(("old", "new"), [((7, 7), (14, 14)), ((3, 5), (8, 7)), ((5, 5), (4, 6))])
def test_spreading_keeps_the_sum(old: tuple[int, int], new: tuple[int, int]) -> None:
    maps = torch.randn(2, 3, *old, dtype=torch.float64)
    found = spread(maps, *new)
    assert found.shape == (2, 3, *new)
    torch.testing.assert_close(found.sum((2, 3)), maps.sum((2, 3)))


def test_spreading_leaves_values_where_they_are() -> None:
    corner = torch.zeros(4, 4)
    corner[0, 3] = 1
    assert spread(corner, 8, 8)[:2, 6:].sum() == 1
