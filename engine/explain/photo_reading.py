"""What one forward pass told of a photo: maps of the network's own need nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.networks.reading import MapReading
from engine.photos import Photo


@dataclass(frozen=True, eq=False)
class PhotoReading:
    """A photo that a network has read.

    Attributes:
        photo: The decoded picture.
        pixels: What the network saw of it, shape (side, side, 3).
        images: The same, normalised, on the network's device, shape (1, 3, side, side).
        found: What the network told.
        projections: Of its attention layers, from which views of the whole are made when asked for.
        logits: Shape (num_bits,); bit = 1 iff logit > 0.
        prepare_ms: How long reducing the picture took, in milliseconds.
        encode_ms: How long the pass took.
    """

    photo: Photo
    pixels: NDArray[np.uint8]
    images: Tensor
    found: MapReading
    projections: Sequence[Tensor]
    logits: NDArray[np.float32]
    prepare_ms: float
    encode_ms: float
