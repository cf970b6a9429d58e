"""The program as a user starts it, in a process of its own, with the real engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

PROGRAM = [sys.executable, "-m", "foodsearch_gui"]


def start(*arguments: str | Path, timeout: int = 100) -> subprocess.CompletedProcess[str]:
    """Run the window without a screen; it chooses the offscreen platform by itself."""
    gone = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in gone}
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def colours(path: Path) -> int:
    """Return how many colours a picture has: some hundred for text, ten thousands for photos."""
    with Image.open(path) as image:
        found = image.convert("RGB").getcolors(maxcolors=2**24)
    assert found is not None
    return len(found)


def test_the_first_start_paints_itself_and_ends(tmp_path: Path) -> None:
    target = tmp_path / "pictures" / "first.png"
    ended = start("--home", tmp_path / "home", "--screenshot", target)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    with Image.open(target) as image:
        assert image.size == (1280, 800)
    assert colours(target) < 5000
    assert not list((tmp_path / "home" / "log").glob("crash*"))


def test_a_target_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    ended = start("--home", tmp_path / "home", "--screenshot", tmp_path / "file" / "x.png")
    assert ended.returncode == 1
    assert "x.png" in ended.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_demo_shows_matches(tmp_path: Path) -> None:
    target, home = tmp_path / "demo.png", tmp_path / "home"
    ended = start("--demo", "--home", home, "--screenshot", target, timeout=500)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert colours(target) > 20_000
    photo = next((home / "data" / "Drawn samples" / "pizza").iterdir())
    again = tmp_path / "again.png"
    ended = start(photo, "--home", home, "--theme", "dark", "--screenshot", again)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert colours(again) > 20_000
