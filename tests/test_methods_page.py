"""docs/methods.md against the program: every method, option with its default, and setting."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from typing import Any

import pytest

from engine.method_info import MethodInfo
from engine.methods import list_methods
from engine.training.config import TrainConfig, list_presets
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "methods.md").read_text(encoding="utf-8")
METHODS = list_methods()
_OPTION = re.compile(r"`((?:network|criterion)\.\w+)` \((`[^`]+`|none)\)")


def section_of(method: MethodInfo) -> str:
    found = re.search(rf"^##? [^\n]*\(`{method.name}`\)\n(.*?)(?=^#)", PAGE, re.M | re.S)
    assert found, f"docs/methods.md has no section of {method.name}"
    return found.group(1)


def options_of(method: MethodInfo) -> dict[str, str]:
    """Return the options and their defaults as the page writes them."""
    found = {}
    for table, path in (("network", method.network), ("criterion", method.criterion)):
        if path:
            package = "losses" if table == "criterion" else "networks"
            module, _, kind = path.partition(".")
            built = getattr(importlib.import_module(f"engine.{package}.{module}"), kind)
            for option in inspect.signature(built).parameters.values():
                if option.kind is option.KEYWORD_ONLY:
                    found[f"{table}.{option.name}"] = toml(option.default)
    return found


def toml(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{list(value) if isinstance(value, tuple) else value}`"


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_is_explained_with_its_source_and_all_its_options(method: MethodInfo) -> None:
    section = section_of(method)
    assert " ".join(method.source.split()) in " ".join(section.split())
    assert dict(_OPTION.findall(section)) == options_of(method)


def test_every_setting_of_a_training_is_explained() -> None:
    settings = PAGE.partition("\n## Settings\n")[2].partition("\n## ")[0]
    for setting in dataclasses.fields(TrainConfig):
        if setting.name in ("network", "criterion"):
            continue
        (row,) = (line for line in settings.splitlines() if f"`{setting.name}`" in line)
        if setting.default not in (dataclasses.MISSING, None):
            assert toml(setting.default) in row, row


def test_every_preset_has_its_place_in_the_tables() -> None:
    presets = PAGE.partition("\n## Presets\n")[2].partition("\n## ")[0]
    for method in METHODS:
        for preset in list_presets(method.name):
            assert f"| `{preset}` |" in presets
        if method.needs_labels:
            assert re.search(rf"^\|[^|]*`{method.name}`[^|]*\|", presets, re.M), method.name
