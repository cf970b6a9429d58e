"""Reads one picture at a time for display, apart from thumbnails: the query photo.

It is seen at once, even while the engine is still starting or a long batch is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot
from PySide6.QtGui import QImage

import engine
from engine import EngineError
from foodsearch_gui.core.thumb_pool import to_qimage

if TYPE_CHECKING:
    from engine import PhotoLimits

_SIDE = 512  # enough for the details at twice the usual pixel density


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        image: Upright; small, but sharp at twice the usual pixel density.
        width: Of the whole picture in pixels.
        height: Likewise.
        bytes: Size of the file.
        readable: Share that could be decoded.
    """

    image: QImage
    width: int
    height: int
    bytes: int
    readable: float


class _Arrivals(QObject):
    """Hands over what a thread has read; the thread may outlive the reader."""

    arrived = Signal(int, object)


class PictureReader(QObject):
    """Decodes in a thread; only the newest request is answered. Lives in the GUI thread.

    Signals:
        finished: ``picture`` or ``error`` is set.

    Attributes:
        picture: The newest picture, or None.
        error: Why there is none, or None.
    """

    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.picture: Picture | None = None
        self.error: EngineError | None = None
        self._source: Path | bytes | None = None
        self._number = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._arrivals = _Arrivals()
        self._arrivals.arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def picture_of(self, source: Path | bytes) -> Picture | None:
        """Return the picture if it is of this very object, that is, of the file as it was read."""
        return self.picture if self._source is source else None

    @property
    def is_reading(self) -> bool:
        """Whether a picture is on its way."""
        return self._number > 0 and self.picture is None and self.error is None

    def read(
        self,
        source: Path | bytes,
        name: str,
        limits: PhotoLimits,
        *,
        allow_truncated: bool = False,
    ) -> None:
        """Start to read a picture; what was there before is gone."""
        self._begin(source)
        number, arrivals = self._number, self._arrivals
        self._pool.start(
            lambda: arrivals.arrived.emit(number, _read(source, name, limits, allow_truncated))
        )

    def show(self, source: Path | bytes, picture: Picture) -> None:
        """Take a picture that somebody else has read."""
        self._begin(source)
        self._take(self._number, picture)

    def _begin(self, source: Path | bytes) -> None:
        self.picture = self.error = None
        self._source = source
        self._number += 1
        self._pool.clear()

    @Slot(int, object)
    def _take(self, number: int, result: Picture | EngineError) -> None:
        if number != self._number:
            return
        if isinstance(result, Picture):
            self.picture = result
        else:
            self.error = result
        self.finished.emit()


def _read(
    source: Path | bytes, name: str, limits: PhotoLimits, allow_truncated: bool
) -> Picture | EngineError:
    try:
        photo = engine.load_photo(
            source, name=name, min_side=_SIDE, limits=limits, allow_truncated=allow_truncated
        )
    except EngineError as error:
        return error.with_traceback(None)
    photo.image.thumbnail((2 * _SIDE, 2 * _SIDE))
    return Picture(
        to_qimage(photo.image), photo.width, photo.height, _num_bytes(source), photo.readable
    )


def _num_bytes(source: Path | bytes) -> int:
    if isinstance(source, bytes):
        return len(source)
    try:
        return source.stat().st_size
    except OSError:  # it vanished just after it was read
        return 0
