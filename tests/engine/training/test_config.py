from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from engine.errors import InputError
from engine.methods import list_methods
from engine.training.config import (
    PEOPLE_PRESETS,
    SettingError,
    TrainConfig,
    assign,
    list_presets,
    load_preset,
)
from tests.engine.training.runs import configure

METHODS = [method.name for method in list_methods()]


@pytest.mark.parametrize("method", METHODS)
def test_every_preset_of_every_method_is_a_configuration(method: str) -> None:
    for preset in list_presets(method):
        values = {"backbone": "resnet18", **load_preset(preset, method)}
        config = TrainConfig.from_dict({**values, "method": method, "num_bits": 64})
        again = TrainConfig.from_dict(json.loads(json.dumps(config.to_dict())))
        assert again == config


def test_people_choose_by_the_time_they_have() -> None:
    epochs = [load_preset(name, "dpn")["epochs"] for name in PEOPLE_PRESETS]
    assert epochs == sorted(epochs)
    assert list_presets("dpn")[:3] == list(PEOPLE_PRESETS)


def test_an_unknown_preset_or_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no preset of dpn named “slow”\. Known are: quick"):
        load_preset("slow", "dpn")
    broken = tmp_path / "broken.toml"
    broken.write_text("epochs = = 3")
    for file in (broken, tmp_path / "missing.toml"):
        with pytest.raises(InputError, match="A preset is a TOML file"):
            load_preset(str(file), "dpn")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", 0.0),
        ("lr", "1e-3"),
        ("lr", True),
        ("lr", math.nan),
        ("lr", math.inf),
        ("epochs", 0),
        ("epochs", 2.0),
        ("batch_size", 1),
        ("num_bits", 0),
        ("num_bits", 4097),  # no model file could hold it
        ("photos_per_class", 5),  # of batches of 8
        ("optimizer", "lion"),
        ("augment", None),
        ("amp", "fp8"),
        ("seed", -1),
        ("seed", 2**31),
        ("part_size", -1),
        ("part_size", 1),
        ("detail", 0),
        ("detail", 5000),
        ("detail_quality", 75),  # without a detail
        ("detail_quality", 0),
        ("keep_codes", -0.1),
        ("validation_share", 1.0),
        ("crop_pct", 2.0),
        ("min_scale", 0.0),
        ("step_factor", 0.0),
        ("warmup_epochs", math.inf),
        ("network", 5),
        ("criterion", {"margin": math.nan}),
        ("criterion", {"margin": object()}),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(SettingError) as caught:
        configure(**{name: value})
    assert caught.value.name == name


def test_an_unknown_or_missing_setting_is_refused() -> None:
    with pytest.raises(InputError, match=r"no setting named “rl”\. Known are: amp, augment"):
        configure(rl=0.1)
    with pytest.raises(SettingError, match="num_bits is missing"):
        TrainConfig.from_dict({"method": "dpn", "backbone": "resnet18"})


def test_assignments_are_read_as_toml_else_as_words() -> None:
    settings: dict[str, Any] = {"network": {"head": "cls"}}
    for text in (
        "lr=1e-4",
        "flip=false",
        "augment=crop",
        "criterion.rates=[1, 2]",
        "schedule='step'",
    ):
        assign(settings, text)
    assign(settings, "network.bias=true")
    assert settings == {
        "lr": 1e-4,
        "flip": False,
        "augment": "crop",
        "criterion": {"rates": [1, 2]},
        "schedule": "step",
        "network": {"head": "cls", "bias": True},
    }
    for text in ("lr", "network.head=1"):
        with pytest.raises(SettingError):
            assign({"network": 5}, text)
