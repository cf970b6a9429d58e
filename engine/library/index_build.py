"""Codes for photos that have none: decode threads, the network, and a writer, all at once.

Decoding runs ahead by a few batches in threads, the network runs in the calling thread
(:mod:`engine.pipeline`), and a writer stores at most 256 photos at a time. Whatever was computed is
stored, also when the job is cancelled or fails; the next run does the rest, and the result is the
same as that of one unbroken run.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.codes import IdArray
from engine.errors import Message, PhotoError, describe
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.index_writer import Encoded, Failed, IndexWriter
from engine.library.problems import is_content_fault
from engine.library.records import SourceFile
from engine.photos import PhotoLimits, load_photo
from engine.pipeline import PhotoEncoder, Pipeline

_PAGE = 1024  # photos whose files are looked up at once


@dataclass(frozen=True)
class IndexReport:
    """What an index build did.

    Attributes:
        encoded: Photos that have a code now.
        failed: Photos that could not be decoded; they are listed as problems.
        seconds: Time it took.
        skipped: Photos that were gone or had changed since the last scan.
    """

    encoded: int
    failed: int
    seconds: float
    skipped: int = 0


@dataclass(frozen=True)
class _Prepared:
    photo_id: int
    pixels: NDArray[np.uint8]
    width: int
    height: int


_Source = tuple[int, list[SourceFile]]
_Outcome = _Prepared | Failed | None


def build_index(
    catalogue: Catalogue,
    encoder: PhotoEncoder,
    ctx: JobContext,
    *,
    batch_size: int = 32,
    workers: int | None = None,
    limits: PhotoLimits = PhotoLimits(),
) -> IndexReport:
    """Give every photo that has none a code of the encoder's model.

    Args:
        catalogue: The library, scanned before.
        encoder: The model.
        ctx: Line to whoever runs the job; interactive work is served between photos.
        batch_size: Photos in one forward pass; an encoder takes fewer if memory does not suffice.
        workers: Decode threads; one a core by default.
        limits: Sizes beyond which a photo is not decoded but listed as a problem.

    Raises:
        JobCancelled: Somebody asked the job to stop; what was computed is stored.
        LibraryError: FS-205 the disk is full, FS-209 the library is read-only.
        DeviceError: FS-403, memory does not suffice for a single photo.
    """
    start = time.monotonic()
    build = _Build(catalogue, encoder, ctx, batch_size, limits)
    ids = catalogue.pending(encoder.key)
    if len(ids):
        build.run(ids, workers)
    return IndexReport(build.encoded, build.failed, time.monotonic() - start, build.skipped)


class _Build:
    def __init__(
        self,
        catalogue: Catalogue,
        encoder: PhotoEncoder,
        ctx: JobContext,
        batch_size: int,
        limits: PhotoLimits,
    ) -> None:
        self._limits = limits
        self._catalogue = catalogue
        self._encoder = encoder
        self._ctx = ctx
        self._batch_size = batch_size
        self.encoded = self.failed = self.skipped = 0

    def run(self, ids: IdArray, workers: int | None) -> None:
        batch: list[_Prepared] = []
        with (
            IndexWriter(self._catalogue, self._encoder.key) as writer,
            Pipeline(self._encoder, batch_size=self._batch_size, workers=workers) as pipeline,
        ):
            for outcome in pipeline.decode(self._decode, self._sources(ids)):
                self._ctx.checkpoint()
                if isinstance(outcome, _Prepared):
                    batch.append(outcome)
                elif outcome is None:
                    self.skipped += 1
                else:
                    self.failed += 1
                    writer.put(outcome)
                if len(batch) >= self._batch_size:
                    self._encode(batch, pipeline, writer)
                    batch = []
                self._report(len(ids))
            if batch:
                self._encode(batch, pipeline, writer)
                self._report(len(ids))

    def _report(self, total: int) -> None:
        done = self.encoded + self.failed + self.skipped
        self._ctx.progress("Indexing", done, total, failed=self.failed)

    def _sources(self, ids: IdArray) -> Iterator[_Source]:
        for start in range(0, len(ids), _PAGE):
            page = ids[start : start + _PAGE].tolist()
            files = self._catalogue.sources(page)
            yield from ((photo_id, files.get(photo_id, [])) for photo_id in page)

    def _decode(self, source: _Source) -> _Outcome:
        """Decode the first file that can be; None if none is as it was when it was scanned."""
        photo_id, files = source
        failure: Failed | None = None
        for file in files:
            try:
                if not _is_unchanged(file):
                    continue
                photo = load_photo(
                    file.path, min_side=self._encoder.decode_side, limits=self._limits
                )
                if not _is_unchanged(file):
                    continue
            except PhotoError as error:
                # The content is the same everywhere, but another copy may lie on a better disk.
                if failure is None or not is_content_fault(failure.message):
                    failure = Failed(photo_id, _as_problem(error))
                continue
            pixels = self._encoder.prepare(photo.image)
            return _Prepared(photo_id, pixels, photo.width, photo.height)
        return failure

    def _encode(self, batch: list[_Prepared], pipeline: Pipeline, writer: IndexWriter) -> None:
        codes = pipeline.encode([item.pixels for item in batch])
        for item, code in zip(batch, codes, strict=True):
            writer.put(Encoded(item.photo_id, code.tobytes(), item.width, item.height))
        self.encoded += len(batch)


def _as_problem(error: PhotoError) -> Message:
    # A query may use the readable part of a picture (FS-102); the index leaves the photo out.
    return describe("FS-109", **error.details) if error.code == "FS-102" else error.message


def _is_unchanged(file: SourceFile) -> bool:
    """Whether a file is still the one whose content the scan identified."""
    try:
        facts = os.stat(file.path)
    except FileNotFoundError:
        return False
    except OSError as error:
        name, reason = file.path.name, error.strerror or str(error)
        raise PhotoError("FS-107", name=name, reason=reason) from error
    same = (facts.st_size, facts.st_mtime_ns) == (file.size, file.mtime_ns)
    return same and stat.S_ISREG(facts.st_mode)
