"""From a file or bytes to upright RGB pixels: the one decoder of the program.

Thumbnails, index, training and queries all come through :func:`load_photo`, so that no two of
them can disagree about orientation, transparency, colour or limits. JPEG files are decoded at a
reduced size where that suffices (``draft``), which is six times faster for phone photos.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from engine.errors import PhotoError

SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("jpg", "jpeg", "jpe", "jfif", "mpo", "png", "webp", "tif", "tiff", "bmp", "gif"),
        *("avif", "heic", "heif", "hif"),
    )
)
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

# The limit below is checked against the header before any pixel is decoded, and names the file.
Image.MAX_IMAGE_PIXELS = None

with contextlib.suppress(ImportError):  # the optional extra "heic"
    import pi_heif

    pi_heif.register_heif_opener()
Image.init()

# Only these decoders ever see a file; Pillow's many others have no business with meal photos.
FORMATS = tuple(
    name
    for name in ("JPEG", "MPO", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF")
    if name in Image.OPEN
)


@dataclass(frozen=True)
class PhotoLimits:
    """Guards against decompression bombs; a file beyond them is refused before decoding."""

    max_pixels: int = 200_000_000
    max_bytes: int = 500_000_000


@dataclass(frozen=True)
class Photo:
    """A decoded picture.

    Attributes:
        image: Upright, mode RGB; reduced where the caller allowed it.
        width: Of the whole upright picture, in pixels, before any reduction.
        height: Likewise.
        format: Pillow's name of the file format, e.g. ``"JPEG"``.
        readable: Share of the rows that could be decoded, 1.0 for an undamaged file.
    """

    image: Image.Image
    width: int
    height: int
    format: str
    readable: float = 1.0


def is_photo_name(name: str) -> bool:
    """Whether a file name ends like a picture's."""
    return os.path.splitext(name)[1].lower() in SUFFIXES


def load_photo(
    source: Path | bytes,
    *,
    name: str = "",
    min_side: int = 0,
    limits: PhotoLimits = PhotoLimits(),
    allow_truncated: bool = False,
) -> Photo:
    """Decode a picture to upright RGB.

    Args:
        source: A file, or a file's bytes.
        name: What error texts call the picture; the file's name by default.
        min_side: If positive, the picture may come back reduced, its shorter side still at least
            this many pixels (or the file's own size, if smaller).
        limits: Sizes beyond which the picture is refused.
        allow_truncated: Return the readable part of a file that ends too early.

    Raises:
        PhotoError: FS-101 no picture, FS-102 truncated, FS-103 too large, FS-105 HEIC without
            its decoder, FS-106 damaged, FS-107 unreadable.
    """
    name = name or (source.name if isinstance(source, Path) else "the picture")
    try:
        _check_size(source, name, limits)
        with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
            return _decode(file, name, min_side, limits, allow_truncated)
    except PhotoError:
        raise
    except OSError as error:
        raise PhotoError("FS-107", name=name, reason=error.strerror or str(error)) from error


def read_photo(path: Path, *, name: str = "", limits: PhotoLimits = PhotoLimits()) -> bytes:
    """Return a file's bytes for :func:`load_photo`, for those who need them for more than that.

    Raises:
        PhotoError: FS-103 too large, FS-107 unreadable.
    """
    name = name or path.name
    try:
        _check_size(path, name, limits)
        return path.read_bytes()
    except PhotoError:
        raise
    except OSError as error:
        raise PhotoError("FS-107", name=name, reason=error.strerror or str(error)) from error


def _check_size(source: Path | bytes, name: str, limits: PhotoLimits) -> None:
    size = _size_of(source, name) if isinstance(source, Path) else len(source)
    if size > limits.max_bytes:
        raise _too_large(name, f"{size / 1e6:.0f} MB", f"{limits.max_bytes / 1e6:.0f} MB")


def _size_of(path: Path, name: str) -> int:
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):  # opening a pipe would wait for ever
        kind = "a folder" if stat.S_ISDIR(facts.st_mode) else "not a regular file"
        raise PhotoError("FS-107", name=name, reason=f"it is {kind}")
    return facts.st_size


def _decode(
    file: IO[bytes], name: str, min_side: int, limits: PhotoLimits, allow_truncated: bool
) -> Photo:
    try:
        image = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise _unidentified(file, name) from error
    except Exception as error:  # Pillow's parsers raise nearly anything on hostile headers
        raise _failure(error, name) from error
    with image:
        width, height = image.size
        if width * height > limits.max_pixels:
            raise _too_large(
                name,
                f"{width * height / 1e6:.0f} megapixels",
                f"{limits.max_pixels / 1e6:.0f}",
            )
        if min_side:
            image.draft(None, (min_side, min_side))
        try:
            readable = _load_pixels(image, name, allow_truncated)
            upright = to_rgb(ImageOps.exif_transpose(image))
        except PhotoError:
            raise
        except Exception as error:  # likewise for hostile pixel data
            raise _failure(error, name) from error
        if (upright.width < upright.height) != (width < height):
            width, height = height, width
        return Photo(upright, width, height, image.format or "", readable)


def _load_pixels(image: ImageFile.ImageFile, name: str, allow_truncated: bool) -> float:
    """Decode in place; return the share of rows that were read."""
    try:
        image.load()
        return 1.0
    except OSError as error:
        if "truncated" not in str(error) and "broken data stream" not in str(error):
            raise
        image.tile = []  # what has been decoded stays; Pillow would start over otherwise
        readable = _readable_share(image)
        if readable == 0.0:
            raise PhotoError("FS-106", name=name, reason="it ends too early") from error
        if not allow_truncated:
            raise PhotoError("FS-102", name=name, percent=round(100 * readable)) from error
        return readable


def _readable_share(image: Image.Image) -> float:
    # Rows that were never reached are still the zeros they were allocated with; BMP files are
    # stored from the bottom up, so the missing rows may be at either end.
    box = image.getbbox(alpha_only=False)
    return (box[3] - box[1]) / image.height if box else 0.0


def to_rgb(image: Image.Image) -> Image.Image:
    """Return ``image`` as RGB: transparency over white, deep grey values scaled to 8 bits."""
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return _scale_to_8_bits(image).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _scale_to_8_bits(image: Image.Image) -> Image.Image:
    values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0)
    if image.mode.startswith("I;16"):
        top = 65535.0
    else:
        # 32-bit integers and floats have no agreed white: 1, 255 and 65535 are all in use.
        highest = float(values.max(initial=0.0))
        top = next((white for white in (1.0, 255.0, 65535.0) if highest <= white), highest)
    return Image.fromarray(np.clip(values / top * 255.0 + 0.5, 0, 255).astype(np.uint8))


def _unidentified(file: IO[bytes], name: str) -> PhotoError:
    file.seek(0)
    head = file.read(12)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS and "HEIF" not in Image.OPEN:
        return PhotoError("FS-105", name=name)
    return PhotoError("FS-101", name=name)


def _too_large(name: str, size: str, limit: str) -> PhotoError:
    return PhotoError("FS-103", name=name, size=size, limit=limit)


def _failure(error: Exception, name: str) -> PhotoError:
    # Only the system numbers its errors: then the disk or the network failed, not the picture.
    if isinstance(error, OSError) and error.errno is not None:
        return PhotoError("FS-107", name=name, reason=error.strerror or str(error))
    return PhotoError("FS-106", name=name, reason=_reason(error))


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__
