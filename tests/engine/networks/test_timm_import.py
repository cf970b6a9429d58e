from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import torch

from engine.networks import timm_import


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Forget that torchvision was imported; record what is defined in place of the operators."""
    defined: list[str] = []

    class Library:
        def __init__(self, name: str, kind: str) -> None:
            assert (name, kind) == ("torchvision", "DEF")

        def define(self, schema: str) -> None:
            defined.append(schema)

    monkeypatch.setattr(torch.library, "Library", Library)
    timm_import._load_torchvision.cache_clear()
    yield defined
    timm_import._load_torchvision.cache_clear()


def importing(monkeypatch: pytest.MonkeyPatch, *outcomes: Exception | None) -> list[str]:
    """Let the imports of torchvision end as given, one after the other."""
    asked: list[str] = []

    def load(name: str) -> ModuleType:
        asked.append(name)
        outcome = outcomes[len(asked) - 1]
        if outcome is not None:
            sys.modules["torchvision.half_loaded"] = ModuleType("half")
            raise outcome
        return ModuleType(name)

    monkeypatch.setattr(importlib, "import_module", load)
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    return asked


def test_declares_the_two_operators_when_they_are_missing(
    fresh: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = RuntimeError("operator torchvision::nms does not exist")
    asked = importing(monkeypatch, error, None)
    timm_import._load_torchvision()
    assert [schema.partition("(")[0] for schema in fresh] == ["nms", "qnms"]
    assert asked == ["torchvision", "torchvision"]
    assert "torchvision.half_loaded" not in sys.modules


def test_declares_nothing_when_torchvision_loads(
    fresh: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    importing(monkeypatch, None)
    assert timm_import._load_torchvision() is None
    assert fresh == []


@pytest.mark.parametrize(
    "error", [RuntimeError("operator torchvision::roi_align"), ImportError("no module")]
)
def test_other_failures_pass_through(
    fresh: list[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    importing(monkeypatch, error)
    with pytest.raises(type(error)):
        timm_import._load_torchvision()
    assert fresh == []
    sys.modules.pop("torchvision.half_loaded", None)


def test_timm_really_loads() -> None:
    timm: Any = timm_import.load_timm()
    assert timm.is_model("resnet18")
