"""Occlusion: what a bit loses when a part of the photo is covered; needs nothing of the network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.search.encode import Encoder

CELLS = 7  # along each side: 49 covered photos


def occlusion_maps(encoder: Encoder, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how much each logit falls with each cell covered, shape (num_bits, cells, cells).

    Args:
        encoder: Of the model.
        pixels: What the network sees, shape (side, side, 3).
    """
    side = len(pixels)
    cells = min(CELLS, side)
    colour = np.round(np.array(encoder.preprocessing.mean) * 255).astype(np.uint8)
    edges = np.linspace(0, side, cells + 1).round().astype(int)
    covered = np.repeat(pixels[np.newaxis], cells * cells + 1, axis=0)
    for index in range(cells * cells):
        row, column = divmod(index, cells)
        covered[index, edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = colour
    logits = encoder.encode(covered)
    lost = logits[-1] - logits[:-1]
    found: NDArray[np.float32] = lost.T.reshape(-1, cells, cells)
    return found
