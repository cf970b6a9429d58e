"""Which settings a new training gets, of those that people, presets and parents propose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import InputError
from engine.models.store import ModelInfo, ModelStore
from engine.paths import Paths
from engine.training.config import load_preset
from engine.training.request import compose_config


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
    found = compose_config(preset=str(file))
    assert (found.method, found.seed, found.epochs) == ("csq", 7, 5)
    assert found.criterion == {"quantization": 0.2, "margin": 1}
    found = compose_config(preset=str(file), method="dpn", settings={"seed": 0})
    assert (found.method, found.seed) == ("dpn", 0)
    assert found.epochs != 5


def test_the_recipe_is_that_of_the_method_wherever_it_is_named() -> None:
    found = compose_config(preset="paper", assignments=["method=queryopt"])
    assert found.criterion == load_preset("paper", "queryopt")["criterion"]
    assert compose_config(method="dpn", assignments=["method=queryopt"]).method == "queryopt"


def test_a_parent_gives_its_method_and_the_options_of_its_network(starter: ModelInfo) -> None:
    parent = child_of(starter, "foodhash", head="mean", fuse=False)
    found = compose_config(parent=parent)
    assert (found.method, found.num_bits) == ("foodhash", 64)
    assert found.network == {"head": "mean", "fuse": False}
    found = compose_config(parent=parent, assignments=["network.head=cls"])
    assert found.network == {"head": "cls", "fuse": False}
    assert not compose_config(method="dpn", parent=parent).network
    assert compose_config(parent=starter).method == "dpn"


def test_the_size_of_a_parent_s_codes_and_pictures_goes_before_the_preset(
    starter: ModelInfo, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("num_bits = 16\ndetail = 32\n")
    preprocessing = replace(starter.manifest.preprocessing, detail=64)
    parent = replace(starter, manifest=replace(starter.manifest, preprocessing=preprocessing))
    found = compose_config(preset=str(file), parent=parent)
    assert (found.num_bits, found.detail) == (64, 64)
    assert compose_config(preset=str(file)).num_bits == 16


def test_settings_go_before_the_parent_and_assignments_before_both(starter: ModelInfo) -> None:
    assert compose_config(parent=starter, settings={"num_bits": 16}).num_bits == 16
    found = compose_config(settings={"num_bits": 16}, assignments=["num_bits=32"])
    assert found.num_bits == 32


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ({"assignments": ["lr"]}, "is not like NAME=VALUE"),
        ({"assignments": ["lr=-1"]}, "must be positive"),
        ({"settings": {"epochs": 0}}, "must be at least 1"),
        ({"settings": {"rl": 1}}, "no setting named"),
        ({"preset": "swift"}, "no preset of dpn named"),
        ({"method": "magic"}, "no method named"),
    ],
)
def test_what_cannot_be_is_refused_by_name(choice: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        compose_config(**choice)


@pytest.mark.parametrize("has_parent", [True, False])
def test_options_that_are_no_table_are_refused(
    has_parent: bool, starter: ModelInfo, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("network = 3")
    parent = child_of(starter, "foodhash") if has_parent else None
    with pytest.raises(
        InputError, match=r"“network” cannot be used\. It cannot be 3, only options by name"
    ):
        compose_config(preset=str(file), parent=parent)


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
