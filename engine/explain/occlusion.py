"""Occlusion: what a bit loses when a part of the photo is blurred; needs nothing of the network.

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks (ECCV 2014), cover places in
grey. A blur is nearer to photos that the network knows, and the maps are more faithful with it
(docs/results.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from engine.events import JobContext
from engine.search.encode import Encoder

CELLS = 7  # along each side: 49 blurred photos
_BLUR = 1 / 10  # radius, as a share of the side: colours stay, shapes go


def blurred(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what is left of a square, shape (side, side, 3), without its details."""
    radius = len(pixels) * _BLUR
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))


class Occlusion:
    """The occlusion maps of one photo, a row of cells at a time: other work may come in between.

    Args:
        encoder: Of the model.
        pixels: What the network sees, shape (side, side, 3).

    Attributes:
        key: Of the model.
        rows: How many rows of cells there are.
        done: How many of them have been blurred.
        values: How much each logit falls with each cell blurred, shape (num_bits, cells, cells);
            complete once all rows have been.
    """

    def __init__(self, encoder: Encoder, pixels: NDArray[np.uint8]) -> None:
        self.key = encoder.key
        self.rows = min(CELLS, len(pixels))
        self.done = 0
        self._pixels, self._blurred = pixels, blurred(pixels)
        self._whole = encoder.encode(pixels[np.newaxis])[0]
        self.values = np.empty((len(self._whole), self.rows, self.rows), np.float32)

    @property
    def is_done(self) -> bool:
        """Whether the maps are complete."""
        return self.done == self.rows

    def occlude_row(self, encoder: Encoder) -> None:
        """Blur the cells of the next row, one after the other."""
        pixels, cells, row = self._pixels, self.rows, self.done
        edges = np.linspace(0, len(pixels), cells + 1).round().astype(int)
        occluded = np.repeat(pixels[np.newaxis], cells, axis=0)
        for column in range(cells):
            cell = np.s_[edges[row] : edges[row + 1], edges[column] : edges[column + 1]]
            occluded[column][cell] = self._blurred[cell]
        self.values[:, row] = (self._whole - encoder.encode(occluded)).T
        self.done += 1


def occlusion_maps(
    encoder: Encoder,
    pixels: NDArray[np.uint8],
    ctx: JobContext | None = None,
    begun: Occlusion | None = None,
) -> NDArray[np.float32]:
    """Return how much each logit falls with each cell blurred, shape (num_bits, cells, cells).

    Args:
        encoder: Of the model.
        pixels: What the network sees, shape (side, side, 3).
        ctx: Line to whoever runs the job; interactive work is served between rows of cells.
        begun: What has been done of these pixels before.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx, occlusion = ctx or JobContext(), begun or Occlusion(encoder, pixels)
    while not occlusion.is_done:
        ctx.checkpoint()
        ctx.progress("Blurring places", occlusion.done * occlusion.rows, occlusion.rows**2)
        occlusion.occlude_row(encoder)
    return occlusion.values
