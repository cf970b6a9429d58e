from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from engine.networks.backbone import create_backbone
from engine.networks.hybridhash import HybridHash

# The five kinds of backbone, with a side that divides evenly and one that does not.
BACKBONES = [
    ("vit_tiny_patch16_224", 64),
    ("vit_tiny_patch16_224", 90),
    ("resnet18", 64),
    ("resnet18", 75),
    ("tf_efficientnet_lite0", 64),
    ("tf_efficientnet_lite0", 75),
    ("swin_tiny_patch4_window7_224", 64),
    ("swin_tiny_patch4_window7_224", 90),
    ("mobilenetv3_small_050", 64),
    ("mobilenetv3_small_050", 33),
]
TINY = [("test_vit", 160), ("test_resnet", 47), ("test_efficientnet", 64), ("test_convnext", 64)]


def head(name: str, side: int, num_bits: int = 16, **options: Any) -> HybridHash:
    return HybridHash(create_backbone(name, input_size=side), num_bits, **options)


def small_nest(num_bits: int = 16, **options: Any) -> HybridHash:
    chosen = {"widths": (32, 64, 96), "depths": (1, 1, 2), **options}
    return HybridHash(create_backbone("nest_tiny", input_size=48), num_bits, **chosen)


def check_gradients(network: HybridHash, images: Tensor) -> None:
    network.train()(images).logits.square().sum().backward()
    missing = [name for name, p in network.named_parameters() if p.grad is None]
    assert not missing, missing


def check_rows(network: HybridHash, images: Tensor) -> None:
    with torch.inference_mode():
        together = network.eval()(images).logits
        alone = torch.cat([network(image[None]).logits for image in images])
    assert together.shape == (len(images), network.num_bits)
    assert together.std() > 0
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("interactions", [False, True])
@pytest.mark.parametrize(
    ("name", "side"), [*TINY, *(pytest.param(*case, marks=pytest.mark.slow) for case in BACKBONES)]
)
def test_its_head_works_on_any_backbone(name: str, side: int, interactions: bool) -> None:
    network = head(name, side, interactions=interactions)
    images = torch.randn(3, 3, side, side)
    check_rows(network, images)
    check_gradients(network, images)


@pytest.mark.parametrize("hh_compat", [False, True])
def test_the_nest_works(hh_compat: bool) -> None:
    network = small_nest(hh_compat=hh_compat)
    images = torch.randn(3, 3, 48, 48)
    check_rows(network, images)
    check_gradients(network, images)


def test_the_map_of_a_nest_is_narrowed_if_asked() -> None:
    network = small_nest(hash_width=48)
    assert network.hash_layer.bits.in_channels == 48
    images = torch.randn(3, 3, 48, 48)
    check_rows(network, images)
    check_gradients(network, images)
    assert not list(small_nest().features.parameters())


@pytest.mark.parametrize("num_bits", [12, 16, 24, 32, 48, 64, 128])
def test_codes_are_as_long_as_asked(num_bits: int) -> None:
    for network, side in ((head("test_resnet", 64, num_bits), 64), (small_nest(num_bits), 48)):
        images = torch.randn(2, 3, side, side)
        assert network(images).logits.shape == (2, num_bits)
        assert (
            len(network.state_dict()["hash_layer.bits.weight"]) == num_bits == network.train_width
        )


@torch.inference_mode()
def test_the_mean_of_a_bits_map_is_its_logit() -> None:
    for network, side in ((head("test_vit", 160), 160), (small_nest(), 48)):
        images = torch.randn(2, 3, side, side)
        maps = network.eval().bit_maps(images)
        assert maps.shape[:2] == (2, 16)
        assert maps.shape[2] > 1
        torch.testing.assert_close(maps.mean((2, 3)), network(images).logits)


def test_wide_maps_are_narrowed_to_the_width_of_the_paper() -> None:
    assert head("test_resnet", 64).hash_layer.bits.in_channels == 96
    assert head("test_resnet", 64, hash_width=32).hash_layer.bits.in_channels == 32


def test_the_interactions_start_as_a_small_addition() -> None:
    network = head("test_resnet", 64, interactions=True).eval()
    images = torch.randn(2, 3, 64, 64)
    seen: list[Tensor] = []
    network.features.projection.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.inference_mode():
        network(images)
        plain = network.backbone.pyramid(images)[-1]
    assert 0 < (seen[0] - plain).abs().max() < 1


def test_saved_weights_give_equal_codes() -> None:
    torch.manual_seed(1)
    first = small_nest().eval()
    second = small_nest().eval()
    second.load_state_dict(first.state_dict())
    images = torch.randn(2, 3, 48, 48)
    assert torch.equal(first(images).logits, second(images).logits)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("test_resnet", {"depths": (1, 1, 1)}, "are for NesT backbones only"),
        ("test_resnet", {"drop_path": 0.1}, "are for NesT backbones only"),
        ("test_resnet", {"hash_width": 0}, "hash_width must be positive, not 0"),
        ("nest_tiny", {"depths": (1, 1, 9)}, "depths must be 3 numbers"),
        ("nest_tiny", {"depths": (1, 2)}, "depths must be 3 numbers"),
        ("nest_tiny", {"widths": (32, 64, 100)}, "widths must be 3 multiples of 32"),
        ("nest_tiny", {"widths": (32, 64)}, "widths must be 3 multiples of 32"),
        ("nest_tiny", {"drop_path": 1.0}, "drop_path must be at least 0 and below 1"),
    ],
)
def test_wrong_options_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        head(name, 48, **options)
