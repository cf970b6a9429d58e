"""What the colours of a map mean: a bar from its lowest value to its highest, with words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.explain.bit_map import BitMap, Kind
from engine.explain.captions import view_ends
from engine.explain.render import Pixels, colour_table, value_range
from engine.wording import signed

LEAST_WIDTH = 480  # pixels of a picture that title and words need
_FONTS = ("DejaVuSans.ttf", "Arial.ttf", "arial.ttf")  # that have a minus
_SOURCES: dict[Kind, str] = {
    "exact": "what the places add (exact)",
    "attention": "where it looked",
    "gradient": "an estimate (Grad-CAM)",
    "occlusion": "a test by blurring",
}
_INK, _EDGE, _PAPER = "black", "#606060", "white"


@dataclass(frozen=True)
class Legend:
    """What the colours of a map, or of several that share a scale, mean.

    Attributes:
        words: What the left end of the bar means, and the right one.
        values: Of its ends.
        colours: From left to right, shape (256, 3); None for contours.
        signed: Whether its middle is zero; contours are dashed on its left then.
    """

    words: tuple[str, str]
    values: tuple[str, str]
    colours: Pixels | None
    signed: bool


def legend_of(
    bit_map: BitMap, scale: tuple[float, float] | None = None, *, contours: bool = False
) -> Legend:
    """Return the legend of a map.

    Args:
        bit_map: One of the maps.
        scale: Values of the ends; by default those of the map itself.
        contours: Whether lines are drawn, not colours.
    """
    low, high = value_range(bit_map) if scale is None else scale
    colours = None if contours else colour_table("auto", signed=bit_map.signed)
    if not bit_map.signed:
        return Legend(view_ends(bit_map.name), (f"{low:.2g}", f"{high:.2g}"), colours, False)
    words = ("against", "for it") if bit_map.bit is None else ("towards off", "towards on")
    if contours:
        words = (f"dashed: {words[0]}", f"solid: {words[1]}")
    return Legend(words, (signed(low), signed(high)), colours, True)


def map_title(bit_map: BitMap, name: str | None = None) -> str:
    """Return what a map is of, with its value, e.g. ``Bit 7 “soup” is on (+1.32)``.

    Args:
        bit_map: The map.
        name: Of its bit, if it has one.
    """
    if bit_map.bit is not None:
        state = "on" if bit_map.logit > 0 else "off"
        called = f" “{name}”" if name else ""
        return f"Bit {bit_map.bit}{called} is {state} ({signed(bit_map.logit)})"
    if bit_map.signed:
        return f"All bits, for the match ({signed(bit_map.logit)})"
    return "What the model looked at, for all bits alike"


def map_source(bit_map: BitMap, model: str) -> str:
    """Return by whom and how a map was made, e.g. ``dishes-64 · a test by blurring``."""
    return f"{model} · {_SOURCES[bit_map.kind]}"


def with_legend(picture: Image.Image, title: str, source: str, legend: Legend) -> Image.Image:
    """Return a picture with its title above and its legend below, black on white.

    Args:
        picture: In the middle of a page that is at least ``LEAST_WIDTH`` pixels wide.
        title: What it shows.
        source: Of what is shown.
        legend: Of its colours.
    """
    width = max(picture.width, LEAST_WIDTH)
    size = max(15, round(width / 42))
    font, bold = _font(size), _font(round(1.25 * size))
    gap = size // 2
    line, bar = round(1.6 * size), round(0.9 * size)
    top = gap + 2 * line + gap
    foot = top + picture.height + gap
    page = Image.new("RGB", (width, foot + bar + 2 * size), _PAPER)
    page.paste(picture, ((width - picture.width) // 2, top))
    draw = ImageDraw.Draw(page)
    draw.text((gap, gap), _drawable(title, bold), _INK, bold)
    draw.text((gap, gap + line), _drawable(source, font), _INK, font)
    _draw_bar(page, draw, (gap, foot, width - gap - 1, foot + bar), legend)
    ends = [f"{word}, {value}" for word, value in zip(legend.words, legend.values, strict=True)]
    below = foot + bar + gap // 2
    draw.text((gap, below), _drawable(ends[0], font), _INK, font)
    draw.text((width - gap, below), _drawable(ends[1], font), _INK, font, "ra")
    if legend.signed and legend.colours is not None:
        draw.text((width // 2, below), "0", _INK, font, "ma")
    return page


def _draw_bar(
    page: Image.Image,
    draw: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    legend: Legend,
) -> None:
    left, top, right, bottom = box
    if legend.colours is not None:
        bar = Image.fromarray(legend.colours[np.newaxis])
        page.paste(bar.resize((right - left, bottom - top), Image.Resampling.BILINEAR), box[:2])
    else:
        draw.rectangle(box, "black")
        middle, height = (left + right) // 2, (top + bottom) // 2
        dash = max(4, (bottom - top) // 2)
        starts = range(left + dash, middle - dash, 2 * dash if legend.signed else dash)
        for start in starts:
            draw.line((start, height, start + dash, height), "white", 2)
        draw.line((middle + dash, height, right - dash, height), "white", 2)
    draw.rectangle(box, outline=_EDGE)


Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def _font(size: int) -> Font:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _drawable(text: str, font: Font) -> str:
    """Return a text in the letters that a font has: Pillow's own one knows no minus."""
    is_own = isinstance(font, ImageFont.FreeTypeFont) and font.getname()[0] == "Aileron"
    return text.replace("−", "-") if is_own else text
