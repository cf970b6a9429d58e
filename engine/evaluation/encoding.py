"""Codes for a list of files, outside any library; decoding runs ahead of the network in threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, num_bytes
from engine.errors import PhotoError
from engine.events import JobContext
from engine.photos import load_photo
from engine.pipeline import PhotoEncoder, Pipeline

_Outcome = NDArray[np.uint8] | PhotoError


@dataclass(frozen=True)
class EncodedFiles:
    """The codes of files.

    Attributes:
        codes: Shape (files, bytes); rows of unreadable files are zeros.
        readable: Whether each file could be decoded, shape (files,).
        failures: Number of an unreadable file, and why.
        forward_seconds: Time the network took in all.
        seconds: Time everything took.
    """

    codes: CodeArray
    readable: NDArray[np.bool_]
    failures: dict[int, PhotoError]
    forward_seconds: float
    seconds: float


def encode_files(
    encoder: PhotoEncoder,
    files: Sequence[Path],
    ctx: JobContext,
    *,
    batch_size: int = 32,
    workers: int | None = None,
) -> EncodedFiles:
    """Return the codes of files, in their order; unreadable ones are reported, not raised.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    start, forward = perf_counter(), 0.0
    codes = np.zeros((len(files), num_bytes(encoder.num_bits)), np.uint8)
    failures: dict[int, PhotoError] = {}
    batch: list[tuple[int, NDArray[np.uint8]]] = []
    with Pipeline(encoder, batch_size=batch_size, workers=workers) as pipeline:
        outcomes = pipeline.decode(partial(_decode, encoder), files)
        for number, outcome in enumerate(outcomes):
            ctx.checkpoint()
            if isinstance(outcome, PhotoError):
                failures[number] = outcome
            else:
                batch.append((number, outcome))
            if batch and (len(batch) == batch_size or number + 1 == len(files)):
                began = perf_counter()
                rows, pixels = zip(*batch, strict=True)
                codes[list(rows)] = pipeline.encode(pixels)
                forward += perf_counter() - began
                batch = []
            done = number + 1 - len(batch)
            ctx.progress("Encoding", done, len(files), failed=len(failures))
    readable = np.array([number not in failures for number in range(len(files))], bool)
    return EncodedFiles(codes, readable, failures, forward, perf_counter() - start)


def _decode(encoder: PhotoEncoder, file: Path) -> _Outcome:
    try:
        return encoder.prepare(load_photo(file, min_side=encoder.decode_side).image)
    except PhotoError as error:
        return error
