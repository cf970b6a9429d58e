"""Maps as pictures: colours over the photo, or contours alone.

Unsigned maps are viridis or cividis, which read the same with every kind of colour vision and in
grey. Signed ones go from blue (below zero) to red (above), or through one of these tables, whose
middle is zero then; their contours are dashed below zero, so that nothing depends on telling red
from blue. Knows no torch.
"""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from engine.explain.bit_map import BitMap

Palette = Literal["auto", "viridis", "cividis"]
Pixels = NDArray[np.uint8]

# Evenly spaced points of the published tables; colours between them are interpolated.
_VIRIDIS = "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725"
_CIVIDIS = "00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838"
_DIVERGING = "2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b"
GREYED = 0.25  # what is left of a photo's own colours below those of a map
_UNSEEN = 0.4  # of the brightness, where the network saw nothing
_LEVELS = (0.25, 0.5, 0.75)
_FAINTEST = 0.12  # of the opacity, where a signed map is near zero: the photo shines through


def colour_table(palette: Palette, *, signed: bool = False) -> Pixels:
    """Return 256 colours from the lowest value to the highest, shape (256, 3).

    Args:
        palette: Its name; "auto" for blue to red of signed maps and viridis of others.
        signed: Whether the middle is zero.
    """
    usual = _DIVERGING if signed else _VIRIDIS
    words = {"auto": usual, "viridis": _VIRIDIS, "cividis": _CIVIDIS}[palette]
    points = np.array([tuple(bytes.fromhex(word)) for word in words.split()], np.float64)
    places = np.linspace(0, len(points) - 1, 256)
    channels = [np.interp(places, range(len(points)), channel) for channel in points.T]
    return np.round(np.stack(channels, axis=1)).astype(np.uint8)


def value_range(*maps: BitMap) -> tuple[float, float]:
    """Return the ends of a scale that maps can share, with zero in its middle if one is signed."""
    lowest = min(float(each.values.min()) for each in maps)
    highest = max(float(each.values.max()) for each in maps)
    if any(each.signed for each in maps):
        highest = max(abs(lowest), abs(highest))
        lowest = -highest
    return lowest, highest


def render_map(
    bit_map: BitMap,
    width: int,
    height: int,
    *,
    opacity: float = 0.7,
    palette: Palette = "auto",
    scale: tuple[float, float] | None = None,
    contours: bool = False,
) -> Pixels:
    """Draw a map to lay over the picture.

    Args:
        bit_map: What is drawn.
        width: Of the drawn picture.
        height: Likewise.
        opacity: 0 for the photo alone, 1 for colours alone.
        palette: As in :func:`colour_table`.
        scale: Values of the first and the last colour, to compare maps; by default those of the
            map itself, around zero if it is signed.
        contours: Lines of equal value instead of colours.

    Returns:
        RGBA, shape (height, width, 4); transparent where the network saw nothing.
    """
    lowest, highest = value_range(bit_map) if scale is None else scale
    drawn = bit_map.on_picture(width, height)
    seen = np.isfinite(drawn)
    span = highest - lowest
    shares = np.clip((np.nan_to_num(drawn) - lowest) / span, 0, 1) if span > 0 else 0.5 * seen
    colours = colour_table(palette, signed=bit_map.signed)[np.round(255 * shares).astype(np.uint8)]
    if contours:
        return _contours(shares, seen, bit_map.signed)
    strength = np.full(shares.shape, opacity)
    if bit_map.signed:
        strength *= _FAINTEST + (1 - _FAINTEST) * np.abs(2 * shares - 1)
    alpha = np.round(255 * strength * seen).astype(np.uint8)
    return np.dstack([colours, alpha])


def overlay(picture: Image.Image, layer: Pixels, *, saturation: float = 1.0) -> Image.Image:
    """Return an RGB picture with a layer of its size over it.

    Args:
        picture: What lies below.
        layer: Of :func:`render_map`.
        saturation: Of what lies below: food is red and brown, and hides the colours of a map.
    """
    below = ImageEnhance.Color(picture).enhance(saturation).convert("RGBA")
    return Image.alpha_composite(below, Image.fromarray(layer)).convert("RGB")


def dim_unseen(picture: Image.Image, bit_map: BitMap) -> Image.Image:
    """Return an RGB picture that is dark where the network saw nothing."""
    seen = np.isfinite(bit_map.on_picture(*picture.size))
    dark = ImageEnhance.Brightness(picture).enhance(_UNSEEN)
    return Image.composite(picture, dark, Image.fromarray(seen))


def to_png(picture: Image.Image) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _contours(shares: NDArray[np.float64], seen: NDArray[np.bool_], signed: bool) -> Pixels:
    """Draw lines of equal value, white in a dark edge so that they show on any photo."""
    unit = max(1, round(min(shares.shape) / 240))
    above = _lines(shares, seen, [0.5 + level / 2 for level in _LEVELS] if signed else _LEVELS)
    if signed:
        below = _lines(shares, seen, [0.5 - level / 2 for level in _LEVELS])
        rows, columns = np.indices(shares.shape)
        dashes = (rows // (4 * unit) + columns // (4 * unit)) % 2 == 0
        above |= below & dashes
    line = _thicken(above, unit) & seen
    edge = _thicken(line, unit) & seen
    layer = np.zeros((*shares.shape, 4), np.uint8)
    layer[edge] = (0, 0, 0, 150)
    layer[line] = (255, 255, 255, 255)
    return layer


def _lines(
    shares: NDArray[np.float64], seen: NDArray[np.bool_], levels: list[float] | tuple[float, ...]
) -> NDArray[np.bool_]:
    """Return the pixels at which a level lies between them and the next one."""
    steps = np.digitize(shares, sorted(levels))
    found = np.zeros(shares.shape, np.bool_)
    found[:, :-1] |= (steps[:, :-1] != steps[:, 1:]) & seen[:, :-1] & seen[:, 1:]
    found[:-1] |= (steps[:-1] != steps[1:]) & seen[:-1] & seen[1:]
    return found


def _thicken(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    thick = mask.copy()
    for shift in range(1, radius + 1):
        for to, of in ((np.s_[shift:], np.s_[:-shift]), (np.s_[:-shift], np.s_[shift:])):
            thick[to] |= mask[of]
            thick[:, to] |= mask[:, of]
    return thick
