from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from engine.dynamic_sign import dynamic_sign
from engine.errors import InputError
from engine.methods import create_method
from engine.networks.backbone import create_backbone
from engine.networks.csce import CsceNet
from tests.engine.networks.small_backbones import BITS, REAL, SMALL
from tests.engine.networks.test_vgg import small as small_vgg

EVERY = [
    *SMALL,
    ("test_resnet", 96),
    *(pytest.param(*entry, marks=pytest.mark.slow) for entry in REAL),
]


def small(num_bits: int = 12, side: int = 96, **options: Any) -> CsceNet:
    return CsceNet(create_backbone("test_resnet", input_size=side), num_bits, **options)


@pytest.mark.parametrize(("aspp", "parameters"), [(False, 25_349_623), (True, 43_178_999)])
def test_has_the_parameters_and_shapes_of_the_specification(aspp: bool, parameters: int) -> None:
    with torch.device("meta"):
        network = CsceNet(create_backbone("resnet50"), 64, aspp=aspp)
        images = torch.zeros(2, 3, 224, 224)
        output = network(images)
        reading = network.read(images)
        assert network.eval()(images).logits.shape == (2, 64)
    assert output.logits.shape == (2, 64)
    assert output.extras["threshold"].shape == (2, 1)
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == parameters
    assert reading.windows.shape == (2, 1024, 52)
    assert reading.score.shape == (2, 1, 14, 14)
    assert reading.local.shape == reading.residual.shape == (2, 1024, 14, 14)
    assert reading.features.shape == (2, 2048)


@pytest.mark.parametrize(("name", "side"), EVERY)
@pytest.mark.parametrize("aspp", [True, False])
def test_works_on_every_kind_of_backbone(name: str, side: int, aspp: bool) -> None:
    check(CsceNet(create_backbone(name, input_size=side), 12, aspp=aspp), side)


def test_works_on_vggs() -> None:
    check(CsceNet(small_vgg(), 12), 64)


def check(network: CsceNet, side: int) -> None:
    """Gradients everywhere, and rows of a batch that do not depend on each other."""
    images = torch.randn(3, 3, side, side)
    output = network(images)
    (output.logits.square().sum() + output.extras["threshold"].sum()).backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []
    network.eval()
    with torch.inference_mode():
        together = network(images)
        alone = torch.cat([network(image[None]).logits for image in images])
    assert together.logits.shape == (3, 12)
    assert not together.extras
    torch.testing.assert_close(alone, together.logits, rtol=1e-4, atol=1e-5)


def test_only_the_threshold_teaches_its_layer() -> None:
    network = small()
    network(torch.randn(2, 3, 96, 96)).logits.sum().backward()
    without = [name for name, p in network.named_parameters() if p.grad is None]
    assert without == ["threshold_layer.weight", "threshold_layer.bias"]


@pytest.mark.parametrize("num_bits", BITS)
@torch.inference_mode()
def test_codes_may_have_any_length(num_bits: int) -> None:
    network = small(num_bits)
    assert (network.num_bits, network.train_width) == (num_bits, num_bits)
    assert network(torch.zeros(2, 3, 96, 96)).logits.shape == (2, num_bits)


@torch.inference_mode()
def test_signs_in_evaluation_are_the_dynamic_ones() -> None:
    network = small(32, max_threshold=0.5).eval()  # large, so that many bits are undecided
    images = torch.randn(8, 3, 96, 96)
    reading = network.read(images)
    expected = dynamic_sign(reading.logits, reading.threshold)
    logits = network(images).logits
    assert torch.equal(torch.where(logits > 0, 1.0, -1.0), expected)
    assert not torch.equal(expected > 0, reading.logits > 0)
    torch.testing.assert_close(logits.abs(), reading.logits.abs())


@torch.inference_mode()
def test_logits_in_training_are_the_real_code() -> None:
    network = small(32, max_threshold=0.5)
    images = torch.randn(8, 3, 96, 96)
    output, reading = network(images), network.read(images)
    torch.testing.assert_close(output.logits, reading.logits)
    threshold = output.extras["threshold"]
    assert ((threshold > 0) & (threshold < 0.5)).all()
    assert torch.equal(output.extras["max_threshold"], torch.full((8, 1), 0.5))


@torch.inference_mode()
def test_a_bit_is_the_sum_of_what_windows_and_positions_give_it() -> None:
    network = small().double().eval()
    reading = network.read(torch.randn(2, 3, 96, 96, dtype=torch.float64))
    for_windows, for_positions = network.hash_layer.weight.chunk(2, dim=1)
    pool = network.pool_windows
    windows = pool.weight[0, :, 0] * torch.einsum("kc,bcw->bkw", for_windows, reading.windows)
    positions = torch.einsum("kc,bchw->bkhw", for_positions, reading.residual) / 36
    constant = network.hash_layer.bias + pool.bias * for_windows.sum(1)
    total = constant + windows.sum(2) + positions.sum((2, 3))
    torch.testing.assert_close(total, reading.logits)


@torch.inference_mode()
def test_small_maps_have_no_large_windows() -> None:
    assert small(side=96).windows.sizes == [2]  # 3 x 3
    assert small(side=96).windows.count == 4
    assert small(side=128).windows.sizes == [2, 4]
    assert small(side=128).windows.count == 9 + 1
    assert small(side=64).windows.count == 1


def test_a_map_without_any_window_is_refused() -> None:
    with pytest.raises(InputError, match="2 x 2") as error:
        small(side=32)
    assert error.value.code == "FS-002"


def test_the_width_follows_the_backbone() -> None:
    assert small().windows.reduce[0].out_channels * 4 == 256  # its map has 192 channels
    assert isinstance(small().project, nn.Conv2d)
    assert isinstance(small(width=192).project, nn.Identity)
    assert small(width=64).hash_layer.in_features == 128


def test_dilations_and_momentum_may_be_chosen() -> None:
    network = small(rates=(6, 12, 18), norm_momentum=0.9)
    assert isinstance(network.pyramid, nn.Module)
    found = [layer.dilation for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    assert {(6, 6), (12, 12), (18, 18)} <= set(found)
    assert network.attention.norm.momentum == 0.9


@pytest.mark.parametrize(
    "options",
    [
        {"width": 100},
        {"width": 0},
        {"rates": (2, 4)},
        {"rates": (0, 2, 4)},
        {"norm_momentum": 0.0},
        {"max_threshold": 0.0},
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))) as error:
        create_method("csce", backbone="test_resnet", num_bits=12, input_size=96, options=options)
    assert error.value.code == "FS-002"


@torch.inference_mode()
def test_local_features_stay_whole_without_the_elimination() -> None:
    images = torch.randn(2, 3, 96, 96)
    reading = small(aie=False).eval().read(images)
    torch.testing.assert_close(reading.residual, reading.local)
    reading = small().eval().read(images)
    assert (reading.residual - reading.local).abs().max() > 0.01 * reading.local.abs().max()
