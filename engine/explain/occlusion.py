"""Occlusion: what a bit loses when a part of the photo is covered; needs nothing of the network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.events import JobContext
from engine.search.encode import Encoder

CELLS = 7  # along each side: 49 covered photos


def occlusion_maps(
    encoder: Encoder, pixels: NDArray[np.uint8], ctx: JobContext | None = None
) -> NDArray[np.float32]:
    """Return how much each logit falls with each cell covered, shape (num_bits, cells, cells).

    Args:
        encoder: Of the model.
        pixels: What the network sees, shape (side, side, 3).
        ctx: Line to whoever runs the job; interactive work is served between rows of cells.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    side = len(pixels)
    cells = min(CELLS, side)
    colour = np.round(np.array(encoder.preprocessing.mean) * 255).astype(np.uint8)
    edges = np.linspace(0, side, cells + 1).round().astype(int)
    whole = encoder.encode(pixels[np.newaxis])[0]
    found = np.empty((len(whole), cells, cells), np.float32)
    for row in range(cells):
        ctx.checkpoint()
        ctx.progress("Covering places", row * cells, cells * cells)
        covered = np.repeat(pixels[np.newaxis], cells, axis=0)
        for column in range(cells):
            covered[column, edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = colour
        found[:, row] = (whole - encoder.encode(covered)).T
    return found
