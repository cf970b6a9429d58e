from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.models.bundle import write_bundle
from engine.models.manifest import Manifest
from engine.preprocessing import Preprocessing

PREPROCESSING = Preprocessing(32, 0.875, "bicubic", (0.5, 0.5, 0.5), (0.25, 0.5, 0.5))
MANIFEST = Manifest(
    id="dishes-8",
    name="Dishes, 8 bits",
    method="itq",
    backbone="test_resnet",
    num_bits=8,
    classes=("noodles", "crème brûlée"),
    preprocessing=PREPROCESSING,
    parent="starter-64",
    seed=3,
    metrics={"map": 0.25},
    bit_names=(None, "round", *[None] * 6),
    licence="CC0",
    description="A model for tests.",
    created="2026-01-02T03:04:05+00:00",
)
TENSORS = {
    "hash_layer.weight": np.arange(32, dtype=np.float16).reshape(8, 4),
    "hash_layer.bias": np.linspace(-1, 1, 8, dtype=np.float32),
    "seen": np.array(7, dtype=np.int64),
}


def make_bundle(target: Path, tensors: dict[str, Any] | None = None, **changes: Any) -> Path:
    """Write a small valid model, except for what is changed."""
    manifest = dataclasses.replace(MANIFEST, **changes)
    write_bundle(target, manifest, tensors or TENSORS, {"epochs": [1, 2, 3]})
    return target


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[Edit], Path]:
    """Write a model whose manifest was changed behind the program's back."""

    def write(edit: Edit) -> Path:
        members = members_of(make_bundle(tmp_path / "good.fsmodel"))
        values = json.loads(members["manifest.json"])
        edit(values)
        members["manifest.json"] = json.dumps(values).encode()
        return make_zip(tmp_path / "edited.fsmodel", members)

    return write
