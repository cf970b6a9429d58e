"""Small pictures and a small encoder: a real one, whose code is the colours of a 4 x 4 grid."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def picture(seed: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A picture of smooth colours that no other seed has."""
    colours = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(colours).resize(size, Image.Resampling.BICUBIC)


def jpeg(seed: int, size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = io.BytesIO()
    picture(seed, size).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


class ColourEncoder:
    """48 bits: whether each colour of each field of a 4 x 4 grid is bright."""

    key = "colours-48"
    num_bits = 48
    decode_side = 32
    on_processor = True

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        return np.asarray(image.resize((32, 32), Image.Resampling.BILINEAR))

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        fields = batch.reshape(len(batch), 4, 8, 4, 8, 3).mean(axis=(2, 4), dtype=np.float64)
        return (fields.reshape(len(batch), 48) - 127.5).astype(np.float32)
