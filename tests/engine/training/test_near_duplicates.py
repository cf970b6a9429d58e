"""Which photos are taken for the same picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from engine.events import JobContext
from engine.training.near_duplicates import find_twins
from engine.training.photos import samples_of_folder
from engine.training.pixel_cache import PixelCache, open_cache
from engine.training.prepare import prepare_photos
from tests.engine.training.runs import configure


def scenery(seed: int, size: tuple[int, int] = (240, 200)) -> Image.Image:
    """A picture with something everywhere, as photos are."""
    rng = np.random.default_rng(seed)
    blocks = Image.fromarray(rng.integers(0, 256, (12, 12, 3), np.uint8))
    return blocks.resize(size, Image.Resampling.BICUBIC)


def cached(folder: Path, *images: Image.Image) -> PixelCache:
    folder.mkdir(exist_ok=True)
    files = [folder / f"{number}.png" for number in range(len(images))]
    for file, image in zip(files, images, strict=True):
        image.save(file)
    return open_cache(files, 96, folder / "cache", JobContext(), workers=1)


def twins(cache: PixelCache) -> dict[int, int]:
    """Look the first photo up among the others."""
    return find_twins(cache, np.array([0]), np.arange(1, len(cache.hashes)))


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image.resize((90, 75)),
        lambda image: image.crop((4, 3, 237, 197)),
        lambda image: ImageEnhance.Brightness(image).enhance(1.3),
        lambda image: ImageEnhance.Contrast(image).enhance(0.7),
    ],
    ids=["smaller", "cropped", "brighter", "paler"],
)
def test_a_changed_picture_is_found_among_others(change, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    image = scenery(0)
    others = [scenery(seed) for seed in range(1, 9)]
    assert twins(cached(tmp_path, image, *others, change(image))) == {0: 9}
    assert twins(cached(tmp_path / "without", image, *others)) == {}


def test_the_nearest_twin_is_named(tmp_path: Path) -> None:
    image = scenery(0)
    cropped = image.crop((5, 4, 236, 196))
    assert twins(cached(tmp_path, image, cropped, image.resize((120, 100)))) == {0: 2}


def test_pictures_of_one_colour_are_like_nothing(tmp_path: Path) -> None:
    plain = [Image.new("RGB", (100, 100), colour) for colour in ("black", "white", "red")]
    assert twins(cached(tmp_path, *plain)) == {}


def test_the_same_drawing_in_other_colours_is_another_picture(tmp_path: Path) -> None:
    red, green, blue = scenery(0).split()
    assert twins(cached(tmp_path, scenery(0), Image.merge("RGB", (blue, red, green)))) == {}


def test_what_a_moved_photo_draws_along_is_moved_too(tmp_path: Path) -> None:
    """A series in which each picture is like the next, but the ends are not alike."""
    view = scenery(0, (400, 200))
    series = [view.crop((shift, 0, shift + 240, 200)) for shift in range(0, 120, 6)]
    folder = tmp_path / "photos"
    for kind in ("series", "others"):
        (folder / kind).mkdir(parents=True)
        for number in range(20):
            image = series[number] if kind == "series" else scenery(100 + number)
            image.save(folder / kind / f"{number:02}.png")
    cache = open_cache(
        sorted((folder / "series").iterdir()), 96, tmp_path / "cache", JobContext(), workers=1
    )
    assert find_twins(cache, np.array([0]), np.array([19])) == {}
    photos = prepare_photos(
        samples_of_folder(folder),
        configure(validation_share=0.5),
        96,
        tmp_path / "cache",
        JobContext(),
        workers=1,
    )
    held = {photos.samples[number].label for number in photos.held}
    assert held == {"others"}
    assert len(photos.moved) == 10
    assert find_twins(photos.cache, photos.held, photos.train) == {}
