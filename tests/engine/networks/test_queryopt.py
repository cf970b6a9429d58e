from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.errors import InputError
from engine.methods import create_method
from engine.networks.backbone import create_backbone
from engine.networks.queryopt import (
    Fusion,
    QueryOpt,
    count_branches,
    project_bits,
    roll_queries,
)
from tests.engine.networks.small_backbones import BITS, REAL, SMALL
from tests.engine.networks.test_vgg import small as small_vgg
from tests.engine.reference import RELATIVE, case

EVERY = [
    *SMALL,
    ("test_resnet", 96),
    *(pytest.param(*entry, marks=pytest.mark.slow) for entry in REAL),
]


def small(num_bits: int = 12, **options: Any) -> QueryOpt:
    return QueryOpt(create_backbone("test_resnet", input_size=96), num_bits, **options)


def count(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


@pytest.mark.parametrize(
    ("num_bits", "trainable"),
    [(12, 31_713_664), (24, 31_718_272), (32, 31_721_344), (48, 31_727_488)],
)
def test_has_the_parameters_and_shapes_of_the_paper(num_bits: int, trainable: int) -> None:
    with torch.device("meta"):
        network = QueryOpt(create_backbone("resnet50"), num_bits)
        images = torch.zeros(4, 3, 224, 224)
        assert network(images).logits.shape == (4, 96)
        assert network.eval()(images).logits.shape == (4, num_bits)
        reading = network.read(images)
    assert reading.weights.mean(1).shape == (4, num_bits, 245)
    assert reading.grids == ((14, 14), (7, 7))
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == trainable
    assert count(network) == trainable + 225_344
    assert network.train_width == 96


def test_its_parts_have_the_parameters_of_the_paper() -> None:
    with torch.device("meta"):
        network = QueryOpt(create_backbone("resnet50"), 64)
    assert count(network) == 31_958_976
    assert count(network.fusion.up) == 1_839_616
    assert count(network.fusion.lateral) == 1_049_600
    assert count(network.reduce_middle, network.reduce_coarse) == 1_180_416
    assert (count(network.encoder), count(network.decoder)) == (2_168_192, 2_168_960)
    assert (count(network.positions), count(network.bit_head)) == (19_200, 384)
    assert network.queries.shape == (64, 384)


@pytest.mark.parametrize(("name", "side"), EVERY)
@pytest.mark.parametrize("freeze_early", [True, False])
def test_works_on_every_kind_of_backbone(name: str, side: int, freeze_early: bool) -> None:
    backbone = create_backbone(name, input_size=side)
    check(QueryOpt(backbone, 12, freeze_early=freeze_early), side, freeze_early)


def test_works_on_vggs() -> None:
    check(QueryOpt(small_vgg(), 12), 64, True)


def check(network: QueryOpt, side: int, frozen: bool) -> None:
    """Gradients everywhere but in early layers; rows of a batch do not depend on each other."""
    images = torch.randn(3, 3, side, side)
    logits = network(images).logits
    assert logits.shape == (3, 96)
    logits.square().sum().backward()
    without = {name for name, p in network.named_parameters() if p.grad is None}
    resting = {name for name, p in network.named_parameters() if not p.requires_grad}
    assert without == resting
    assert bool(resting) == frozen
    assert all(name.startswith("backbone.") for name in resting)
    network.eval()
    with torch.inference_mode():
        together = network(images).logits
        alone = torch.cat([network(image[None]).logits for image in images])
        assert together.shape == (3, 12)
        torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)
        weights = network.read(images).weights
        torch.testing.assert_close(weights.sum(-1), torch.ones(3, 8, 12))


@pytest.mark.parametrize("num_bits", [*BITS, 13, 96, 100])
@torch.inference_mode()
def test_codes_may_have_any_length(num_bits: int) -> None:
    network = small(num_bits)
    images = torch.zeros(2, 3, 96, 96)
    logits = network(images).logits
    assert logits.shape == (2, network.train_width)
    assert network.train_width % num_bits == 0
    assert 96 <= network.train_width < 96 + num_bits
    assert network.eval()(images).logits.shape == (2, num_bits)


@torch.inference_mode()
def test_the_code_is_the_first_columns_of_training() -> None:
    network = small(24)
    images = torch.randn(2, 3, 96, 96)
    code = network.eval()(images).logits
    network.train()
    for layer in network.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.eval()
    trained = network(images).logits
    torch.testing.assert_close(trained[:, :24], code)
    assert not torch.allclose(trained[:, 24:48], code)


def test_branch_n_asks_with_shifted_queries() -> None:
    network = small(24)
    for layer in network.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.eval()
    images = torch.randn(2, 3, 96, 96)
    trained = network(images).logits
    rolled = network.queries.roll(2 * 96, dims=1)
    network.queries = nn.Parameter(rolled)
    torch.testing.assert_close(trained[:, 48:72], network.eval()(images).logits)


def test_reading_gives_the_code_and_a_gradient_at_what_was_looked_at() -> None:
    network = small().eval()
    images = torch.randn(2, 3, 96, 96)
    reading = network.read(images)
    torch.testing.assert_close(reading.logits, network(images).logits)
    assert reading.weights.shape == (2, 8, 12, 6 * 6 + 3 * 3)
    (gradient,) = torch.autograd.grad(reading.logits[:, 5].sum(), reading.weights)
    assert gradient[:, :, 5].any()
    assert not gradient[:, :, :5].any()


