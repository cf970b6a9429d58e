"""Indexing killed at random moments: the catalogue opens clean and nothing committed is lost."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.events import JobContext
from engine.library.catalogue import CATALOGUE, Catalogue
from engine.library.index_build import build_index
from engine.library.libraries import open_library
from engine.library.recovery import is_catalogue
from engine.library.scan import scan
from engine.paths import Paths
from tests.engine.library.pictures import ColourEncoder, jpeg, put

ROOT = Path(__file__).parents[3]
PHOTOS = 1500


def codes_by_path(catalogue: Catalogue) -> dict[Path, bytes]:
    changes = catalogue.changes_since(ColourEncoder.key, 0)
    found = {}
    for photo_id, code in zip(changes.ids.tolist(), changes.codes, strict=True):
        for path in catalogue.paths(photo_id):
            found[path] = code.tobytes()
    return found


def committed(paths: Paths) -> dict[Path, bytes]:
    """What another process sees of the library at this moment."""
    if not is_catalogue(paths.libraries / "Home" / CATALOGUE):
        return {}
    with open_library(paths, read_only=True) as reader:
        return codes_by_path(reader)


@pytest.fixture
def many(photos: Path) -> Path:
    for number in range(PHOTOS):
        put(photos / f"{number % 10}" / f"{number}.jpg", jpeg(number, (40, 30)))
    return photos


def start(photos: Path) -> subprocess.Popen[str]:
    victim = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.library.kill_victim", str(photos)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == "ready\n"
    return victim


def kill_at_random_moments(paths: Paths, photos: Path, kills: int) -> None:
    began = time.monotonic()
    with start(photos) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "done\n"
    whole = time.monotonic() - began
    unbroken = committed(paths)
    assert len(unbroken) == PHOTOS
    rng = random.Random(kills)
    partial = 0
    for number in range(kills):
        if number % 3 == 0 or len(committed(paths)) == PHOTOS:
            shutil.rmtree(paths.libraries)
        with start(photos) as victim:
            time.sleep(rng.uniform(0, whole))
            seen = committed(paths)
            victim.kill()
        with open_library(paths) as catalogue:
            assert catalogue.recovered is None
            with catalogue._database.read() as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            kept = codes_by_path(catalogue)
        assert seen.items() <= kept.items() <= unbroken.items()
        partial += 0 < len(kept) < PHOTOS
    with open_library(paths) as catalogue:
        if not catalogue.roots():
            catalogue.add_root(photos)
        scan(catalogue, JobContext())
        build_index(catalogue, ColourEncoder(), JobContext())
        assert codes_by_path(catalogue) == unbroken
        assert scan(catalogue, JobContext()).opened == 0
        assert build_index(catalogue, ColourEncoder(), JobContext()).encoded == 0
    assert partial or kills < 10, "no kill fell into the indexing"


def test_three_kills(paths: Paths, many: Path) -> None:
    kill_at_random_moments(paths, many, 3)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_thirty_kills(paths: Paths, many: Path) -> None:
    kill_at_random_moments(paths, many, 30)
