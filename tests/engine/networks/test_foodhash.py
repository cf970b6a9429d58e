from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch

from engine.errors import InputError
from engine.networks.backbone import create_backbone
from engine.networks.foodhash import FoodHash
from engine.networks.views import Backbone
from tests.engine.networks.small_backbones import BITS, REAL, SMALL

EVERY = [*SMALL, *(pytest.param(*entry, marks=pytest.mark.slow) for entry in REAL)]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"head": "mean", "aip_pool": "post"},
    {"head": "flatten", "aip_pool_kernel": 1, "omega": 0.3},
    {"cfm_residual": True, "omega": 1.0},
    {"fuse": False},
    {"fuse": False, "head": "flatten"},
]


@pytest.mark.parametrize(("name", "side"), EVERY)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_works_on_every_kind_of_backbone(name: str, side: int, options: dict[str, Any]) -> None:
    network = FoodHash(create_backbone(name, input_size=side), 12, **options)
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
    network = FoodHash(create_backbone("test_resnet"), num_bits).eval()
    assert (network.num_bits, network.train_width) == (num_bits, num_bits)
    assert network(torch.zeros(1, 3, 64, 64)).logits.shape == (1, num_bits)


@pytest.mark.parametrize(
    ("head", "num_bits", "expected"),
    [
        ("flatten", 16, 154_944_528),
        ("flatten", 64, 154_993_728),
        ("cls", 16, 12_304),
        ("cls", 64, 49_216),
        ("mean", 16, 12_304),
    ],
)
def test_has_the_parameters_of_the_specification(head: Any, num_bits: int, expected: int) -> None:
    with torch.device("meta"):
        backbone = create_backbone("vit_base_patch16_224")
        network = FoodHash(backbone, num_bits, head=head)
    head_parameters = [
        p.numel() for name, p in network.named_parameters() if name.startswith(("neck", "hash"))
    ]
    assert sum(head_parameters) == expected
    assert sum(p.numel() for p in backbone.parameters()) == 85_798_656
    total = sum(p.numel() for p in network.parameters())
    assert total == 85_798_656 + 8_302_080 + 3_543_553 + expected


