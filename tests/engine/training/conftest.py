from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.paths import Paths
from tests.engine.training.runs import draw_photos


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Small networks are faster without handing work around, and other tests run beside."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of nine small drawings."""
    return draw_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.resolve(tmp_path / "home")
