"""Whether maps show what bits depend on: what a map calls important is blurred, and compared.

The deletion test of Samek et al., Evaluating the Visualization of What a Deep Neural Network Has
Learned (TNNLS 2017), with one step, and blurring in place of noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.codes import CodeArray, IdArray
from engine.events import JobContext
from engine.explain.bit_map import BitMap
from engine.explain.explainer import Explainer
from engine.explain.occlusion import blurred
from engine.explain.samples import draw_photos, read_pictures
from engine.library.catalogue import Catalogue
from engine.search.encode import Encoder

PART = 0.2  # of the square: what counts as hottest
PHOTOS = 16  # drawn from a library
BITS = 8  # of each photo: half of them the surest, the others any
_MOST_AT_ONCE = 64
_SURE = 1.96  # standard errors: one test in forty of a map that tells nothing passes

Heat = NDArray[np.float64]  # of each pixel of the square, shape (side, side)
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class MapTest:
    """How a kind of map fared.

    Attributes:
        kind: Of the maps.
        photos: How many were blurred.
        cases: Maps that were tested.
        won: In how many of them blurring the hottest fifth changed the bit's logit more than
            blurring that of the map with its values shuffled.
    """

    kind: str
    photos: int
    cases: int
    won: int

    @property
    def beats_chance(self) -> bool:
        """Whether a map that tells nothing would hardly have won as often (Wilson's interval)."""
        if not self.cases:
            return False
        share, spread = self.won / self.cases, _SURE**2 / self.cases
        middle = share + spread / 2
        reach = math.sqrt(share * (1 - share) * spread + spread**2 / 4)
        return (middle - reach) / (1 + spread) > 0.5


class BlurredSquare:
    """What the network sees of a picture, and the same with parts of it blurred.

    Args:
        encoder: The model.
        picture: Upright, RGB.
    """

    def __init__(self, encoder: Encoder, picture: Image.Image) -> None:
        self._encoder = encoder
        self._sharp = encoder.prepare(picture)
        self._blurred = blurred(self._sharp)

    @property
    def side(self) -> int:
        """In pixels."""
        return len(self._sharp)

    def logits(self, masks: Sequence[Mask]) -> NDArray[np.float32]:
        """Return the logits with each of some regions blurred, shape (masks, num_bits)."""
        squares = [np.where(mask[..., None], self._blurred, self._sharp) for mask in masks]
        parts = [
            self._encoder.encode(np.stack(squares[start : start + _MOST_AT_ONCE]))
            for start in range(0, len(squares), _MOST_AT_ONCE)
        ]
        return np.concatenate(parts)


def hottest(heat: Heat, share: float) -> Mask:
    """Return the hottest pixels: exactly that share of them."""
    mask = np.zeros(heat.size, bool)
    mask[np.argsort(-heat, axis=None, kind="stable")[: round(share * heat.size)]] = True
    return mask.reshape(heat.shape)


def heat_of(bit_map: BitMap, side: int) -> Heat:
    """Return a map over the square; hot is what holds the bit on the side it is on."""
    square = replace(bit_map, region=(0, 0, side, side), picture_size=(side, side))
    values = square.on_picture(side, side).astype(np.float64)
    return values * np.sign(bit_map.logit) if bit_map.signed else values


def shuffled(bit_map: BitMap, rng: np.random.Generator) -> BitMap:
    """Return a map with its values at random places, as one that tells nothing would be."""
    values = rng.permutation(bit_map.values.ravel()).reshape(bit_map.values.shape)
    return replace(bit_map, values=values)


def choose_bits(
    logits: NDArray[np.float32], count: int, rng: np.random.Generator
) -> tuple[int, ...]:
    """Return the surest bits and as many others, drawn at random."""
    surest = np.argsort(-np.abs(logits), kind="stable")
    others = rng.permutation(surest[count // 2 :])[: count - count // 2]
    return tuple(int(bit) for bit in (*surest[: count // 2], *others))


def measure_maps(
    explainer: Explainer,
    pictures: Iterable[Image.Image],
    kind: str,
    ctx: JobContext | None = None,
) -> MapTest:
    """Test one kind of map.

    Args:
        explainer: The model.
        pictures: Upright, RGB.
        kind: One that the model offers.
        ctx: Line to whoever runs the job; interactive work is served between maps.

    Raises:
        InputError: FS-002, the model has no such maps.
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    rng = np.random.default_rng(0)
    photos = cases = won = 0
    for picture in pictures:
        ctx.checkpoint()
        square = BlurredSquare(explainer.encoder, picture)
        reading = explainer.read(picture)
        bits = choose_bits(reading.logits, min(BITS, len(reading.logits)), rng)
        for bit_map in explainer.explain(reading, bits, kind=kind, ctx=ctx).maps:
            ctx.checkpoint()
            heats = [heat_of(each, square.side) for each in (bit_map, shuffled(bit_map, rng))]
            logits_now = square.logits([hottest(heat, PART) for heat in heats])[:, bit_map.bit]
            changes = np.abs(logits_now - bit_map.logit)
            won += bool(changes[0] > changes[1])
            cases += 1
        photos += 1
    return MapTest(kind, photos, cases, won)


def measure_library_maps(
    explainer: Explainer,
    catalogue: Catalogue,
    ids: IdArray,
    codes: CodeArray,
    kind: str,
    ctx: JobContext | None = None,
) -> MapTest:
    """Test one kind of map on some photos drawn from a library.

    Args:
        explainer: The model.
        catalogue: The library.
        ids: Its photos with a code, shape (n,).
        codes: Their codes, packed, shape (n, bytes).
        kind: One that the model offers.
        ctx: Line to whoever runs the job; interactive work is served between maps.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    encoder = explainer.encoder
    drawn = draw_photos(ids, codes, encoder.num_bits, count=PHOTOS, each=0)

    def pictures() -> Iterable[Image.Image]:
        found = read_pictures(catalogue, drawn, encoder.decode_side, ctx)
        for done, (_, picture) in enumerate(found):
            ctx.progress("Testing the maps", done, len(drawn))
            yield picture

    return measure_maps(explainer, pictures(), kind, ctx)