class FixedViews(Backbone):
    """Hands out given views instead of looking at images."""

    token_features = 64
    num_features = 64

    def __init__(self, side: int) -> None:
        torch.nn.Module.__init__(self)
        self.views = (
            torch.randn(1, 64, side, side),
            torch.randn(1, 64),
            torch.randn(1, 64, side, side),
        )

    def use_maps_only(self) -> None:
        """Nothing to drop."""

    def stem_and_tokens(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:  # type: ignore[override]
        return self.views


@torch.inference_mode()
def test_is_the_fusion_of_early_and_final_tokens_behind_one_class_token() -> None:
    network = FoodHash(FixedViews(4), 8).eval()
    stem, cls, last = network.backbone.stem_and_tokens(torch.empty(0))
    encoder = torch.cat((cls, last[0].reshape(64, 16).T))
    aip = torch.cat((cls, network.aip(stem)[0][0]))
    width = 64

    def read(linear: torch.nn.Linear, tokens: torch.Tensor, part: int) -> torch.Tensor:
        rows = slice(part * width, (part + 1) * width)
        return tokens @ linear.weight[rows].T + linear.bias[rows]

    own, other = network.cfm.aip_qkv, network.cfm.encoder_qkv
    a1 = torch.softmax(read(own, aip, 0) @ read(other, encoder, 1).T / width**0.5, dim=1)
    a2 = torch.softmax(read(other, encoder, 0) @ read(own, aip, 1).T / width**0.5, dim=1)
    fused = 0.5 * a1 @ read(other, encoder, 2) + 0.5 * a2 @ read(own, aip, 2)
    expected = fused[0] @ network.hash_layer.weight.T
    torch.testing.assert_close(network(torch.empty(0)).logits[0], expected)
    mean = FoodHash(network.backbone, 8, head="mean").eval()
    mean.load_state_dict(network.state_dict())
    torch.testing.assert_close(
        mean(torch.empty(0)).logits[0], fused.mean(0) @ network.hash_layer.weight.T
    )


@torch.inference_mode()
def test_without_fusion_the_head_reads_the_final_tokens() -> None:
    network = FoodHash(create_backbone("test_vit"), 12, fuse=False).eval()
    images = torch.randn(2, 3, 160, 160)
    cls, _ = network.backbone.tokens(images)
    torch.testing.assert_close(network(images).logits, network.hash_layer(cls))
    own = sum(p.numel() for p in network.parameters())
    assert own == sum(p.numel() for p in network.backbone.parameters()) + 12 * 65
    with pytest.raises(ValueError, match="no attention"):
        network.read(images)
    for option in ({"omega": 0.5}, {"cfm_residual": True}):
        with pytest.raises(ValueError, match="fuse=false"):
            FoodHash(create_backbone("test_vit"), 12, fuse=False, **option)


FUSED = [options for options in OPTIONS if options.get("fuse", True)]


@pytest.mark.parametrize("options", FUSED, ids=str)
@torch.inference_mode()
def test_a_reading_explains_the_logits(options: dict[str, Any]) -> None:
    network = FoodHash(create_backbone("test_vit"), 12, **options).eval()
    images = torch.randn(2, 3, 160, 160)
    reading = network.read(images)
    torch.testing.assert_close(reading.logits, network(images).logits)
    assert reading.grid == (10, 10)
    attended = 100 if options.get("aip_pool") == "post" else 25
    assert reading.aip_attention.shape == (2, 1, attended, attended)
    fusion = reading.fusion
    rebuilt = reading.omega * fusion.from_aip @ fusion.encoder_values
    rebuilt += (1 - reading.omega) * fusion.from_encoder @ fusion.aip_values
    if options.get("cfm_residual"):
        rebuilt += reading.encoder
    torch.testing.assert_close(reading.fused, rebuilt, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_the_flatten_head_says_which_size_it_was_built_for() -> None:
    network = FoodHash(create_backbone("test_resnet", input_size=64), 12, head="flatten").eval()
    assert network(torch.zeros(1, 3, 64, 64)).logits.shape == (1, 12)
    with pytest.raises(InputError, match=r"64 x 64 pixels \(4 x 4 tokens\).*given 6 x 6 tokens"):
        network(torch.zeros(1, 3, 96, 96))


@torch.inference_mode()
def test_other_heads_take_any_size() -> None:
    network = FoodHash(create_backbone("test_resnet", input_size=64), 12).eval()
    for side in (32, 97, 130):
        assert network(torch.zeros(1, 3, side, side)).logits.shape == (1, 12)


def test_building_leaves_the_backbone_in_its_mode() -> None:
    backbone = create_backbone("test_resnet", input_size=64)
    before = {name: value.clone() for name, value in backbone.named_buffers()}
    assert FoodHash(backbone, 12, head="flatten").backbone.training
    for name, value in backbone.named_buffers():
        torch.testing.assert_close(value, before[name])


@pytest.mark.parametrize("head", ["cls", "flatten"])
def test_no_bit_starts_with_a_tilt(head: Any) -> None:
    network = FoodHash(create_backbone("test_resnet", input_size=64), 12, head=head)
    assert not network.hash_layer.bias.any()


@pytest.mark.parametrize(
    "options",
    [{"head": "max"}, {"omega": 2.0}, {"aip_pool": "both"}, {"aip_pool_kernel": 4}],
    ids=str,
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(options))} must be"):
        FoodHash(create_backbone("test_resnet"), 12, **options)


def test_a_few_steps_lower_a_loss() -> None:
    network = FoodHash(create_backbone("test_resnet"), 12)
    images = torch.randn(8, 3, 64, 64)
    wanted = torch.randint(2, (8, 12)) * 2.0 - 1
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        loss = torch.relu(1 - network(images).logits * wanted).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]
    assert sum(later < earlier for earlier, later in pairwise(losses)) >= 8
