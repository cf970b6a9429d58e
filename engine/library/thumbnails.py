"""Small pictures on disk, so that a photo is decoded once and not each time it is shown."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from pathlib import Path

from PIL import Image

from engine.photos import PhotoLimits, load_photo
from engine.storage import atomic_write

_QUALITY = 80
_DAY = 86_400.0
_TRIM_TO = 0.9  # of the limit, so that not every new picture starts a trim
_TRIM_AFTER = 0.05  # of the limit in new pictures
logger = logging.getLogger(__name__)


class ThumbnailCache:
    """Thumbnails by content; the least recently used go first when there are too many.

    Every method may be called from any thread. The folder may be deleted at any time.

    Args:
        folder: Where the pictures are kept.
        max_bytes: How much room they may take together.
        limits: Sizes beyond which a photo is not decoded.
    """

    def __init__(
        self, folder: Path, max_bytes: float = 1e9, limits: PhotoLimits = PhotoLimits()
    ) -> None:
        self._limits = limits
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._stored = 0

    def get(self, content_hash: str, path: Path, size: int) -> Image.Image:
        """Return a photo in RGB, its longer side ``size`` pixels (its own, if it is smaller).

        Args:
            content_hash: Identity of the photo.
            path: Where to decode it from if it is not in the cache.
            size: In pixels.

        Raises:
            PhotoError: The photo is not in the cache and cannot be decoded.
        """
        image = self.cached(content_hash, size)
        if image is None:
            image = load_photo(path, min_side=size, limits=self._limits).image
            image.thumbnail((size, size), Image.Resampling.LANCZOS)
            self._store(image, self._file(content_hash, size))
        return image

    def cached(self, content_hash: str, size: int) -> Image.Image | None:
        """Return a thumbnail if the cache has it, undamaged."""
        file = self._file(content_hash, size)
        try:
            with Image.open(file, formats=("WEBP",)) as image:
                image.load()
                thumbnail = image.convert("RGB")
            _note_use(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, SyntaxError) as error:  # whatever Pillow calls damage
            logger.warning("thumbnail %s is damaged and made anew: %s", file.name, error)
            return None
        return thumbnail

    def trim(self) -> None:
        """Delete the least recently used thumbnails if there are too many."""
        files = []
        for file in self._folder.glob("??/*.webp"):
            with contextlib.suppress(FileNotFoundError):  # another window trims as well
                facts = file.stat()
                files.append((facts.st_mtime, facts.st_size, file))
        total = sum(size for _, size, _ in files)
        if total <= self._max_bytes:
            return
        for _, size, file in sorted(files):
            file.unlink(missing_ok=True)
            total -= size
            if total <= _TRIM_TO * self._max_bytes:
                return

    def _file(self, content_hash: str, size: int) -> Path:
        return self._folder / content_hash[:2] / f"{content_hash}-{size}.webp"

    def _store(self, image: Image.Image, file: Path) -> None:
        try:
            with atomic_write(file, durable=False) as target:
                image.save(target, "WEBP", quality=_QUALITY)
                written = target.tell()
        except OSError as error:
            logger.warning("no thumbnail could be stored in %s: %s", self._folder, error)
            return
        with self._lock:
            self._stored += written
            is_due = self._stored > _TRIM_AFTER * self._max_bytes
            if is_due:
                self._stored = 0
        if is_due:
            self.trim()


def _note_use(file: Path) -> None:
    """Make a thumbnail young again, at most once a day: reading must not mean writing."""
    now = time.time()
    if now - file.stat().st_mtime > _DAY:
        os.utime(file, (now, now))
