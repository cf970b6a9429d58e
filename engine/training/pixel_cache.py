"""Photos decoded once and kept reduced in one file, so that every epoch only reads pixels."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import Message, PhotoError, describe
from engine.events import JobContext
from engine.photos import load_photo
from engine.preprocessing import DECODER
from engine.storage import content_hash, disk_failure, publish, write_json

MAX_BYTES = 20_000_000_000  # of all caches; the one used longest ago goes first
_AHEAD = 64
_MAX_RATIO = 4  # of the longer side; what a narrower photo has beyond its middle is cut off
_ABANDONED = 24 * 3600  # seconds after which an unfinished file has no writer any more
_SUFFIX, _PART = ".pixels", ".part"
_Decoded = tuple[str, NDArray[np.uint8]] | Message


@dataclass(frozen=True)
class PixelCache:
    """Reduced photos; unreadable ones have no pixels.

    Attributes:
        pixels: All photos one behind the other, uint8.
        shapes: Height and width of each, zeros for unreadable ones, shape (photos, 2).
        hashes: Content of each file, empty for unreadable ones.
        problems: What is wrong with a photo, by its number.
    """

    pixels: NDArray[np.uint8]
    shapes: NDArray[np.int64]
    hashes: tuple[str, ...]
    problems: dict[int, Message]
    _starts: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        sizes = 3 * self.shapes.prod(axis=1)
        if sizes.sum() != len(self.pixels):
            raise ValueError("the pixels are not those of the shapes")
        object.__setattr__(self, "_starts", np.cumsum(sizes) - sizes)

    def __getitem__(self, number: int) -> NDArray[np.uint8]:
        """Return a photo, shape (height, width, 3)."""
        height, width = self.shapes[number]
        start = self._starts[number]
        return self.pixels[start : start + 3 * height * width].reshape(height, width, 3)


def open_cache(
    files: Sequence[Path], side: int, folder: Path, ctx: JobContext, *, workers: int
) -> PixelCache:
    """Return the photos with a shorter side of ``side`` pixels, decoding them if they are new.

    Args:
        files: The photos.
        side: Of the reduced photos; smaller photos are enlarged.
        folder: Of all caches.
        ctx: Line to whoever runs the job.
        workers: Decode threads.

    Raises:
        LibraryError: FS-205, the disk is full; InputError: FS-002, it cannot be written to.
        JobCancelled: Somebody asked the job to stop; the cache is begun anew next time.
    """
    key = _key(files, side)
    table, data = folder / f"{key}.json", folder / f"{key}{_SUFFIX}"
    try:
        with contextlib.suppress(OSError, ValueError, KeyError):  # new, or damaged
            return _load(table, data)
        folder.mkdir(parents=True, exist_ok=True)
        _drop_old(folder)
        _decode_all(files, side, (table, data), ctx, workers)
        return _load(table, data)
    except OSError as error:
        raise disk_failure(folder, error) from error


def _load(table: Path, data: Path) -> PixelCache:
    values = json.loads(table.read_text(encoding="utf-8"))
    os.utime(data)
    size = data.stat().st_size
    pixels = np.memmap(data, np.uint8, "r") if size else np.empty(0, np.uint8)
    problems = {
        int(number): Message(**{**text, "actions": tuple(text["actions"])})
        for number, text in values["problems"].items()
    }
    shapes = np.array(values["shapes"], np.int64).reshape(-1, 2)
    return PixelCache(pixels, shapes, tuple(values["hashes"]), problems)


def _key(files: Sequence[Path], side: int) -> str:
    digest = hashlib.sha256(f"{DECODER} {side}".encode())
    for file in files:
        with contextlib.suppress(OSError):  # a photo that went away is a problem later
            status = file.stat()
            digest.update(f"\n{os.fspath(file)!a} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()[:32]


def _decode_all(
    files: Sequence[Path], side: int, places: tuple[Path, Path], ctx: JobContext, workers: int
) -> None:
    shapes, hashes, problems = [], [], {}
    table, data = places
    handle, name = tempfile.mkstemp(prefix=".", suffix=_PART, dir=data.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for number, outcome in enumerate(_decode_ahead(files, side, workers)):
                ctx.checkpoint()
                if isinstance(outcome, Message):
                    problems[number] = vars(outcome)
                    outcome = "", np.empty((0, 0, 3), np.uint8)
                hashes.append(outcome[0])
                shapes.append(outcome[1].shape[:2])
                file.write(outcome[1].tobytes())
                ctx.progress("Reading photos", number + 1, len(files), failed=len(problems))
        publish(Path(name), data)
        write_json(table, {"shapes": shapes, "hashes": hashes, "problems": problems})
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _decode_ahead(files: Sequence[Path], side: int, workers: int) -> Iterator[_Decoded]:
    waiting: deque[Future[_Decoded]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        try:
            for file in files:
                waiting.append(pool.submit(_decode, file, side))
                if len(waiting) >= _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _decode(file: Path, side: int) -> _Decoded:
    try:
        content = file.read_bytes()
        image = load_photo(content, name=file.name, min_side=side).image
    except PhotoError as error:
        # A query may use the readable part of a picture (FS-102); a training leaves it out.
        return describe("FS-109", **error.details) if error.code == "FS-102" else error.message
    except OSError as error:
        reason = error.strerror or str(error)
        return PhotoError("FS-107", name=file.name, reason=reason).message
    box = _middle(*image.size)
    wide, high = box[2] - box[0], box[3] - box[1]
    scale = side / min(wide, high)
    size = (max(side, round(wide * scale)), max(side, round(high * scale)))
    return content_hash(content), np.array(image.resize(size, Image.Resampling.BICUBIC, box))


def _middle(width: int, height: int) -> tuple[float, float, float, float]:
    """Return the part of a photo that is kept: all of it unless it is very long.

    Scaled to the shorter side, a strip of a few pixels' width would fill the memory.
    """
    most = _MAX_RATIO * min(width, height)
    wide, high = min(width, most), min(height, most)
    left, top = (width - wide) / 2, (height - high) / 2
    return left, top, left + wide, top + high


def _drop_old(folder: Path) -> None:
    """Make room for a new cache; what another process uses just now may be in its way."""
    ages = {path: path.stat() for path in folder.glob(f"*{_SUFFIX}")}
    total = 0
    for path in sorted(ages, key=lambda path: ages[path].st_mtime, reverse=True):
        total += ages[path].st_size
        if total > MAX_BYTES:
            with contextlib.suppress(OSError):
                path.unlink()
                path.with_suffix(".json").unlink()
    for path in folder.glob(f".*{_PART}"):  # of a process that was killed
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                path.unlink()
