"""Drawn dishes: a sample library for people without photos at hand, and pictures for the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from engine.demo import bowls, ice_cream, plates, upright
from engine.demo.canvas import Canvas, View
from engine.demo.table import draw_table
from engine.events import JobContext
from engine.storage import atomic_write

DESCRIPTION = "Drawing made by FoodSearch"
_LANDSCAPE, _PORTRAIT = (480, 360), (360, 480)
_IMAGE_DESCRIPTION = 0x010E  # Exif

_FLAT: dict[str, Callable[[Canvas, np.random.Generator], None]] = {
    "curry": plates.curry,
    "fried_eggs": plates.eggs,
    "fruit": plates.fruit,
    "noodles": bowls.noodles,
    "pizza": plates.pizza,
    "salad": bowls.salad,
    "soup": bowls.soup,
    "sushi": plates.sushi,
}
_UPRIGHT: dict[str, Callable[[Canvas, np.random.Generator], None]] = {
    "burger": upright.burger,
    "cake": upright.cake,
    "ice_cream": ice_cream.ice_cream,
    "pancakes": upright.pancakes,
}
DISHES = tuple(sorted({**_FLAT, **_UPRIGHT}))


def draw_demo_photos(
    folder: Path, ctx: JobContext | None = None, *, per_dish: int = 20, seed: int = 0
) -> int:
    """Draw the sample library, ``folder/<dish>/<dish>-NN.jpg``, and return how many pictures.

    The same seed draws the same pictures. Every file says in its Exif description that it is a
    drawing.

    Raises:
        JobCancelled: The job was stopped; the pictures drawn so far stay.
        OSError: The folder cannot be written to.
    """
    ctx = ctx or JobContext()
    total = per_dish * len(DISHES)
    for done in range(total):
        ctx.checkpoint()
        ctx.progress("Drawing", done, total)
        number, dish = divmod(done, len(DISHES))
        name = DISHES[dish]
        _save(draw_dish(name, number, seed), folder / name / f"{name}-{number + 1:02}.jpg")
    ctx.progress("Drawing", total, total)
    return total


def draw_dish(name: str, number: int, seed: int = 0) -> Image.Image:
    """Draw one picture of a dish of :data:`DISHES`; the numbers differ in everything but kind."""
    rng = np.random.default_rng([seed, DISHES.index(name), number])
    size = _PORTRAIT if rng.random() < 0.2 else _LANDSCAPE
    if name in _FLAT:
        canvas = Canvas(size, _from_above(size, rng), rng)
        draw_table(canvas, rng)
        _FLAT[name](canvas, rng)
    else:
        canvas = Canvas(size, _from_the_side(size, rng), rng)
        _UPRIGHT[name](canvas, rng)
    canvas.grade(rng.uniform(0.88, 1.1), rng.uniform(-0.05, 0.07), rng.uniform(0.1, 0.35))
    return canvas.finish()


def _from_above(size: tuple[int, int], rng: np.random.Generator) -> View:
    return View(
        scale=min(size) * rng.uniform(0.42, 0.56),
        center=(rng.uniform(0.44, 0.56), rng.uniform(0.44, 0.56)),
        rotation=rng.uniform(0, 2 * np.pi),
        tilt=rng.uniform(0.78, 1.0),
        light=rng.uniform(-3.0, -0.2),
    )


def _from_the_side(size: tuple[int, int], rng: np.random.Generator) -> View:
    return View(
        scale=min(size) * rng.uniform(0.38, 0.46),
        center=(rng.uniform(0.44, 0.56), rng.uniform(0.46, 0.56)),
        rotation=rng.uniform(-0.05, 0.05),
        light=rng.uniform(-2.8, -0.4),
    )


def _save(image: Image.Image, path: Path) -> None:
    exif = Image.Exif()
    exif[_IMAGE_DESCRIPTION] = DESCRIPTION
    with atomic_write(path) as file:
        image.save(file, "JPEG", quality=88, exif=exif)
