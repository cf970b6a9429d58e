"""Codes for photos that have none: decode threads, the network, and a writer, all at once.

Decoding runs ahead by a few batches in threads, the network runs in the calling thread, and a
writer stores 256 photos at a time. Beside a graphics card the threads never rest; beside a network
on the processor they begin no photo while a batch is computed. Whatever was computed is stored,
also when the job is cancelled or fails; the next run does the rest, and the result is the same as
that of one unbroken run.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.codes import IdArray, binarize
from engine.errors import DeviceError, Message, PhotoError, describe
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.index_writer import Encoded, Failed, IndexWriter
from engine.library.problems import is_content_fault
from engine.library.records import SourceFile
from engine.photos import PhotoLimits, load_photo

READ_AHEAD = 3  # batches
_PAGE = 1024  # photos whose files are looked up at once
logger = logging.getLogger(__name__)


class PhotoEncoder(Protocol):
    """What turns pictures into codes; ``engine.search.encode.Encoder`` is one."""

    @property
    def key(self) -> str:
        """Identity of the model and its weights."""

    @property
    def num_bits(self) -> int:
        """Length of a code."""

    @property
    def decode_side(self) -> int:
        """How many pixels the shorter side must have for ``prepare``."""

    @property
    def on_processor(self) -> bool:
        """Whether the network computes on the cores that also decode."""

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Return a picture as the network takes it; called from many threads."""

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return logits, shape (len(batch), num_bits), whatever else is in the batch."""


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
        batch_size: Photos in one forward pass; halved whenever memory does not suffice.
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
        build.run(ids, workers or _cores())
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
        self._may_decode = threading.Event()
        self._may_decode.set()
        self._catalogue = catalogue
        self._encoder = encoder
        self._ctx = ctx
        self._batch_size = batch_size
        self.encoded = self.failed = self.skipped = 0

    def run(self, ids: IdArray, workers: int) -> None:
        batch: list[_Prepared] = []
        with (
            IndexWriter(self._catalogue, self._encoder.key) as writer,
            ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool,
        ):
            try:
                for outcome in self._decode_ahead(pool, ids):
                    self._ctx.checkpoint()
                    if isinstance(outcome, _Prepared):
                        batch.append(outcome)
                    elif outcome is None:
                        self.skipped += 1
                    else:
                        self.failed += 1
                        writer.put(outcome)
                    if len(batch) >= self._batch_size:
                        self._encode(batch, writer)
                        batch = []
                    self._report(len(ids))
                self._encode(batch, writer)
                self._report(len(ids))
            finally:
                pool.shutdown(cancel_futures=True)

    def _report(self, total: int) -> None:
        done = self.encoded + self.failed + self.skipped
        self._ctx.progress("Indexing", done, total, failed=self.failed)

    def _decode_ahead(self, pool: ThreadPoolExecutor, ids: IdArray) -> Iterator[_Outcome]:
        waiting: deque[Future[_Outcome]] = deque()
        for start in range(0, len(ids), _PAGE):
            page = ids[start : start + _PAGE].tolist()
            sources = self._catalogue.sources(page)
            for photo_id in page:
                waiting.append(pool.submit(self._decode, photo_id, sources.get(photo_id, [])))
                if len(waiting) >= READ_AHEAD * self._batch_size:
                    yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _decode(self, photo_id: int, files: list[SourceFile]) -> _Outcome:
        """Decode the first file that can be; None if none is as it was when it was scanned."""
        self._may_decode.wait()
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

    def _encode(self, batch: list[_Prepared], writer: IndexWriter) -> None:
        for chunk, logits in self._forward(batch):
            codes = binarize(logits)
            for item, code in zip(chunk, codes, strict=True):
                writer.put(Encoded(item.photo_id, code.tobytes(), item.width, item.height))
            self.encoded += len(chunk)

    def _forward(
        self, batch: list[_Prepared]
    ) -> Iterator[tuple[list[_Prepared], NDArray[np.float32]]]:
        """Yield the logits of a batch, in smaller and smaller parts if memory does not suffice."""
        while batch:
            chunk = batch[: self._batch_size]
            logits = self._try(np.stack([item.pixels for item in chunk]))
            if logits is not None:
                yield chunk, logits
                batch = batch[len(chunk) :]
                continue
            if len(chunk) == 1:
                raise DeviceError("FS-403", device="the chosen device")
            self._batch_size = len(chunk) // 2
            logger.warning("memory did not suffice; the batch is %d photos now", self._batch_size)

    def _try(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        # A network on the processor waits for its slowest core: decoding there at the same time
        # costs more than it gains (12-megapixel photos: 50 a second instead of 55).
        if self._encoder.on_processor:
            self._may_decode.clear()
        # The exception must be gone before the next attempt: its traceback holds the tensors.
        try:
            return self._encoder.encode(pixels)
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and "out of memory" not in str(error).lower():
                raise
            return None
        finally:
            self._may_decode.set()


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


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # containers are often given fewer than there are
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
