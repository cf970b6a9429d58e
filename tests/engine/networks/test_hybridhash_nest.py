from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor

from engine.networks.backbone import create_backbone
from engine.networks.hybridhash import HybridHash
from engine.networks.hybridhash_nest import create_hybrid_nest, is_nest
from engine.networks.timm_import import load_timm
from engine.networks.views import Backbone
from tests.engine.reference import case


def hybrid(name: str = "nest_tiny", side: int = 48, **options: Any) -> Backbone:
    chosen = {"depths": None, "widths": None, "drop_path": 0.5, "hh_compat": False, **options}
    return create_hybrid_nest(create_backbone(name, input_size=side), **chosen)


def test_the_papers_network_has_its_parameters_and_takes_its_tensors_from_nest() -> None:
    backbone = create_backbone("nest_base_jx")
    nest = {name: tensor.clone() for name, tensor in backbone.model.state_dict().items()}
    network = HybridHash(backbone, 16)
    assert sum(parameter.numel() for parameter in network.parameters()) == 55_561_616
    own = network.backbone.model.state_dict()
    taken = [name for name in own if name in nest and torch.equal(own[name], nest[name])]
    assert len(taken) == 243
    new = [name for name in own if name not in taken]
    assert all(".pool.global_conv" in name or ".pool.attention" in name for name in new)
    missing = {name for name in nest if name not in own}
    layers = tuple(f"levels.2.transformer_encoder.{layer}." for layer in range(15, 20))
    assert all(name.startswith(layers) for name in missing)


@pytest.mark.slow
@torch.inference_mode()
def test_the_papers_network_has_its_shapes() -> None:
    network = HybridHash(create_backbone("nest_base_jx"), 16).eval()
    shapes = []
    for level in network.backbone.model.levels:
        level.register_forward_hook(lambda *parts: shapes.append(tuple(parts[-1].shape)))
    assert network.bit_maps(torch.randn(1, 3, 224, 224)).shape == (1, 16, 7, 7)
    assert shapes == [(1, 128, 56, 56), (1, 256, 28, 28), (1, 512, 14, 14)]
    tables = [tuple(level.pos_embed.shape) for level in network.backbone.model.levels]
    assert tables == [(1, 16, 196, 128), (1, 4, 196, 256), (1, 1, 196, 512)]


def test_a_grid_is_cut_into_blocks_row_by_row() -> None:
    inputs, expected = case("L2 block aggregation of a 4x4 grid, block edge 2")
    grid = torch.tensor(inputs["grid"], dtype=torch.float32)
    # Two levels of a 32 pixel NesT: 4 x 4 patches in the middle level, in 2 x 2 blocks.
    level = hybrid(side=32, depths=(1, 1, 1)).model.levels[1]
    level.pool = torch.nn.Identity()
    seen: list[Tensor] = []
    level.transformer_encoder = torch.nn.Identity()
    level.transformer_encoder.register_forward_hook(lambda *parts: seen.append(parts[-1]))
    with torch.inference_mode():
        level.pos_embed.zero_()
        result = level(grid.expand(1, 192, 4, 4))
    assert seen[0][0, :, :, 0].tolist() == expected["blocks (T=4, N=4)"]
    assert torch.equal(result[0, 0], grid), "and the blocks are put back"


def test_every_kind_of_nest_and_nothing_else_is_one() -> None:
    for name in ("nest_tiny", "nest_small_jx.goog_in1k", "nest_base.untrained"):
        assert is_nest(create_backbone(name))
    assert not is_nest(create_backbone("test_vit"))


def depths_of(backbone: Backbone) -> list[int]:
    return [len(level.transformer_encoder) for level in backbone.model.levels]


def test_the_last_level_is_cut_to_fifteen_layers() -> None:
    assert depths_of(hybrid("nest_small")) == [2, 2, 15]
    assert depths_of(hybrid("nest_tiny")) == [2, 2, 8]
    assert depths_of(hybrid("nest_tiny", depths=(1, 2, 3))) == [1, 2, 3]


def test_layers_are_dropped_more_often_the_later_they_come() -> None:
    model = hybrid(depths=(2, 2, 3), drop_path=0.3).model
    layers = [layer for level in model.levels for layer in level.transformer_encoder]
    rates = [getattr(layer.drop_path1, "drop_prob", 0.0) for layer in layers]
    assert rates == pytest.approx([0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3])
    assert rates == [getattr(layer.drop_path2, "drop_prob", 0.0) for layer in layers]


def test_other_widths_make_a_network_of_its_own() -> None:
    backbone = hybrid(widths=(32, 64, 128), depths=(1, 1, 2))
    assert backbone.token_features == 128
    assert depths_of(backbone) == [1, 1, 2]
    heads = [level.transformer_encoder[0].attn.num_heads for level in backbone.model.levels]
    assert heads == [1, 2, 4]
    assert backbone.model.levels[1].pool.attention.pos_embed.shape == (1, 16, 64)
    assert backbone.model.levels[2].pool.attention.pos_embed.shape == (1, 4, 128)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Tensor]]:
    """What a published weights file of the smallest NesT holds, with its classifier."""
    torch.manual_seed(5)
    tensors = load_timm().create_model("nest_tiny_jx", num_classes=1000).state_dict()
    path = tmp_path_factory.mktemp("weights") / "model.safetensors"
    safetensors.torch.save_file(tensors, path)
    return path, tensors


def test_published_weights_arrive_by_name(weights: tuple[Path, dict[str, Tensor]]) -> None:
    path, tensors = weights
    network = HybridHash(create_backbone("nest_tiny_jx", weights=path), 16)
    own = network.backbone.model.state_dict()
    for name, tensor in tensors.items():
        if not name.startswith("head"):
            assert torch.equal(own[name], tensor), name


def test_position_tables_are_resized_for_another_input(tmp_path: Path) -> None:
    tensors = load_timm().create_model("nest_tiny_jx", num_classes=0).state_dict()
    places = torch.arange(56.0)
    # Every entry of the first table says its row; blocks of 14 x 14 in a grid of 4 x 4.
    rows = places[:, None].expand(56, 56).reshape(4, 14, 4, 14).transpose(1, 2).reshape(1, 16, 196)
    tensors["levels.0.pos_embed"] = rows[..., None].repeat(1, 1, 1, 96)
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(tensors, path)
    model = create_backbone("nest_tiny_jx", weights=path, input_size=96).model
    shapes = [tuple(level.pos_embed.shape[1:3]) for level in model.levels]
    assert shapes == [(16, 36), (4, 36), (1, 36)]
    table = model.levels[0].pos_embed.detach()[0, :, :, 7].reshape(4, 4, 6, 6)
    found = table.transpose(1, 2).reshape(24, 24)
    expected = (torch.arange(24.0) + 0.5) * 56 / 24 - 0.5
    torch.testing.assert_close(found[1:-1], expected[1:-1, None].expand(22, 24), atol=0.2, rtol=0)
