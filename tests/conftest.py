"""Every test runs in a home of its own and never touches the user's files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine  # noqa: F401  before torch, whose threads it teaches to wait
from engine.models.places import bundled_folder

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that FoodSearch takes for its home."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FOODSEARCH_HOME", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def starter_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program as if it came with one model: what else it comes with changes no other test."""
    folder = tmp_path_factory.mktemp("bundled")
    shutil.copy(bundled_folder() / "starter-64.fsmodel", folder)
    (folder / "default.json").write_text('{"id": "starter-64"}')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.models.store.bundled_folder", lambda: folder)
        yield folder


@pytest.fixture
def all_models(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program with all the models it comes with."""
    monkeypatch.setattr("engine.models.store.bundled_folder", bundled_folder)
    return bundled_folder()


@pytest.fixture(scope="session")
def photo_collections() -> Path:
    """The folder of real photo collections, or a skip that says what is missing."""
    folder = Path(os.environ.get("FOODSEARCH_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real photos: set FOODSEARCH_DATA to the folder of the collections")
    return folder
