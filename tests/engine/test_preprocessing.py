from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from engine.photos import load_photo
from engine.preprocessing import Preprocessing, recompress

HALF = (0.5, 0.5, 0.5)
STANDARD = Preprocessing(224, 0.875, "bicubic", HALF, HALF)


def picture(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), "bisque")
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.2, height * 0.1, width * 0.7, height * 0.8), fill="tomato")
    draw.rectangle((width * 0.5, height * 0.5, width * 0.9, height * 0.9), fill="darkgreen")
    return image


@pytest.mark.parametrize("size", [(640, 480), (300, 301), (480, 640), (90, 120)])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear", "lanczos"])
def test_equals_resizing_then_cropping(size: tuple[int, int], interpolation: str) -> None:
    """The textbook order, up to the pixel it rounds the resized photo and the crop to."""
    image = picture(*size)
    scale = 256 / min(size)
    whole = image.resize(
        (round(image.width * scale), round(image.height * scale)),
        Image.Resampling[interpolation.upper()],
    )
    left, top = round((whole.width - 224) / 2), round((whole.height - 224) / 2)
    expected = np.asarray(whole.crop((left, top, left + 224, top + 224)), dtype=int)
    found = dataclasses.replace(STANDARD, interpolation=interpolation)(image)
    assert abs(found - expected).mean() < 1.5


def test_a_full_crop_shows_the_whole_shorter_side() -> None:
    image = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(image).rectangle((100, 0, 299, 199), outline="black", width=20)
    found = dataclasses.replace(STANDARD, crop_pct=1.0, input_size=100)(image)
    assert (found[[0, -1]] < 40).all()
    assert (found[:, [0, -1]] < 40).all()
    assert (found[20:80, 20:80] > 245).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([0.5, 0.875, 0.9, 1.0]))
def test_gives_a_square_of_any_photo(width: int, height: int, crop_pct: float) -> None:
    image = Image.new("RGB", (width, height), (10, 200, 30))
    found = Preprocessing(32, crop_pct, "bicubic", HALF, HALF)(image)
    assert found.shape == (32, 32, 3)
    assert found.dtype == np.uint8
    assert (found == (10, 200, 30)).all()


def test_the_side_a_photo_is_scaled_to() -> None:
    assert STANDARD.resize_to == 256
    assert dataclasses.replace(STANDARD, crop_pct=1.0).resize_to == 224


def test_a_photo_decoded_at_a_reduced_size_looks_like_the_whole() -> None:
    """Decoded to no more pixels than are needed, it would look several times as different."""
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((2000, 1500), Image.Resampling.BICUBIC).save(file, "JPEG")
    seen = dataclasses.replace(STANDARD, input_size=164)

    def difference(side: int) -> float:
        reduced = load_photo(file.getvalue(), min_side=side).image
        assert min(reduced.size) < 1500
        whole = seen(load_photo(file.getvalue()).image)
        return float(abs(seen(reduced).astype(int) - whole).mean())

    assert seen.decode_side == 2 * seen.resize_to
    assert difference(seen.decode_side) < difference(seen.resize_to) / 3


def test_follows_the_description_of_the_weights() -> None:
    cfg = {
        "input_size": (3, 240, 240),
        "crop_pct": 0.9,
        "interpolation": "bilinear",
        "mean": (0.485, 0.456, 0.406),
        "std": (0.229, 0.224, 0.225),
        "license": "mit",
    }
    expected = Preprocessing(240, 0.9, "bilinear", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert Preprocessing.from_pretrained_cfg(cfg) == expected
    assert Preprocessing.from_pretrained_cfg(cfg, 96).input_size == 96
    assert Preprocessing.from_pretrained_cfg({**cfg, "crop_pct": 1.15}).crop_pct == 1.0


@pytest.mark.parametrize(("detail", "quality"), [(None, None), (64, None), (64, 75)])
def test_comes_back_from_a_dictionary(detail: int | None, quality: int | None) -> None:
    preprocessing = dataclasses.replace(STANDARD, detail=detail, detail_quality=quality)
    values = preprocessing.to_dict()
    assert ("detail" in values) == (detail is not None)
    assert ("detail_quality" in values) == (quality is not None)
    assert Preprocessing.from_dict(values) == preprocessing


def test_with_little_detail_a_photo_looks_alike_at_every_size() -> None:
    little = dataclasses.replace(STANDARD, detail=32)
    large = picture(1600, 1200)
    small = large.resize((64, 48), Image.Resampling.BICUBIC)

    def difference(preprocessing: Preprocessing) -> float:
        return float(abs(preprocessing(large).astype(int) - preprocessing(small)).mean())

    assert difference(little) < difference(STANDARD) / 3


def test_what_was_compressed_once_looks_like_what_was_not() -> None:
    """A collection of small, compressed photos and a clean photo give nearly the same pixels."""
    noise = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    clean = Image.fromarray(noise).resize((64, 64), Image.Resampling.BICUBIC)
    compressed = recompress(clean, 75)
    whole = dataclasses.replace(STANDARD, crop_pct=1.0, detail=64)

    def difference(preprocessing: Preprocessing) -> float:
        return float(abs(preprocessing(clean).astype(int) - preprocessing(compressed)).mean())

    assert difference(dataclasses.replace(whole, detail_quality=75)) < difference(whole) / 3


def test_detail_is_what_a_smaller_input_would_have_seen() -> None:
    image = picture(640, 480)
    smaller = Image.fromarray(dataclasses.replace(STANDARD, input_size=64)(image))
    enlarged = np.asarray(smaller.resize((224, 224), Image.Resampling.BICUBIC), dtype=int)
    found = dataclasses.replace(STANDARD, detail=64)(image)
    # The square's side is rounded to a pixel of either input.
    assert abs(found - enlarged).mean() < 1.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input_size", 0),
        ("input_size", 10**9),
        ("input_size", 224.0),
        ("input_size", True),
        ("input_size", None),
        ("crop_pct", 0),
        ("crop_pct", 1.2),
        ("crop_pct", "1"),
        ("crop_pct", float("nan")),
        ("crop_pct", True),
        ("interpolation", "nearest"),
        ("interpolation", 3),
        ("mean", [0.5, 0.5]),
        ("mean", "abc"),
        ("mean", [0.5, 0.5, "0.5"]),
        ("mean", [0.5, 0.5, float("inf")]),
        ("std", [0.5, 0.5, 0]),
        ("std", None),
        ("detail", 0),
        ("detail", None),
        ("detail", 64.0),
        ("detail", True),
        ("detail_quality", 0),
        ("detail_quality", 96),
        ("detail_quality", "75"),
        ("surprise", 1),
    ],
)
def test_refuses_wrong_values(name: str, value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Preprocessing.from_dict({**STANDARD.to_dict(), name: value})


def test_refuses_missing_values() -> None:
    for name in STANDARD.to_dict():
        values = STANDARD.to_dict()
        del values[name]
        with pytest.raises(ValueError, match="exactly"):
            Preprocessing.from_dict(values)
