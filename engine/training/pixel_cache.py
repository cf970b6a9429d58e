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
from engine.preprocessing import DECODE_GAP, DECODER
from engine.storage import content_hash, disk_failure, publish, write_json

MAX_BYTES = 20_000_000_000  # of all caches; the one used longest ago goes first
_AHEAD = 64
_MAX_RATIO = 4  # of the longer side; what a narrower photo has beyond its middle is cut off
_ABANDONED = 24 * 3600  # seconds after which an unfinished file has no writer any more
_SUFFIX, _PART = ".pixels", ".part"
_LOOK = (9, 8)  # pixels whose neighbours are compared: eight bits in each of eight rows


@dataclass(frozen=True)
class _Size:
    """What photos are reduced to."""

    side: int
    resampling: Image.Resampling

    def __str__(self) -> str:
        """Return it as part of a cache's key, which has named no filter while there was one."""
        is_usual = self.resampling is Image.Resampling.BICUBIC
        return f"{self.side}" if is_usual else f"{self.side} {self.resampling.name}"


@dataclass(frozen=True)
class _Decoded:
    content: str  # hash of the file
    look: bytes
    pixels: NDArray[np.uint8]


_NOTHING = _Decoded("", bytes(_LOOK[1]), np.empty((0, 0, 3), np.uint8))


@dataclass(frozen=True)
class PixelCache:
    """Reduced photos; unreadable ones have no pixels.

    Attributes:
        pixels: All photos one behind the other, uint8.
        shapes: Height and width of each, zeros for unreadable ones, shape (photos, 2).
        hashes: Content of each file, empty for unreadable ones.
        looks: Difference hash of each, packed: whether it gets brighter from left to right at 64
            places. Zeros for unreadable ones, shape (photos, 8).
        problems: What is wrong with a photo, by its number.
    """

    pixels: NDArray[np.uint8]
    shapes: NDArray[np.int64]
    hashes: tuple[str, ...]
    looks: NDArray[np.uint8]
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
    files: Sequence[Path],
    side: int,
    folder: Path,
    ctx: JobContext,
    *,
    workers: int,
    resampling: Image.Resampling = Image.Resampling.BICUBIC,
) -> PixelCache:
    """Return the photos with a shorter side of ``side`` pixels, decoding them if they are new.

    Args:
        files: The photos.
        side: Of the reduced photos; smaller photos are enlarged.
        folder: Of all caches.
        ctx: Line to whoever runs the job.
        workers: Decode threads.
        resampling: Filter that reduces them.

    Raises:
        LibraryError: FS-205, the disk is full; InputError: FS-002, it cannot be written to.
        JobCancelled: Somebody asked the job to stop; the cache is begun anew next time.
    """
    size = _Size(side, resampling)
    key = _key(files, size)
    try:
        # It is new, or damaged, or its messages have the fields of another version.
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return _load(folder, key, len(files))
        folder.mkdir(parents=True, exist_ok=True)
        _drop_old(folder)
        key = _decode_all(files, size, folder, key, ctx, workers)
        return _load(folder, key, len(files))
    except OSError as error:
        raise disk_failure(folder, error) from error


def _load(folder: Path, key: str, count: int) -> PixelCache:
    table, data = _places(folder, key)
    values = json.loads(table.read_text(encoding="utf-8"))
    if not count == len(values["shapes"]) == len(values["hashes"]):
        raise ValueError("the photos are not those that were asked for")
    os.utime(data)
    size = data.stat().st_size
    pixels = np.memmap(data, np.uint8, "r") if size else np.empty(0, np.uint8)
    problems = {
        int(number): Message(**{**text, "actions": tuple(text["actions"])})
        for number, text in values["problems"].items()
    }
    shapes = np.array(values["shapes"], np.int64).reshape(-1, 2)
    looks = np.frombuffer(bytes.fromhex("".join(values["looks"])), np.uint8)
    looks = looks.reshape(len(shapes), _LOOK[1])
    return PixelCache(pixels, shapes, tuple(values["hashes"]), looks, problems)


def _places(folder: Path, key: str) -> tuple[Path, Path]:
    return folder / f"{key}.json", folder / f"{key}{_SUFFIX}"


def _key(files: Sequence[Path], size: _Size) -> str:
    digest = hashlib.sha256(f"{DECODER} {size}".encode())
    for file in files:
        try:
            status = file.stat()
            state = f"{status.st_size} {status.st_mtime_ns}"
        except OSError:  # a photo that went away is a problem later, but keeps its number
            state = "missing"
        digest.update(f"\n{os.fspath(file)!a} {state}".encode())
    return digest.hexdigest()[:32]


def _decode_all(
    files: Sequence[Path], size: _Size, folder: Path, key: str, ctx: JobContext, workers: int
) -> str:
    """Write a cache and return the key under which it lies."""
    shapes, hashes, looks, problems = [], [], [], {}
    handle, name = tempfile.mkstemp(prefix=".", suffix=_PART, dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            for number, outcome in enumerate(_decode_ahead(files, size, workers)):
                ctx.checkpoint()
                if isinstance(outcome, Message):
                    problems[number] = vars(outcome)
                    outcome = _NOTHING
                hashes.append(outcome.content)
                looks.append(outcome.look.hex())
                shapes.append(outcome.pixels.shape[:2])
                file.write(outcome.pixels.tobytes())
                ctx.progress("Reading photos", number + 1, len(files), failed=len(problems))
        if _key(files, size) != key:  # a drive was unplugged: what is left is not for the next time
            key += "-changed"
        table, data = _places(folder, key)
        publish(Path(name), data)
        values = {"shapes": shapes, "hashes": hashes, "looks": looks, "problems": problems}
        write_json(table, values)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    return key


def _decode_ahead(files: Sequence[Path], size: _Size, workers: int) -> Iterator[_Decoded | Message]:
    waiting: deque[Future[_Decoded | Message]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        try:
            for file in files:
                waiting.append(pool.submit(_decode, file, size))
                if len(waiting) >= _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _decode(file: Path, size: _Size) -> _Decoded | Message:
    try:
        content = file.read_bytes()
        image = load_photo(content, name=file.name, min_side=DECODE_GAP * size.side).image
    except PhotoError as error:
        # A query may use the readable part of a picture (FS-102); a training leaves it out.
        return describe("FS-109", **error.details) if error.code == "FS-102" else error.message
    except OSError as error:
        reason = error.strerror or str(error)
        return PhotoError("FS-107", name=file.name, reason=reason).message
    box = _middle(*image.size)
    wide, high = box[2] - box[0], box[3] - box[1]
    scale = size.side / min(wide, high)
    shape = (max(size.side, round(wide * scale)), max(size.side, round(high * scale)))
    reduced = image.resize(shape, size.resampling, box)
    return _Decoded(content_hash(content), _look(reduced), np.array(reduced))


def _look(image: Image.Image) -> bytes:
    """Return the difference hash: it survives scaling, compression and other brightness."""
    grey = np.asarray(image.convert("L").resize(_LOOK, Image.Resampling.BOX))
    return np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes()


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
