from __future__ import annotations

import codecs
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.library.catalogue import Catalogue
from engine.library.libraries import open_library
from engine.paths import Paths
from tests.engine.library.pictures import ColourEncoder

NOBODY = 65534


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths.resolve(home)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """An empty folder that is the library's root in most tests."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def catalogue(paths: Paths, photos: Path) -> Iterator[Catalogue]:
    """An open library with one root."""
    with open_library(paths) as catalogue:
        catalogue.add_root(photos)
        yield catalogue


@pytest.fixture
def encoder() -> ColourEncoder:
    return ColourEncoder()


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of a user who is not the superuser, to whom no permission would be denied."""
    folder = Path(tempfile.mkdtemp(prefix="unprivileged-"))
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has no permissions of this kind")
    was_root = os.geteuid() == 0
    if was_root:
        codecs.lookup("ascii")  # Python itself may lie where that user cannot read
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if was_root:
            os.seteuid(0)
        for inner in [folder, *folder.rglob("*")]:
            if inner.is_dir() and not inner.is_symlink():
                inner.chmod(0o700)
        shutil.rmtree(folder)
