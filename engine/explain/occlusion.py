"""Occlusion: what a bit loses when a part of the photo is covered; needs nothing of the network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.events import JobContext
from engine.search.encode import Encoder

CELLS = 7  # along each side: 49 covered photos


class Covering:
    """The occlusion maps of one photo, a row of cells at a time: other work may come in between.

    Args:
        encoder: Of the model.
        pixels: What the network sees, shape (side, side, 3).

    Attributes:
        key: Of the model.
        rows: How many rows of cells there are.
        done: How many of them have been covered.
        values: How much each logit falls with each cell covered, shape (num_bits, cells, cells);
            complete once all rows have been covered.
    """

    def __init__(self, encoder: Encoder, pixels: NDArray[np.uint8]) -> None:
        self.key = encoder.key
        self.rows = min(CELLS, len(pixels))
        self.done = 0
        self._pixels = pixels
        self._whole = encoder.encode(pixels[np.newaxis])[0]
        self.values = np.empty((len(self._whole), self.rows, self.rows), np.float32)

    @property
    def is_done(self) -> bool:
        """Whether the maps are complete."""
        return self.done == self.rows

    def cover_row(self, encoder: Encoder) -> None:
        """Cover the cells of the next row, one after the other."""
        pixels, cells, row = self._pixels, self.rows, self.done
        colour = np.round(np.array(encoder.preprocessing.mean) * 255).astype(np.uint8)
        edges = np.linspace(0, len(pixels), cells + 1).round().astype(int)
        covered = np.repeat(pixels[np.newaxis], cells, axis=0)
        for column in range(cells):
            covered[column, edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = colour
        self.values[:, row] = (self._whole - encoder.encode(covered)).T
        self.done += 1


def occlusion_maps(
    encoder: Encoder,
    pixels: NDArray[np.uint8],
    ctx: JobContext | None = None,
    begun: Covering | None = None,
) -> NDArray[np.float32]:
    """Return how much each logit falls with each cell covered, shape (num_bits, cells, cells).

    Args:
        encoder: Of the model.
        pixels: What the network sees, shape (side, side, 3).
        ctx: Line to whoever runs the job; interactive work is served between rows of cells.
        begun: What has been covered of these pixels before.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx, covering = ctx or JobContext(), begun or Covering(encoder, pixels)
    while not covering.is_done:
        ctx.checkpoint()
        ctx.progress("Covering places", covering.done * covering.rows, covering.rows**2)
        covering.cover_row(encoder)
    return covering.values
