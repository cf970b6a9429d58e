"""Every test runs in a home of its own and never touches the user's files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import engine  # noqa: F401  before torch, whose threads it teaches to wait

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that FoodSearch takes for its home."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FOODSEARCH_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def photo_collections() -> Path:
    """The folder of real photo collections, or a skip that says what is missing."""
    folder = Path(os.environ.get("FOODSEARCH_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real photos: set FOODSEARCH_DATA to the folder of the collections")
    return folder
