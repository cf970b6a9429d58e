"""What a photo and a search cost one person who waits, measured on the real thing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from engine.codes import CodeArray
from engine.errors import PhotoError
from engine.events import JobContext
from engine.index.flat import FlatIndex
from engine.photos import load_photo
from engine.pipeline import PhotoEncoder

PHOTOS = 10
SEARCHES = 200
TOP = 10


def time_photos(encoder: PhotoEncoder, files: Sequence[Path], ctx: JobContext) -> dict[str, Any]:
    """Return how long decoding and encoding takes a photo that comes alone.

    Args:
        encoder: The model.
        files: Readable photos; the first ten are taken.
        ctx: Line to whoever runs the job.
    """
    times = []
    for file in [files[0], *files[:PHOTOS]]:
        ctx.checkpoint()
        start = perf_counter()
        with contextlib.suppress(PhotoError):  # it could be read a minute ago
            image = load_photo(file, min_side=encoder.decode_side).image
            encoder.encode(encoder.prepare(image)[None])
            times.append(1000 * (perf_counter() - start))
    measured = times[1:]  # the first one warms up
    return {
        "photos": len(measured),
        "photo_ms": float(np.median(measured)) if measured else None,
    }


def time_searches(
    queries: CodeArray, gallery: CodeArray, num_bits: int, ctx: JobContext
) -> dict[str, Any]:
    """Return how long the index takes for the ten nearest of one query.

    Args:
        queries: Packed, shape (n, bytes); the first 200 are asked, one at a time.
        gallery: Packed, shape (m, bytes).
        num_bits: Length of a code.
        ctx: Line to whoever runs the job.
    """
    index = FlatIndex(num_bits)
    try:
        index.replace(np.arange(len(gallery)), gallery)

        asked = queries[:SEARCHES]
        times = []
        for code in [asked[0], *asked]:
            ctx.checkpoint()
            start = perf_counter()
            index.search(code[None], TOP)
            times.append(1000 * (perf_counter() - start))
    finally:
        index.close()
    measured = times[1:]
    return {
        "searches": len(measured),
        "search_top": TOP,
        "search_ms": float(np.median(measured)),
        "search_p95_ms": float(np.percentile(measured, 95)),
        "kernel": index.kernel,
    }
