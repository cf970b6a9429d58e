"""A canvas for soft, rounded shapes: each one casts a shadow and is shaded by one light.

Everything is blended by Pillow through 8-bit masks; only the light is computed, on coarse grids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

from engine.demo.shapes import Outline

Color: TypeAlias = tuple[float, float, float]
Window: TypeAlias = tuple[int, int, int, int]
Field: TypeAlias = NDArray[np.float64]

OVERSAMPLING = 2  # drawn twice as large and averaged, which smooths the edges
_SHADOW = 0.42  # how dark the core of a shadow is
_NOISE_UNIT = 40  # grey levels of one standard deviation of the grain


@dataclass(frozen=True)
class View:
    """How dish units map to pixels.

    Attributes:
        scale: Pixels of the finished picture in one dish unit.
        center: Where the dish's origin lies, as shares of width and height.
        rotation: Of the dish, in radians.
        tilt: Foreshortening of the y axis; 1 looks straight down.
        light: Direction the light comes from, in radians.
    """

    scale: float
    center: tuple[float, float] = (0.5, 0.5)
    rotation: float = 0.0
    tilt: float = 1.0
    light: float = -2.2


@dataclass(frozen=True)
class Surface:
    """What a shape is made of.

    Attributes:
        bulge: How strongly the rims are shaded, negative for a hollow.
        edge: Width of the shaded rim as a share of the first shape's smaller side.
        shadow: Length of the cast shadow in dish units.
        grain: Strength of the surface's irregularity.
        gloss: Strength of the highlight.
        opacity: 1 hides what is below.
    """

    bulge: float = 0.5
    edge: float = 0.25
    shadow: float = 0.03
    grain: float = 0.0
    gloss: float = 0.0
    opacity: float = 1.0


class Canvas:
    """A picture in the making.

    Args:
        size: Width and height of the finished picture in pixels.
        view: How dish units map to it.
        rng: Source of the grain.
    """

    def __init__(self, size: tuple[int, int], view: View, rng: np.random.Generator) -> None:
        self.view = view
        self._image = Image.new("RGB", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING))
        self._unit = view.scale * OVERSAMPLING
        self._light = np.array([np.cos(view.light), np.sin(view.light)])
        self._grain = _noise(rng, *self._image.size)

    def add(
        self, outlines: Outline | Sequence[Outline], colors: Color | Sequence[Color], **how: float
    ) -> None:
        """Draw shapes as one layer.

        Args:
            outlines: Polygons in dish units, one or several.
            colors: One colour for all, or one for each; red, green, blue in 0..255.
            **how: Fields of :class:`Surface`.
        """
        surface = Surface(**how)
        shapes = [outlines] if isinstance(outlines, np.ndarray) else list(outlines)
        points = [self._to_pixels(shape) for shape in shapes]
        reach = surface.shadow * self._unit
        window = self._window(points, margin=int(2 * reach + 6))
        if window is None:
            return
        mask = _draw(points, [255] * len(points), Image.new("L", _size(window)), window)
        if reach:
            self._blend((0, 0, 0), window, self._shadow(mask, reach), _SHADOW * surface.opacity)
        paint = self._paint(points, colors, mask, surface, window)
        self._blend(paint, window, mask, surface.opacity)

    def grade(self, brightness: float, warmth: float, vignette: float) -> None:
        """Set the light of the whole picture: exposure, colour temperature, darker corners."""
        width, height = self._image.size
        x, y = np.meshgrid(np.linspace(-1, 1, width // 8), np.linspace(-1, 1, height // 8))
        slope = 0.09 * (x * self._light[0] + y * self._light[1])
        dark = _to_mask(vignette * (x * x + y * y) / 2 - slope)
        self._image.paste((0, 0, 0), mask=dark.resize(self._image.size, Image.Resampling.BILINEAR))
        channels = zip(self._image.split(), (1 + warmth, 1.0, 1 - warmth), strict=True)
        self._image = Image.merge(
            "RGB",
            [channel.point(_gain_table(brightness * gain)) for channel, gain in channels],
        )

    def finish(self) -> Image.Image:
        """Return the picture at its final size."""
        return self._image.reduce(OVERSAMPLING)

    def _blend(
        self, paint: Image.Image | Color, window: Window, mask: Image.Image, strength: float
    ) -> None:
        if strength < 1:
            mask = mask.point(_gain_table(strength))
        self._image.paste(paint, window, mask)

    def _paint(
        self,
        points: Sequence[Outline],
        colors: Color | Sequence[Color],
        mask: Image.Image,
        surface: Surface,
        window: Window,
    ) -> Image.Image:
        """Return the colours of a layer with the light on them."""
        if isinstance(colors[0], tuple):
            tones = [_whole(color) for color in colors]  # type: ignore[arg-type]
            paint = _draw(points, tones, Image.new("RGB", _size(window)), window)
        else:
            tones = [_whole(colors)]  # type: ignore[arg-type]
            paint = Image.new("RGB", _size(window), tones[0])
        base = np.mean(tones, axis=0)
        if surface.bulge or surface.gloss:
            rim = max(surface.edge * float(np.ptp(points[0], axis=0).min()), 2.0)
            lit = self._lean(mask, rim)
            offsets = [_light_table(tone, surface) for tone in base]
            paint = ImageChops.add(
                paint, Image.merge("RGB", [lit.point(t) for t in offsets]), 1, -128
            )
        if surface.grain:
            rough = self._grain.crop(window)
            offsets = [_grain_table(tone, surface) for tone in base]
            paint = ImageChops.add(
                paint, Image.merge("RGB", [rough.point(t) for t in offsets]), 1, -128
            )
        return paint

    def _lean(self, mask: Image.Image, rim: float) -> Image.Image:
        """Return how far the rounded rim leans towards the light: 128 is not at all."""
        cell = max(rim / 2.5, 1.0)
        down, right = np.gradient(_smooth(mask, cell))
        lean = -(right * self._light[0] + down * self._light[1]) * rim / cell * 1.6
        return _to_mask(0.5 + lean / 2).resize(mask.size, Image.Resampling.BILINEAR)

    def _shadow(self, mask: Image.Image, reach: float) -> Image.Image:
        dx, dy = (-self._light * reach).round().astype(int).tolist()
        moved = Image.new("L", mask.size)
        moved.paste(mask, (dx, dy))
        soft = _to_mask(_smooth(moved, max(reach / 2.5, 1.0)))
        return soft.resize(mask.size, Image.Resampling.BILINEAR)

    def _to_pixels(self, outline: Outline) -> Outline:
        cos, sin = np.cos(self.view.rotation), np.sin(self.view.rotation)
        turned = outline @ np.array([[cos, sin], [-sin, cos]]) * [1.0, self.view.tilt]
        origin = np.array(self.view.center) * self._image.size
        return np.asarray(turned * self._unit + origin)

    def _window(self, points: Sequence[Outline], margin: int) -> Window | None:
        if not points:
            return None
        every = np.concatenate(points)
        left, top = (np.floor(every.min(axis=0)).astype(int) - margin).tolist()
        right, bottom = (np.ceil(every.max(axis=0)).astype(int) + margin).tolist()
        left, top = max(left, 0), max(top, 0)
        right, bottom = min(right, self._image.width), min(bottom, self._image.height)
        if right - left < 4 or bottom - top < 4:  # outside the picture
            return None
        return left, top, right, bottom


def _draw(
    points: Sequence[Outline], fills: Sequence[Any], on: Image.Image, window: Window
) -> Image.Image:
    pen = ImageDraw.Draw(on)
    for outline, fill in zip(points, fills, strict=True):
        pen.polygon((outline - window[:2]).ravel().tolist(), fill=fill)
    return on


def _size(window: Window) -> tuple[int, int]:
    return window[2] - window[0], window[3] - window[1]


def _whole(color: Color) -> tuple[int, int, int]:
    red, green, blue = (min(max(round(value), 0), 255) for value in color)
    return red, green, blue


def _gain_table(factor: float) -> list[int]:
    return _table(lambda value: factor * value)


def _light_table(tone: float, surface: Surface) -> list[int]:
    """Return what the light adds to a colour channel, around 128, by the lean of the surface."""

    def gain(value: Field) -> Field:
        lean = (value - 128) / 127
        return (
            128 + 0.5 * surface.bulge * tone * lean + 255 * surface.gloss * np.maximum(lean, 0) ** 3
        )

    return _table(gain)


def _grain_table(tone: float, surface: Surface) -> list[int]:
    return _table(lambda value: 128 + surface.grain * tone * (value - 128) / _NOISE_UNIT)


def _table(function: Callable[[Field], Field]) -> list[int]:
    """Return a lookup table for 8-bit values."""
    table: list[int] = np.clip(function(np.arange(256.0)) + 0.5, 0, 255).astype(int).tolist()
    return table


def _to_mask(values: Field) -> Image.Image:
    return Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))


def _smooth(mask: Image.Image, cell: float) -> Field:
    """Return the mask, 0..1, blurred on a grid of cells of so many pixels."""
    columns, rows = (max(round(side / cell), 2) for side in mask.size)
    coarse = np.asarray(mask.resize((columns, rows), Image.Resampling.BOX)) / 255
    coarse = np.pad(coarse, 2, mode="edge")
    weights = np.array([1, 4, 6, 4, 1]) / 16
    windows = np.lib.stride_tricks.sliding_window_view(coarse, 5, axis=0) @ weights
    return np.asarray(np.lib.stride_tricks.sliding_window_view(windows, 5, axis=1) @ weights)


def _noise(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Return irregularity around 128 at three scales, like crumbs, pores and stains."""
    total = np.zeros((height, width), np.float32)
    for cell, strength in ((3, 0.4), (14, 0.35), (60, 0.35)):
        coarse = rng.normal(size=(height // cell + 2, width // cell + 2)).astype(np.float32)
        total += strength * np.asarray(
            Image.fromarray(coarse).resize((width, height), Image.Resampling.BILINEAR)
        )
    return _to_mask((128 + _NOISE_UNIT * total) / 255)
