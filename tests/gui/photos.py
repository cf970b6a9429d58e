"""Small drawn photos and their records, for tests of grids that need no library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine import PhotoRecord


def draw_photo(path: Path, number: int, size: tuple[int, int] = (320, 240)) -> Path:
    """Draw a plate whose colours depend on the number."""
    image = Image.new("RGB", size, (40 + 20 * number % 200, 90, 160))
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.ellipse((width // 6, height // 6, 5 * width // 6, 5 * height // 6), fill="white")
    draw.ellipse(
        (width // 3, height // 3, 2 * width // 3, 2 * height // 3),
        fill=(200, 30 * number % 256, 60),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def make_record(photo_id: int, path: Path, *, label: str | None = "soup") -> PhotoRecord:
    """Describe a file; the content hash is made up from its name."""
    return PhotoRecord(
        id=photo_id,
        path=path,
        label=label,
        width=320,
        height=240,
        size=path.stat().st_size if path.exists() else 0,
        mtime=0.0,
        state="ok",
        copies=1,
        content_hash=f"{path.name:0>40}".encode().hex()[-40:],
    )


class RepeatedPhotos:
    """Any number of photos over a few files; counts how many details were read."""

    def __init__(self, files: list[Path]) -> None:
        self._files = files
        self.fetched = 0

    def __call__(self, ids: NDArray[np.int64]) -> list[PhotoRecord]:
        self.fetched += len(ids)
        files = self._files
        return [make_record(int(key), files[int(key) % len(files)]) for key in ids]
