"""From a decoded photo to the square a backbone sees, as its weights were trained to see it.

Runs in the decoding threads and knows no torch; the mean and standard deviation are applied on the
device (``engine.networks.inputs``), because a byte a channel is all that has to travel there.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DECODER = "pillow-2"  # engine.photos with the resize below; raised when pixels come out differently
# A JPEG file is decoded to at least so many times the pixels that are needed: with no more than
# needed, what a network sees of a photo depends on how large its file is (benchmarks/pixels.py).
DECODE_GAP = 2
MAX_INPUT_SIZE = 4096

_FILTERS = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
}

_OPTIONAL = ("detail", "detail_quality")

Triple = tuple[float, float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Preprocessing:
    """How a photo becomes the input of a backbone.

    Attributes:
        input_size: Side of the square input, in pixels.
        crop_pct: Share of the resized photo's shorter side that the square covers.
        interpolation: Name of the resampling filter: bicubic, bilinear or lanczos.
        mean: Mean of the red, green and blue values in 0 to 1 that the backbone expects.
        std: Standard deviation of these values.
        detail: Side in pixels that the square is reduced to before it is scaled to the input, so
            that sharp photos look like the small ones a network learnt from; None keeps all.
        detail_quality: JPEG quality at which the reduced square is compressed and read again, so
            that clean pictures look like the compressed ones a network learnt from; None for not.

    Raises:
        ValueError: A value is out of range.
    """

    input_size: int
    crop_pct: float
    interpolation: str
    mean: Triple
    std: Triple
    detail: int | None = None
    detail_quality: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.input_size <= MAX_INPUT_SIZE:
            raise ValueError(f"input_size must be in 1 to {MAX_INPUT_SIZE}, not {self.input_size}")
        if self.detail is not None and not 1 <= self.detail <= MAX_INPUT_SIZE:
            raise ValueError(f"detail must be in 1 to {MAX_INPUT_SIZE}, not {self.detail}")
        if self.detail_quality is not None and not 1 <= self.detail_quality <= 95:
            raise ValueError(f"detail_quality must be in 1 to 95, not {self.detail_quality}")
        if not 0.1 <= self.crop_pct <= 1.0:
            raise ValueError(f"crop_pct must be in 0.1 to 1, not {self.crop_pct}")
        if self.interpolation not in _FILTERS:
            raise ValueError(f"interpolation must be one of {', '.join(_FILTERS)}")
        if not all(math.isfinite(value) for value in (*self.mean, *self.std)):
            raise ValueError("mean and std must be finite")
        if min(self.std) <= 0:
            raise ValueError("std must be positive")

    @classmethod
    def from_pretrained_cfg(
        cls, cfg: Mapping[str, Any], input_size: int | None = None
    ) -> Preprocessing:
        """Return what timm's description of a backbone's weights asks for.

        Every photo is cropped in its centre, also for the few weights that were trained on
        photos squashed to a square: a dish keeps its shape.

        Args:
            cfg: ``pretrained_cfg`` of a timm model.
            input_size: Side to use instead of the one the weights were trained with.
        """
        return cls(
            input_size=input_size or int(cfg["input_size"][-1]),
            crop_pct=min(float(cfg["crop_pct"]), 1.0),
            interpolation=str(cfg["interpolation"]),
            mean=_triple(cfg["mean"]),
            std=_triple(cfg["std"]),
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Preprocessing:
        """Return the inverse of :meth:`to_dict`.

        Raises:
            ValueError: A key is missing or unknown, or a value is of the wrong type or range.
        """
        if {*values, *_OPTIONAL} != set(cls.__dataclass_fields__):
            raise ValueError(f"preprocessing needs exactly {', '.join(cls.__dataclass_fields__)}")
        if type(values["input_size"]) is not int or not isinstance(values["interpolation"], str):
            raise ValueError("input_size must be an integer and interpolation a name")
        for name in _OPTIONAL:
            if name in values and type(values[name]) is not int:
                raise ValueError(f"{name} must be an integer")
        return cls(
            input_size=values["input_size"],
            crop_pct=_number(values["crop_pct"]),
            interpolation=values["interpolation"],
            mean=_triple(values["mean"]),
            std=_triple(values["std"]),
            detail=values.get("detail"),
            detail_quality=values.get("detail_quality"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON can hold them; those of the detail only if it is limited."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value is not None
        }

    @property
    def resampling(self) -> Image.Resampling:
        """The resampling filter."""
        return _FILTERS[self.interpolation]

    @property
    def resize_to(self) -> int:
        """The shorter side, in pixels, that the whole photo is scaled to."""
        return round(self.input_size / self.crop_pct)

    @property
    def decode_side(self) -> int:
        """What :func:`engine.photos.load_photo` needs as ``min_side``."""
        return DECODE_GAP * self.resize_to

    def __call__(self, image: Image.Image) -> NDArray[np.uint8]:
        """Return the centre of an RGB photo, shape (input_size, input_size, 3)."""
        # Scaling only the part that stays gives the pixels of scaling first and cropping then.
        seen = self.detail or self.input_size
        part = image.resize((seen, seen), self.resampling, self.region(*image.size))
        if self.detail_quality is not None:
            part = recompress(part, self.detail_quality)
        return np.array(part.resize((self.input_size, self.input_size), self.resampling))

    def region(self, width: int, height: int) -> Box:
        """Return the square of a picture that the backbone sees: left, top, right, bottom."""
        side = min(width, height) * self.input_size / self.resize_to
        left, top = (width - side) / 2, (height - side) / 2
        return max(left, 0.0), max(top, 0.0), min(left + side, width), min(top + side, height)


def recompress(image: Image.Image, quality: int) -> Image.Image:
    """Return what JPEG leaves of an RGB picture.

    Args:
        image: The picture.
        quality: 1 to 95, as Pillow counts.
    """
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def _triple(values: Any) -> Triple:
    if not isinstance(values, list | tuple) or len(values) != 3:
        raise ValueError("mean and std must be three numbers")
    red, green, blue = (_number(value) for value in values)
    return red, green, blue


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is not a number")
    return float(value)
