"""Occlusion: what a bit loses when parts of the photo are blurred; needs nothing of the network.

A fifth of the places is blurred at a time, in many ways, and what each place matters follows by
least squares: LIME (Ribeiro et al., "Why Should I Trust You?", KDD 2016) over a grid of places.
Blurring, as Fong and Vedaldi (ICCV 2017), leaves a photo that the network could know. Blurring one
place at a time, or covering it in grey, needs a quarter of the passes and is less faithful
(docs/results.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from engine.events import JobContext
from engine.search.encode import Encoder

CELLS = 7  # along each side
PARTS = 5  # of the places; each is blurred once in a round
ROUNDS = 40
RIDGE = 0.1  # of the variance of a place in the masks
_BLUR = 1 / 10  # radius, as a share of the side: colours stay, shapes go

Masks = NDArray[np.bool_]


def blurred(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what is left of a square, shape (side, side, 3), without its details."""
    radius = len(pixels) * _BLUR
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))


def draw_masks(cells: int) -> Masks:
    """Return which places are blurred together, shape (ROUNDS, PARTS, cells, cells).

    The parts of a round have no place in common, and together all places.
    """
    rng = np.random.default_rng(0)
    masks = np.zeros((ROUNDS, PARTS, cells * cells), np.bool_)
    for parts in masks:
        for part, places in zip(
            parts, np.array_split(rng.permutation(cells**2), PARTS), strict=True
        ):
            part[places] = True
    return masks.reshape(ROUNDS, PARTS, cells, cells)


class Occlusion:
    """The occlusion maps of one photo, a round at a time: other work may come in between.

    Args:
        encoder: Of the model.
        pixels: What the network sees, shape (side, side, 3).

    Attributes:
        key: Of the model.
        done: Rounds that are over, of ``ROUNDS``.
    """

    def __init__(self, encoder: Encoder, pixels: NDArray[np.uint8]) -> None:
        self.key = encoder.key
        self.done = 0
        self._pixels, self._blurred = pixels, blurred(pixels)
        self._masks = draw_masks(min(CELLS, len(pixels)))
        self._logits = np.empty((ROUNDS, PARTS, encoder.num_bits))

    @property
    def is_done(self) -> bool:
        """Whether the maps are complete."""
        return self.done == ROUNDS

    def blur_next(self, encoder: Encoder) -> None:
        """Do the next round."""
        masks = (enlarge(mask, len(self._pixels)) for mask in self._masks[self.done])
        squares = [np.where(mask[..., None], self._blurred, self._pixels) for mask in masks]
        self._logits[self.done] = encoder.encode(np.stack(squares))
        self.done += 1

    def values(self) -> NDArray[np.float32]:
        """Return how much each logit falls with each place blurred, (num_bits, cells, cells)."""
        masks, logits = np.concatenate(self._masks), np.concatenate(self._logits)
        columns = masks.reshape(len(masks), -1).astype(np.float64)
        columns -= columns.mean(axis=0)
        share = 1 / PARTS
        ridge = RIDGE * len(masks) * share * (1 - share) * np.eye(columns.shape[1])
        falls = -np.linalg.solve(columns.T @ columns + ridge, columns.T @ logits)
        return falls.T.reshape(-1, *masks.shape[1:]).astype(np.float32)


def enlarge(mask: Masks, side: int) -> Masks:
    """Return a mask of places as one of pixels, shape (side, side)."""
    edges = np.linspace(0, side, len(mask) + 1).round().astype(int)
    widths = np.diff(edges)
    return np.repeat(np.repeat(mask, widths, axis=0), widths, axis=1)


def occlusion_maps(
    encoder: Encoder,
    pixels: NDArray[np.uint8],
    ctx: JobContext | None = None,
    begun: Occlusion | None = None,
) -> NDArray[np.float32]:
    """Return how much each logit falls with each place blurred, shape (num_bits, cells, cells).

    Args:
        encoder: Of the model.
        pixels: What the network sees, shape (side, side, 3).
        ctx: Line to whoever runs the job; interactive work is served between rounds.
        begun: What has been done of these pixels before.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx, occlusion = ctx or JobContext(), begun or Occlusion(encoder, pixels)
    while not occlusion.is_done:
        ctx.checkpoint()
        ctx.progress("Blurring places", PARTS * occlusion.done, PARTS * ROUNDS)
        occlusion.blur_next(encoder)
    return occlusion.values()
