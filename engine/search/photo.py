"""The query photo: its bytes are read once, for its identity and for its pixels."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from engine.errors import PhotoError
from engine.photos import Photo, PhotoLimits, load_photo, read_photo
from engine.storage import content_hash


@dataclass(frozen=True)
class DecodedQuery:
    """A decoded query photo.

    Attributes:
        photo: The picture, perhaps reduced.
        content_hash: BLAKE2b of the file's bytes, as the catalogue has it.
        ms: How long reading and decoding took.
    """

    photo: Photo
    content_hash: str
    ms: float


def read_query(
    source: Path | bytes,
    *,
    min_side: int,
    name: str = "",
    limits: PhotoLimits = PhotoLimits(),
    allow_truncated: bool = False,
) -> DecodedQuery:
    """Read and decode a query photo; needs no network, so that a bad one is refused at once.

    Args:
        source: A file, or a file's bytes.
        min_side: What the network's preprocessing needs of the shorter side.
        name: What error texts call it.
        limits: Sizes beyond which it is refused.
        allow_truncated: Use the readable part of a file that ends too early.

    Raises:
        PhotoError: It cannot be read or decoded; FS-002, it is a folder.
    """
    started = time.perf_counter()
    if isinstance(source, Path):
        name = name or source.name
        if source.is_dir():
            reason, advice = "it is a folder", "Choose a photo in it."
            raise PhotoError("FS-002", name=name, reason=reason, advice=advice)
        source = read_photo(source, name=name, limits=limits)
    photo = load_photo(
        source, name=name, min_side=min_side, limits=limits, allow_truncated=allow_truncated
    )
    identity = content_hash(source)
    return DecodedQuery(photo, identity, 1000 * (time.perf_counter() - started))
