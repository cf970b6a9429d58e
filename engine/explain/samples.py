"""Photos of a library that are drawn to be looked at again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from engine.codes import CodeArray, IdArray, unpack
from engine.errors import PhotoError
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.photos import load_photo

PHOTOS = 192
EACH = 6  # of either value of every bit, where a library has so many
_SEED = 0


def draw_photos(
    ids: IdArray, codes: CodeArray, num_bits: int, *, count: int = PHOTOS, each: int = EACH
) -> IdArray:
    """Return photos drawn at random, the same ones each time.

    First some for the values of bits that few photos have, then any until there are ``count``.

    Args:
        ids: Shape (n,).
        codes: Packed, shape (n, bytes).
        num_bits: Length of a code.
        count: How many; more if the bits need them.
        each: Of each value of each bit at least so many, or all.
    """
    order = np.random.default_rng(_SEED).permutation(len(ids))
    bits = unpack(codes[order], num_bits).astype(bool)
    is_drawn = np.zeros(len(ids), bool)
    rarest_first = np.argsort(np.abs(bits.mean(axis=0) - 0.5) if len(ids) else [])[::-1]
    for bit in rarest_first.tolist():
        for value in (True, False):
            having = np.flatnonzero(bits[:, bit] == value)
            missing = each - int(is_drawn[having].sum())
            if missing > 0:
                is_drawn[having[~is_drawn[having]][:missing]] = True
    spare = np.flatnonzero(~is_drawn)
    is_drawn[spare[: max(0, count - int(is_drawn.sum()))]] = True
    return np.sort(ids[order[is_drawn]])


def read_pictures(
    catalogue: Catalogue, ids: IdArray, min_side: int, ctx: JobContext
) -> Iterator[tuple[int, Image.Image]]:
    """Yield the photos that can be read now, each with its picture.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    sources = catalogue.sources(ids)
    for photo_id in ids.tolist():
        ctx.checkpoint()
        for source in sources.get(photo_id, [])[:1]:
            try:
                yield photo_id, load_photo(source.path, min_side=min_side).image
            except PhotoError:  # the library's list of problems tells of it
                continue
