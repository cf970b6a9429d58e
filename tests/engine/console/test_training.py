"""Which settings a new training gets, of those that flags, presets and parents propose."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.console.parser import build_parser
from engine.console.training import _settings
from engine.models.store import ModelInfo, ModelStore
from engine.paths import Paths
from engine.training.config import TrainConfig, load_preset


def parsed(*words: object) -> argparse.Namespace:
    return build_parser().parse_args(["train", "photos", "--name", "x", *map(str, words)])


def settings(*words: object, parent: ModelInfo | None = None) -> dict[str, Any]:
    found = _settings(parsed(*words), parent)
    TrainConfig.from_dict(found)
    return found


@pytest.fixture
def starter(tmp_path: Path) -> ModelInfo:
    return ModelStore(Paths.resolve(tmp_path / "home")).get("starter-64")


def child_of(starter: ModelInfo, method: str, **options: Any) -> ModelInfo:
    return replace(starter, manifest=replace(starter.manifest, method=method, options=options))


def test_a_preset_file_may_name_method_and_seed_and_flags_go_before_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'method = "csq"\nseed = 7\n[criterion]\nquantization = 0.2\n'
        "[methods.csq]\nepochs = 5\n[methods.csq.criterion]\nmargin = 1\n"
    )
    found = _settings(parsed("--preset", file), None)
    assert (found["method"], found["seed"], found["epochs"]) == ("csq", 7, 5)
    assert found["criterion"] == {"quantization": 0.2, "margin": 1}
    assert "methods" not in found
    found = settings("--preset", file, "--method", "dpn", "--seed", 0)
    assert (found["method"], found["seed"]) == ("dpn", 0)
    assert "epochs" not in found


def test_the_recipe_is_that_of_the_method_wherever_it_is_named() -> None:
    found = settings("--set", "method=queryopt", "--preset", "paper")
    assert found["criterion"] == load_preset("paper", "queryopt")["criterion"]
    assert settings("--method", "dpn", "--set", "method=queryopt")["method"] == "queryopt"


def test_a_parent_gives_its_method_and_the_options_of_its_network(starter: ModelInfo) -> None:
    parent = child_of(starter, "foodhash", head="mean", fuse=False)
    found = settings(parent=parent)
    assert (found["method"], found["num_bits"]) == ("foodhash", 64)
    assert found["network"] == {"head": "mean", "fuse": False}
    found = settings("--set", "network.head=cls", parent=parent)
    assert found["network"] == {"head": "cls", "fuse": False}
    assert "network" not in settings("--method", "dpn", parent=parent)
    assert settings(parent=starter)["method"] == "dpn"


@pytest.mark.parametrize("method", ["adsh", "queryopt"])
@pytest.mark.parametrize(("preset", "least"), [("quick", 1), ("balanced", 2), ("thorough", 2)])
def test_learned_codes_come_neither_too_early_nor_too_late(
    method: str, preset: str, least: int
) -> None:
    values = load_preset(preset, method)
    inner = values["criterion"]["inner_epochs"]
    photos = 1000
    assert inner * -(-photos // values["batch_size"]) >= 150
    assert (values["epochs"] - 1) // inner >= least, "rounds that others follow"
