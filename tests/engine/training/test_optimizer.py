from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from engine.losses.criterion import TrainingTask
from engine.methods import create_criterion, create_method
from engine.networks.backbone import create_backbone
from engine.training.optimizer import create_optimizer, set_lr
from tests.engine.training.runs import configure

KINDS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}


def parts(method: str = "greedyhash") -> tuple[nn.Module, nn.Module]:
    network = create_method(method, backbone="test_efficientnet", num_bits=16, input_size=32)
    task = TrainingTask(16, network.train_width, 3, torch.arange(9) % 3)
    return network, create_criterion(method, task)


@pytest.mark.parametrize("name", KINDS)
def test_every_trainable_parameter_is_in_one_group(name: str) -> None:
    network, criterion = parts()
    next(network.parameters()).requires_grad = False
    optimizer = create_optimizer(network, criterion, configure(optimizer=name))
    assert isinstance(optimizer, KINDS[name])
    grouped = [id(p) for group in optimizer.param_groups for p in group["params"]]
    wanted = [id(p) for m in (network, criterion) for p in m.parameters() if p.requires_grad]
    assert sorted(grouped) == sorted(wanted)
    assert list(criterion.parameters()), "the head of the loss learns too"


def test_pretrained_layers_learn_slower_and_norms_and_biases_do_not_decay() -> None:
    network, criterion = parts()
    config = configure(lr=0.01, backbone_lr_scale=0.1, weight_decay=0.3)
    loaded = {name for name, _ in network.named_parameters() if name.startswith("backbone.model.")}
    optimizer = create_optimizer(network, criterion, config, pretrained=loaded)
    found = {
        id(p): (group["lr"], group["weight_decay"])
        for group in optimizer.param_groups
        for p in group["params"]
    }
    for name, parameter in [*network.named_parameters(), *criterion.named_parameters()]:
        lr = 0.001 if name.startswith("backbone.model.") else 0.01
        decay = 0.3 if name.endswith("weight") and parameter.ndim > 1 else 0.0
        assert found[id(parameter)] == (pytest.approx(lr), decay), name


def test_the_rate_of_every_group_follows_the_factor() -> None:
    network, criterion = parts()
    config = configure(lr=0.01, backbone_lr_scale=3.0)
    loaded = {"backbone.model.conv_stem.weight"}
    optimizer = create_optimizer(network, criterion, config, pretrained=loaded)
    for factor in (0.0, 0.5, 1.0):
        set_lr(optimizer, factor)
        rates = sorted({group["lr"] for group in optimizer.param_groups})
        assert rates == pytest.approx(sorted({0.01 * factor, 0.03 * factor}))


def test_what_starts_from_random_weights_learns_at_the_full_rate() -> None:
    network, criterion = parts()
    config = configure(lr=0.01, backbone_lr_scale=0.1)
    groups = create_optimizer(network, criterion, config).param_groups
    assert {group["lr"] for group in groups} == {0.01}


def test_a_backbone_knows_what_came_with_weights(tmp_path: Path) -> None:
    file = tmp_path / "nest.safetensors"
    save_file(create_backbone("nest_tiny", input_size=64).model.state_dict(), file)
    settings: dict[str, Any] = {"backbone": "nest_tiny", "num_bits": 16, "input_size": 64}
    network = create_method("hybridhash", weights=file, **settings)
    own = {name for name, _ in network.backbone.model.named_parameters()}
    new = {name for name in own if "pool.attention" in name or "pool.global_conv" in name}
    assert new
    assert own - network.backbone.pretrained == new
    other = {"widths": [64, 128, 256], "depths": [1, 1, 2]}
    for network in (
        create_method("hybridhash", weights=file, options=other, **settings),
        create_method("hybridhash", **settings),
    ):
        assert not network.backbone.pretrained


@pytest.mark.parametrize("name", KINDS)
def test_the_settings_reach_the_optimiser(name: str) -> None:
    settings: dict[str, Any] = {"optimizer": name, "momentum": 0.7}
    optimizer = create_optimizer(*parts(), configure(**settings))
    momentum = optimizer.defaults.get("momentum", 0)
    assert momentum == (0.7 if name == "sgd" else 0)
