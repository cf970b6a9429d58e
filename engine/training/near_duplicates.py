"""Photos that are nearly the same picture: saved anew, scaled, brightened, cropped a little."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.codes import hamming
from engine.training.pixel_cache import PixelCache

# Of all pairs of photos of food10 and of thai10, 219 differ in at most 10 of 64 bits. The second
# look takes 151 of them for the same picture; of the 35 least alike of these all are, and of the
# 16 most alike of the others two are. The others are dark, or show a white plate from above.
_MOST_BITS = 10
_LEAST_LIKENESS = 0.88
_THUMB = 8  # pixels; the second look is at colours, which the first does not see


def find_twins(
    cache: PixelCache, asked: NDArray[np.int64], searched: NDArray[np.int64]
) -> dict[int, int]:
    """Return the photos that are nearly the same as another one, and the nearest such.

    Args:
        cache: Their pixels.
        asked: Numbers of the photos that are looked up.
        searched: Numbers of those they are compared with.
    """
    found = {}
    for number in asked.tolist():
        twin = _twin_of(cache, number, searched)
        if twin is not None:
            found[number] = twin
    return found


def _twin_of(cache: PixelCache, number: int, searched: NDArray[np.int64]) -> int | None:
    distances = hamming(cache.looks[searched], cache.looks[number])
    near = np.flatnonzero(distances <= _MOST_BITS)
    for row in near[np.argsort(distances[near], kind="stable")].tolist():
        other = int(searched[row])
        if _likeness(cache[number], cache[other]) >= _LEAST_LIKENESS:
            return other
    return None


def _likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the correlation of two pictures' colours, free of brightness and contrast."""
    return float((_reduce(one) * _reduce(other)).mean())


def _reduce(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    image = Image.fromarray(pixels).resize((_THUMB, _THUMB), Image.Resampling.BOX)
    values: NDArray[np.float64] = np.asarray(image, np.float64)
    values = values - values.mean(axis=(0, 1))
    return values / max(float(values.std()), 1e-9)  # one colour is like nothing
