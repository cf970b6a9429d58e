"""The presets of the papers: complete, known to timm, and accepted by what they configure."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.console.invocation import Invocation
from engine.console.output import Console
from engine.console.parser import build_parser
from engine.console.training import _request
from engine.errors import InputError
from engine.losses.criterion import TrainingTask
from engine.methods import create_criterion, create_method, list_methods
from engine.networks.timm_import import load_timm
from engine.training.config import PAPER, TrainConfig, list_presets, load_preset
from engine.training.run import RunRequest

TRAINED = [method.name for method in list_methods() if method.needs_labels]
# Of the kind of the real backbone, small enough for a test.
SUBSTITUTES = {
    "vit_base_patch16_224.orig_in21k": ("test_vit", 160),
    "resnet50.tv_in1k": ("test_resnet", 64),
    "nest_base_jx.goog_in1k": ("nest_tiny", 64),
}
CLASSES, BITS = 3, 16


def config_of(method: str) -> TrainConfig:
    return TrainConfig.from_dict(
        {**load_preset(PAPER, method), "method": method, "num_bits": BITS, "seed": 0}
    )


def request_of(*words: str) -> RunRequest:
    options = build_parser().parse_args(["train", "photos", "--name", "x", *words])
    request = _request(Invocation(options, Console(as_json=True)))
    assert isinstance(request, RunRequest)
    return request


def test_every_trained_method_has_the_recipe_of_its_paper() -> None:
    for method in list_methods():
        assert (PAPER in list_presets(method.name)) == method.needs_labels
    with pytest.raises(InputError, match="quick, balanced, thorough"):
        load_preset(PAPER, "itq")


@pytest.mark.parametrize("method", TRAINED)
def test_a_recipe_says_how_photos_are_seen_and_which_weights_it_starts_from(method: str) -> None:
    config = config_of(method)
    assert (config.input_size, config.crop_pct) == (224, 0.875)  # a shorter side of 256
    assert config.augment in ("crop", "resized_crop")
    assert config.jitter == config.degrade == config.warmup_epochs == config.patience == 0
    assert load_timm().get_pretrained_cfg(config.backbone).hf_hub_id


@pytest.mark.parametrize("method", TRAINED)
def test_a_recipe_fits_network_and_loss(method: str) -> None:
    torch.set_num_threads(1)
    config = config_of(method)
    backbone, side = SUBSTITUTES[config.backbone]
    network = create_method(
        method, backbone=backbone, num_bits=BITS, input_size=side, options=config.network
    )
    labels = torch.arange(2 * CLASSES) % CLASSES
    task = TrainingTask(BITS, network.train_width, CLASSES, labels)
    criterion = create_criterion(method, task, config.criterion)
    criterion.start_epoch(0, config.epochs)
    found = network.train()(torch.randn(len(labels), 3, side, side))
    terms = criterion(found.logits, labels, torch.arange(len(labels)), **found.extras)
    terms["total"].backward()
    assert terms["total"].isfinite()


def test_what_is_named_on_the_command_line_goes_before_the_recipe() -> None:
    recipe = request_of("--method", "foodhash", "--preset", "paper").config
    assert recipe.backbone == "vit_base_patch16_224.orig_in21k"
    chosen = request_of(
        *("--method", "foodhash", "--preset", "paper", "--backbone", "resnet18", "--bits", "16"),
        *("--epochs", "3", "--set", "network.head=cls"),
    ).config
    assert (chosen.backbone, chosen.num_bits, chosen.epochs) == ("resnet18", 16, 3)
    assert chosen.network == {"head": "cls"}
    assert (chosen.optimizer, chosen.lr) == (recipe.optimizer, recipe.lr) == ("adam", 1e-5)


def test_a_file_is_a_preset_too(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text("epochs = 2\n[criterion]\nmargin = 0.5\n", encoding="utf-8")
    config = request_of("--method", "dpn", "--preset", str(recipe)).config
    assert (config.epochs, config.criterion) == (2, {"margin": 0.5})


def test_a_model_to_start_from_keeps_its_backbone() -> None:
    request = request_of("--from", "starter-64", "--method", "csq", "--preset", "paper")
    assert (request.parent, request.config.backbone) == ("starter-64", "tf_efficientnet_lite0")
    assert request.config.backbone_lr_scale == 0.01