def test_queries_are_shifted_as_in_the_reference() -> None:
    given, expected = case("H1 circular shift, 2 queries of dim 8, N=4")
    found = roll_queries(torch.tensor(given["Q"], dtype=torch.float64), 4)
    assert found.tolist() == expected["rolled (N*k=8 rows, branch-major)"]


def test_branches_and_shifts_are_those_of_the_reference() -> None:
    given, expected = case("H2 branches N=96//k and shift for d=384")
    rows = zip(
        given["k"], expected["N"], expected["unit_shift"], expected["trained_width"], strict=True
    )
    for num_bits, branches, shift, width in rows:
        assert count_branches(num_bits, "paper") == branches
        assert num_bits * branches == width
        queries = roll_queries(torch.arange(384.0)[None], branches)
        starts = [(384 - n * shift) % 384 for n in range(branches)]
        assert queries[:, 0].tolist() == starts


def test_our_default_covers_96_columns() -> None:
    found = {k: count_branches(k) for k in (8, 12, 16, 20, 24, 32, 36, 48, 64, 96, 128)}
    assert found == {8: 12, 12: 8, 16: 6, 20: 5, 24: 4, 32: 3, 36: 3, 48: 2, 64: 2, 96: 1, 128: 1}
    assert count_branches(64, "paper") == count_branches(128, "paper") == 1
    assert count_branches(12, 6) == 6


def test_all_bits_share_one_direction_as_in_the_reference() -> None:
    given, expected = case("H3 shared 1-d bit head")
    features = torch.tensor([given["h (2 bits x dim 2)"]], dtype=torch.float64)
    weight = torch.tensor([given["w"]], dtype=torch.float64)
    found = project_bits(features, weight).tanh()
    wanted = torch.tensor([expected["tanh(w . h/||h||)"]], dtype=torch.float64)
    torch.testing.assert_close(found, wanted, rtol=RELATIVE, atol=0)


@pytest.mark.parametrize(
    "options",
    [
        {"branches": 0},
        {"branches": "many"},
        {"branches": True},
        {"branches": 500},
        {"width": 100},
        {"width": 0},
        {"hidden": 0},
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"branches|width|Hidden") as error:
        create_method(
            "queryopt", backbone="test_resnet", num_bits=12, input_size=96, options=options
        )
    assert error.value.code == "FS-002"


def test_width_and_branches_may_be_chosen() -> None:
    network = small(12, width=64, branches=3)
    assert network(torch.zeros(2, 3, 96, 96)).logits.shape == (2, 36)
    assert network.queries.shape == (12, 64)


def test_early_layers_keep_their_weights_while_their_statistics_follow() -> None:
    network = QueryOpt(create_backbone("resnet18", input_size=64), 12)
    model = network.backbone.model
    resting = {name for name, p in model.named_parameters() if not p.requires_grad}
    assert resting == {
        name for name, _ in model.named_parameters() if name.startswith(("conv1", "bn1", "layer1"))
    }
    before = model.bn1.running_mean.clone()
    network(torch.randn(2, 3, 64, 64))
    assert not torch.equal(model.bn1.running_mean, before)


@pytest.mark.parametrize(
    ("name", "resting"),
    [
        ("test_efficientnet", ("conv_stem", "bn1", "blocks.0.", "blocks.1.")),
        ("test_convnext", ("stem", "stages.0.")),
        ("test_vit", ("cls_token", "pos_embed", "patch_embed")),
    ],
)
def test_other_backbones_rest_up_to_stride_4(name: str, resting: tuple[str, ...]) -> None:
    network = QueryOpt(create_backbone(name), 12)
    for key, parameter in network.backbone.model.named_parameters():
        assert parameter.requires_grad == (not key.startswith(resting)), key


def test_building_leaves_statistics_alone() -> None:
    network = small()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            assert layer.num_batches_tracked == 0
    assert network.training


@pytest.mark.parametrize(("middle", "coarse"), [((14, 14), (7, 7)), ((5, 7), (3, 4)), (6, 6)])
@torch.inference_mode()
def test_fusion_keeps_the_grid_of_the_finer_map(middle: Any, coarse: Any) -> None:
    sides = [(side, side) if isinstance(side, int) else side for side in (middle, coarse)]
    fusion = Fusion(8, 16).eval()
    found = fusion(torch.randn(1, 8, *sides[0]), torch.randn(1, 16, *sides[1]))
    assert found.shape == (1, 8, *sides[0])


@torch.inference_mode()
def test_fusion_adds_the_enlarged_map_without_an_activation_behind() -> None:
    fusion = Fusion(8, 16).eval()
    middle: Tensor = torch.randn(1, 8, 4, 4)
    coarse: Tensor = torch.randn(1, 16, 2, 2)
    lateral = torch.einsum("oc,bchw->bohw", fusion.lateral.weight[:, :, 0, 0], middle)
    lateral += fusion.lateral.bias[:, None, None]
    found = fusion(middle, coarse)
    assert (found < 0).any()
    torch.testing.assert_close(found, lateral + fusion.up(coarse))


def test_tables_grow_with_large_images() -> None:
    with torch.device("meta"):
        network = QueryOpt(create_backbone("test_resnet", input_size=640), 12)
        assert network.positions.rows.shape[0] == 40 + 20
        assert network(torch.zeros(1, 3, 640, 640)).logits.shape == (1, 96)
