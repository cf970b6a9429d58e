"""What a network sees of a training photo: another part of it, and another quality, every time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from engine.preprocessing import Preprocessing, recompress
from engine.training.config import TrainConfig

_CROP_SHARE = 7 / 8  # the field trains on crops of 224 pixels from a shorter side of 256
_ENLARGED = 1.5  # resized_crop enlarges what it takes; beyond this the cache grows for nothing
_RATIO = (3 / 4, 4 / 3)
_TRIES = 10
_LEAST_BLUR = 0.3  # radius in pixels
_WEAKEST = 0.25  # degrade: the smallest share of the side that is left


def cache_side(config: TrainConfig, preprocessing: Preprocessing) -> int:
    """Return the shorter side in pixels at which photos are worth keeping for a run.

    Args:
        config: Of the run.
        preprocessing: When encoding; validation needs no less.
    """
    seen = preprocessing.detail or preprocessing.input_size
    encoded = round(seen / preprocessing.crop_pct)
    match config.augment:
        case "none":
            return encoded
        case "crop":
            return max(encoded, round(seen / _CROP_SHARE))
        case "resized_crop":
            # A part must not show more than encoding will.
            return encoded if preprocessing.detail else max(encoded, round(seen * _ENLARGED))


def augment(
    pixels: NDArray[np.uint8],
    preprocessing: Preprocessing,
    config: TrainConfig,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Return a random square of a photo, shape (input_size, input_size, 3).

    Args:
        pixels: The cached photo, shape (height, width, 3).
        preprocessing: When encoding; its size and resampling filter are those of the training.
        config: Of the run.
        rng: For this photo in this epoch.
    """
    image, side = Image.fromarray(pixels), preprocessing.input_size
    if config.detail_quality is not None:
        image = recompress(image, config.detail_quality)
    box = _draw_box(image.size, config.detail or side, config, rng)
    image = image.resize((side, side), preprocessing.resampling, box)
    if config.flip and rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if config.degrade and rng.random() < config.degrade:
        image = _degrade(image, rng)
    if config.jitter:
        image = _jitter(image, config.jitter, rng)
    return np.asarray(image)


def _draw_box(
    size: tuple[int, int], side: int, config: TrainConfig, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    width, height = size
    if config.augment == "resized_crop":
        return _draw_resized(width, height, config.min_scale, rng)
    whole = min(side, width, height)
    if config.augment == "none":  # what is seen when encoding
        left, top = (width - whole) / 2, (height - whole) / 2
        return left, top, left + whole, top + whole
    x, y = int(rng.integers(width - whole + 1)), int(rng.integers(height - whole + 1))
    return x, y, x + whole, y + whole


def _draw_resized(
    width: int, height: int, min_scale: float, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """Return a box of random area and ratio (Szegedy et al., Going Deeper with Convolutions)."""
    for _ in range(_TRIES):
        area = rng.uniform(min_scale, 1.0) * width * height
        ratio = math.exp(rng.uniform(math.log(_RATIO[0]), math.log(_RATIO[1])))
        wide, high = math.sqrt(area * ratio), math.sqrt(area / ratio)
        if wide <= width and high <= height:
            left, top = rng.uniform(0, width - wide), rng.uniform(0, height - high)
            return left, top, left + wide, top + high
    edge = min(width, height)
    left, top = (width - edge) / 2, (height - edge) / 2
    return left, top, left + edge, top + edge


def _degrade(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Take away resolution or sharpness, as messengers, thumbnails and shaking hands do."""
    if rng.random() < 0.5:
        radius = rng.uniform(_LEAST_BLUR, max(_LEAST_BLUR, image.width / 64))
        return image.filter(ImageFilter.GaussianBlur(radius))
    small = max(8, round(image.width * rng.uniform(_WEAKEST, 1.0)))
    return image.resize((small, small), Image.Resampling.BILINEAR).resize(
        image.size, Image.Resampling.BICUBIC
    )


def _jitter(image: Image.Image, strength: float, rng: np.random.Generator) -> Image.Image:
    for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = kind(image).enhance(rng.uniform(max(0.0, 1 - strength), 1 + strength))
    return image
