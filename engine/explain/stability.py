"""How steady a bit is: whether it stays when a photo is cropped, blurred, darkened or brightened.

A bit that flips when a tenth of the frame is cut away says little of the dish. How near zero a
logit must be for that differs from model to model, so it is measured along with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from engine.codes import CodeArray, IdArray
from engine.events import JobContext
from engine.explain.samples import draw_photos, read_pictures
from engine.library.catalogue import Catalogue

if TYPE_CHECKING:
    from engine.search.encode import Encoder

PHOTOS = 32  # drawn from a library; each is encoded ten times
KEPT_SIDE = 0.9  # of width and height, after a crop
BLURS = (0.005, 0.01)  # radius, of the shorter side
BRIGHTNESS = (0.75, 1.3)
MAY_FLIP = 0.2  # of the changed pictures: a bit that flips in so many may flip

Change = Callable[[Image.Image], Image.Image]
ShareArray = NDArray[np.float64]


@dataclass(frozen=True)
class Stability:
    """How often bits stay.

    Attributes:
        kept: Share of all changed pictures whose bit is that of the picture, shape (num_bits,).
        by_kind: The same for each kind of change: crop, blur, brightness.
        photos: How many pictures were changed.
        encodings: How many changed pictures there were.
        near: A bit may flip if its logit is at most so far from zero: it does in ``MAY_FLIP`` of
            the changed pictures or more. 0 where no bit flips so often.
    """

    kept: ShareArray
    by_kind: Mapping[str, ShareArray]
    photos: int
    encodings: int
    near: float


def measure_stability(
    encoder: Encoder, pictures: Iterable[Image.Image], ctx: JobContext | None = None
) -> Stability:
    """Return how often each bit keeps its value under small changes of pictures.

    Args:
        encoder: The model.
        pictures: Upright, RGB; larger than the network needs, or a crop blurs them as well.
        ctx: Line to whoever runs the job; interactive work is served between pictures.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    changes = [(kind, change) for kind, some in small_changes().items() for change in some]
    kinds = np.array([kind for kind, _ in changes])
    kept = np.zeros((len(changes), encoder.num_bits))
    margins: list[ShareArray] = []
    flips: list[ShareArray] = []
    for picture in pictures:
        ctx.checkpoint()
        views = [picture, *(change(picture) for _, change in changes)]
        logits = encoder.encode(np.stack([encoder.prepare(view) for view in views]))
        stays = (logits[1:] > 0) == (logits[0] > 0)
        kept += stays
        margins.append(np.abs(logits[0]).astype(np.float64))
        flips.append(1 - stays.mean(axis=0))
    photos = len(margins)
    shares = kept / max(1, photos)
    return Stability(
        kept=shares.mean(axis=0),
        by_kind={kind: shares[kinds == kind].mean(axis=0) for kind in small_changes()},
        photos=photos,
        encodings=photos * len(changes),
        near=flipping_margin(np.array(margins).ravel(), np.array(flips).ravel()),
    )


def flipping_margin(margins: ShareArray, flips: ShareArray) -> float:
    """Return the margin up to which bits flip in ``MAY_FLIP`` of the changed pictures or more.

    A fit of flips that fall with the margin (isotonic regression) crosses a level where the sum of
    what lies above it is largest, so that sum is all that is needed.

    Args:
        margins: How far from zero logits are, shape (n,).
        flips: In what share of the changed pictures each flips, shape (n,).
    """
    order = np.argsort(margins, kind="stable")
    above = np.cumsum(flips[order] - MAY_FLIP)
    if not len(above) or above.max() <= 0:
        return 0.0
    return float(margins[order][above.argmax()])


def measure_library_stability(
    encoder: Encoder,
    catalogue: Catalogue,
    ids: IdArray,
    codes: CodeArray,
    ctx: JobContext | None = None,
) -> Stability:
    """Return how often each bit keeps its value, on some photos drawn from a library.

    Args:
        encoder: The model.
        catalogue: The library.
        ids: Its photos with a code, shape (n,).
        codes: Their codes, packed, shape (n, bytes).
        ctx: Line to whoever runs the job; interactive work is served between photos.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    drawn = draw_photos(ids, codes, encoder.num_bits, count=PHOTOS, each=0)
    side = math.ceil(encoder.decode_side / KEPT_SIDE)

    def pictures() -> Iterator[Image.Image]:
        for done, (_, picture) in enumerate(read_pictures(catalogue, drawn, side, ctx)):
            ctx.progress("Changing photos a little", done, len(drawn))
            yield picture

    return measure_stability(encoder, pictures(), ctx)


def small_changes() -> dict[str, list[Change]]:
    """Return the changes a person would hardly mind, by kind."""
    corners = [(x, y) for x in (0.0, 1.0) for y in (0.0, 1.0)] + [(0.5, 0.5)]
    return {
        "crop": [_crop(x, y) for x, y in corners],
        "blur": [_blur(radius) for radius in BLURS],
        "brightness": [_brightness(factor) for factor in BRIGHTNESS],
    }


def _crop(x: float, y: float) -> Change:
    """Keep most of the picture; x and y say where, from 0 (left, top) to 1."""

    def change(picture: Image.Image) -> Image.Image:
        width, height = (max(1, round(KEPT_SIDE * side)) for side in picture.size)
        left = round(x * (picture.width - width))
        top = round(y * (picture.height - height))
        return picture.crop((left, top, left + width, top + height))

    return change


def _blur(radius: float) -> Change:
    return lambda picture: picture.filter(ImageFilter.GaussianBlur(radius * min(picture.size)))


def _brightness(factor: float) -> Change:
    return lambda picture: ImageEnhance.Brightness(picture).enhance(factor)
