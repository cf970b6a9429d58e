from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.preprocessing import Preprocessing
from engine.training.augment import _draw_box, augment, cache_side
from tests.engine.training.runs import configure

PLAIN: dict[str, Any] = {"flip": False, "degrade": 0.0, "jitter": 0.0}


def size(side: int) -> Preprocessing:
    return Preprocessing(side, 1.0, "bicubic", (0.5,) * 3, (0.5,) * 3)


@settings(max_examples=300)
@given(
    st.sampled_from(["none", "crop", "resized_crop"]),
    st.integers(16, 400),
    st.integers(16, 400),
    st.floats(0.01, 1.0),
    st.integers(0, 2**32),
)
def test_the_part_that_is_seen_lies_inside_the_photo(
    kind: str, width: int, height: int, least: float, seed: int
) -> None:
    config = configure(augment=kind, min_scale=least)
    box = _draw_box((width, height), 64, config, np.random.default_rng(seed))
    left, top, right, bottom = np.float32(box)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    if kind == "resized_crop":
        area = (right - left) * (bottom - top) / (width * height)
        assert area >= min(least, min(width, height) / max(width, height)) * 0.999
    else:
        assert right - left == pytest.approx(min(64, width, height))
        assert bottom - top == pytest.approx(min(64, width, height))


@settings(max_examples=50)
@given(st.integers(8, 300), st.integers(8, 300), st.integers(8, 70), st.integers(0, 100))
def test_a_square_comes_out_of_every_photo(width: int, height: int, side: int, seed: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    config = configure(degrade=0.9, jitter=0.5)
    draws = [augment(pixels, size(side), config, np.random.default_rng(seed)) for _ in range(2)]
    assert draws[0].shape == (side, side, 3)
    assert draws[0].dtype == np.uint8
    assert np.array_equal(draws[0], draws[1])


@pytest.mark.parametrize(
    ("crop_pct", "detail"), [(0.8, None), (0.875, None), (1.0, None), (1.0, 28)]
)
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_without_augmentation_a_photo_is_seen_as_when_encoding(
    interpolation: str, crop_pct: float, detail: int | None
) -> None:
    preprocessing = Preprocessing(48, crop_pct, interpolation, (0.5,) * 3, (0.5,) * 3, detail)
    config = configure(augment="none", input_size=48, detail=detail, **PLAIN)
    side = cache_side(config, preprocessing)
    pixels = np.random.default_rng(0).integers(0, 256, (side, side + 20, 3), np.uint8)
    seen = augment(pixels, preprocessing, config, np.random.default_rng(0))
    encoded = preprocessing(Image.fromarray(pixels))
    # What is enlarged when training has seen the pixels around the square.
    inner = slice(6, -6) if detail else slice(None)
    assert np.array_equal(seen[inner, inner], encoded[inner, inner])


@pytest.mark.parametrize(
    ("kind", "crop_pct", "detail", "wanted"),
    [
        ("none", 0.875, None, 256),
        ("crop", 1.0, None, 256),
        ("crop", 0.8, None, 280),
        ("resized_crop", 0.875, None, 336),
        ("none", 0.875, 64, 73),
        ("crop", 1.0, 64, 73),
        ("resized_crop", 1.0, 64, 64),
    ],
)
def test_photos_are_kept_as_large_as_they_are_needed(
    kind: str, crop_pct: float, detail: int | None, wanted: int
) -> None:
    preprocessing = Preprocessing(224, crop_pct, "bicubic", (0.5,) * 3, (0.5,) * 3, detail)
    assert cache_side(configure(augment=kind), preprocessing) == wanted


def test_a_part_is_enlarged_from_the_detail_that_is_kept() -> None:
    """Stripes of the width that encoding keeps stay; the part is scaled up to the input."""
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    config = configure(augment="none", detail=64, **PLAIN)
    seen = augment(stripes, size(128), config, np.random.default_rng(0))
    expected = Image.fromarray(stripes).resize((128, 128), Image.Resampling.BICUBIC)
    assert np.array_equal(seen, expected)


def test_training_photos_are_compressed_as_when_encoding() -> None:
    preprocessing = Preprocessing(96, 1.0, "bicubic", (0.5,) * 3, (0.5,) * 3, 64, 75)
    config = configure(augment="none", detail=64, detail_quality=75, **PLAIN)
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    seen = augment(pixels, preprocessing, config, np.random.default_rng(0))
    assert np.array_equal(seen, preprocessing(Image.fromarray(pixels)))


def test_flip_degrade_and_jitter_change_what_they_should() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)

    def seen(**options: Any) -> list[np.ndarray[Any, Any]]:
        config = configure(augment="none", **{**PLAIN, **options})
        return [
            augment(pixels, size(40), config, np.random.default_rng(seed)) for seed in range(40)
        ]

    assert all(np.array_equal(square, pixels) for square in seen())
    flipped = [np.array_equal(square, pixels[:, ::-1]) for square in seen(flip=True)]
    assert 5 < sum(flipped) < 35
    degraded = [not np.array_equal(square, pixels) for square in seen(degrade=0.5)]
    assert 5 < sum(degraded) < 35
    assert all(square.std() < pixels.std() for square in seen(degrade=0.999))
    assert all(not np.array_equal(square, pixels) for square in seen(jitter=0.4))
