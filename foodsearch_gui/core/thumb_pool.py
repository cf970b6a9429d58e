"""Thumbnails on demand: newest request first, decoded in a pool, delivered in small portions.

A request that is not wanted any more is forgotten, so that the next paint asks again; nothing
that scrolled into view can stay without its picture.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt, QThreadPool, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPixmap, QPixmapCache

import engine

if TYPE_CHECKING:
    from PIL import Image

CACHE_KB = 128 * 1024
_MOST_THREADS = 4
_LOOSE = "path-"
_TURN = 0.008  # seconds of delivering per turn of the event loop


class Picturable(Protocol):
    """What a thumbnail can be made of: a photo of the library, or any file of known content."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def content_hash(self) -> str:
        """Identity of its content."""


@dataclass(frozen=True)
class LooseFile:
    """A picture that no library knows. What is in it is found out where the thumbnail is made."""

    path: Path

    @property
    def content_hash(self) -> str:
        """Identity of the path; that of the content is not known yet."""
        return _LOOSE + hashlib.sha1(os.fsencode(self.path), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class _Request:
    key: str
    content_hash: str
    path: Path
    size: int
    owner: str
    generation: int


class ThumbPool(QObject):
    """Makes thumbnails in the background. Lives in the GUI thread.

    Signals:
        ready (str, QImage): Key and picture, longest side as asked.
        failed (str, object): Key and the :class:`engine.EngineError`; asked only once.

    Args:
        folder: The disk cache.
        max_bytes: Its size limit.
        threads: Decoders at work; one core is left for the window.
    """

    ready = Signal(str, QImage)
    failed = Signal(str, object)
    _arrived = Signal()

    def __init__(
        self, folder: Path, max_bytes: int, threads: int = 0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._folder = folder
        self._max_bytes = max_bytes
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads or min(_MOST_THREADS, engine.background_cores()))
        self._lock = threading.Lock()
        self._waiting: dict[str, _Request] = {}  # insertion order: the last one is served first
        self._in_work: set[str] = set()
        self._newest: dict[str, int] = {}
        self._failures: dict[str, Exception] = {}
        self._done: deque[tuple[str, QImage | Exception]] = deque()
        self._is_delivering = False
        self._cache: engine.ThumbnailCache | None = None
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        QPixmapCache.setCacheLimit(CACHE_KB)

    @staticmethod
    def key(photo: Picturable, size: int) -> str:
        """Return the name under which a thumbnail of this size arrives."""
        return f"{photo.content_hash}:{size}"

    def pixmap(
        self, photo: Picturable, size: int, *, owner: str = "", generation: int = 0
    ) -> QPixmap | None:
        """Return the thumbnail if it is at hand, else ask for it; for painting."""
        found = QPixmap()
        if QPixmapCache.find(self.key(photo, size), found):
            return found
        self.request(photo, size, owner=owner, generation=generation)
        return None

    def failure(self, photo: Picturable, size: int) -> Exception | None:
        """Return why there is no thumbnail, if making it was tried in vain."""
        return self._failures.get(self.key(photo, size))

    def request(
        self, photo: Picturable, size: int, *, owner: str = "", generation: int = 0
    ) -> None:
        """Ask for a thumbnail whose longest side has ``size`` device pixels.

        Args:
            photo: Which photo.
            size: Device pixels.
            owner: Name of the view that asks.
            generation: Requests of the same owner with a smaller one are forgotten.
        """
        key = self.key(photo, size)
        with self._lock:
            self._newest[owner] = max(generation, self._newest.get(owner, 0))
            if key in self._in_work or key in self._failures:
                return
            is_new = self._waiting.pop(key, None) is None
            self._waiting[key] = _Request(
                key, photo.content_hash, photo.path, size, owner, generation
            )
        if is_new:
            self._pool.start(self._work_one)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked for, in work or waiting to be delivered."""
        with self._lock:
            return not (self._waiting or self._in_work or self._done)

    def retry(self) -> None:
        """Forget the failures: files may have come back."""
        self._failures.clear()

    def shutdown(self, ms: int = 5000) -> bool:
        """Forget what waits and wait for what is in work; return whether it ended in time."""
        with self._lock:
            self._waiting.clear()
        return self._pool.waitForDone(ms)

    def _work_one(self) -> None:
        """Serve the newest request; runs in the pool, once per request that was new."""
        with self._lock:
            while True:
                if not self._waiting:
                    return
                request = self._waiting.pop(next(reversed(self._waiting)))
                if request.generation >= self._newest[request.owner]:
                    break
            self._in_work.add(request.key)
            cache = self._cache = self._cache or engine.ThumbnailCache(
                self._folder, self._max_bytes
            )
        result = _make(cache, request)
        with self._lock:
            self._done.append((request.key, result))
            if self._is_delivering:
                return
            self._is_delivering = True
        self._arrived.emit()

    @Slot()
    def _deliver(self) -> None:
        """Hand out what is done, at most for a few milliseconds at a time."""
        end = time.perf_counter() + _TURN
        while time.perf_counter() < end:
            with self._lock:
                if not self._done:
                    self._is_delivering = False
                    return
                key, result = self._done.popleft()
                self._in_work.discard(key)
            if isinstance(result, QImage):
                QPixmapCache.insert(key, QPixmap.fromImage(result))
                self.ready.emit(key, result)
            else:
                self._failures[key] = result
                self.failed.emit(key, result)
        QTimer.singleShot(0, self, self._deliver)


def _make(cache: engine.ThumbnailCache, request: _Request) -> QImage | Exception:
    try:
        return to_qimage(cache.get(_identity(request), request.path, request.size))
    except (engine.EngineError, OSError) as error:
        return error.with_traceback(None)


def _identity(request: _Request) -> str:
    """Return what the disk cache files a thumbnail under: another after a file was changed."""
    if not request.content_hash.startswith(_LOOSE):
        return request.content_hash
    try:
        facts = request.path.stat()
    except OSError:  # the decoder says it better
        return request.content_hash
    text = f"{request.content_hash} {facts.st_size} {facts.st_mtime_ns}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def to_qimage(image: Image.Image) -> QImage:
    """Return an RGB picture of Pillow as Qt's, with pixels of its own."""
    pixels = image.tobytes()
    view = QImage(pixels, image.width, image.height, 3 * image.width, QImage.Format.Format_RGB888)
    return view.copy()  # the view does not keep the bytes alive
