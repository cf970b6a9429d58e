"""The photos last searched for, offered where a search begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from foodsearch_gui.widgets.drop_zone import DropZone

if TYPE_CHECKING:
    from foodsearch_gui.core.session import Session

_SHOWN = 8
_PIXELS = 256


@dataclass(frozen=True)
class _File:
    path: Path
    content_hash: str


class RecentQueries(QObject):
    """Fills the drop zone with the last queries that were files.

    Signals:
        chosen (object, str): Path and name of the photo to search with again.

    Args:
        session: Whose history it is.
        zone: Shows the photos.
    """

    chosen = Signal(object, str)

    def __init__(self, session: Session, zone: DropZone, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._zone = zone
        self._photos: list[_File] = []
        zone.recent_chosen.connect(self._choose)
        session.catalogue_changed.connect(self.refresh)
        session.thumbs.ready.connect(self._take_picture)

    @Slot()
    def refresh(self) -> None:
        """Read the history anew."""
        catalogue = self._session.catalogue
        queries = catalogue.recent_queries(_SHOWN) if catalogue is not None else []
        # A pasted picture has no file to go back to.
        self._photos = [
            _File(query.path, query.content_hash) for query in queries if query.path is not None
        ]
        self._show()

    def _show(self) -> None:
        self._zone.set_recent([(photo.path.name, self._pixmap(photo)) for photo in self._photos])

    def _pixmap(self, photo: _File) -> QPixmap | None:
        thumbs = self._session.thumbs
        if thumbs.failure(photo, _PIXELS) is not None:
            return None
        return thumbs.pixmap(photo, _PIXELS, owner="recent")

    @Slot(str, QImage)
    def _take_picture(self, key: str, _image: QImage) -> None:
        if any(self._session.thumbs.key(photo, _PIXELS) == key for photo in self._photos):
            self._show()

    @Slot(int)
    def _choose(self, place: int) -> None:
        photo = self._photos[place]
        self.chosen.emit(photo.path, photo.path.name)
