"""The photos of a grid: ids in a NumPy array, details and thumbnails fetched when they are seen.

Backs the search results and the library. A row costs eight bytes until it is painted, so that a
hundred thousand photos are as quick as a hundred. Lives in the GUI thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    QUrl,
    Slot,
)
from PySide6.QtGui import QImage, QPixmap

from engine import EngineError
from foodsearch_gui.core import wording
from foodsearch_gui.core.thumb_pool import ThumbPool

if TYPE_CHECKING:
    from engine import Hit, PhotoRecord

AnyIndex = QModelIndex | QPersistentModelIndex
Fetch = Callable[[NDArray[np.int64]], "Sequence[PhotoRecord]"]

PAGE = 256  # rows whose details are read from the catalogue together
PAGES_KEPT = 16
GATHER_MS = 30  # thumbnails that arrive within this time are announced together


class PhotoRole(IntEnum):
    """What a row knows about its photo."""

    ID = Qt.ItemDataRole.UserRole + 1
    RECORD = ID + 1  # PhotoRecord, or None if the photo has left the library
    HIT = ID + 2  # Hit, or None outside a search
    PATH = ID + 3
    THUMB = ID + 4  # QPixmap, or None: it has been asked for
    STATE = ID + 5  # "ok", "loading", "offline", "missing" or "damaged"
    DISTANCE = ID + 6  # bits that disagree with the query, or None
    BITS = ID + 7  # length of the code, 0 outside a search
    RANK = ID + 8
    DUPLICATES = ID + 9  # further photos hidden behind this one
    JUDGEMENT = ID + 10  # True good match, False not a match, None not judged
    LABEL = ID + 11
    IS_QUERY = ID + 12  # the very photo that is searched for


class PhotoGridModel(QAbstractListModel):
    """Rows are photo ids, with the hits of a search or without.

    Args:
        thumbs: Makes the thumbnails.
        owner: Name of the grid among those that share ``thumbs``.
    """

    def __init__(self, thumbs: ThumbPool, owner: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbs = thumbs
        self._owner = owner
        self._fetch: Fetch = lambda ids: ()
        self._ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._hits: tuple[Hit, ...] = ()
        self._counting = 0
        self._query_id: int | None = None
        self._judgements: Mapping[int, bool] = {}
        self._pages: OrderedDict[int, dict[int, PhotoRecord]] = OrderedDict()
        self._size = 256
        self._generation = 0
        self._rows_waiting: dict[str, set[int]] = {}
        self._changed: set[int] = set()
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(GATHER_MS)
        self._gather.timeout.connect(self._announce)
        thumbs.ready.connect(self._take_thumbnail)
        thumbs.failed.connect(self._take_failure)

    def set_fetch(self, fetch: Fetch) -> None:
        """Say where details come from; ``fetch(ids)`` may leave out photos that are gone."""
        self._fetch = fetch
        self.refresh()

    def set_ids(self, ids: NDArray[np.int64]) -> None:
        """Show these photos, without distances; photos added at the end keep the rest in place."""
        known = len(self._ids)
        is_longer = not self._hits and 0 < known < len(ids)
        if is_longer and np.array_equal(ids[:known], self._ids):
            self.beginInsertRows(QModelIndex(), known, len(ids) - 1)
            self._ids = ids
            self._pages.pop(known // PAGE, None)
            self.endInsertRows()
        elif not self._hits and np.array_equal(ids, self._ids):
            self.refresh()
        else:
            self._reset(ids, (), 0, None)

    def set_hits(self, hits: Sequence[Hit], counting: int, query_id: int | None = None) -> None:
        """Show the answer of a search.

        Args:
            hits: Nearest first.
            counting: How many bits the distances are counted over.
            query_id: The photo that was searched for, if it is in the library.
        """
        ids = np.array([hit.photo_id for hit in hits], np.int64)
        self._reset(ids, tuple(hits), counting, query_id)

    def set_judgements(self, judgements: Mapping[int, bool]) -> None:
        """Mark photos as good (True) or as no match (False), by id."""
        if judgements != self._judgements:
            self._judgements = judgements
            self._announce_all()

    def set_thumbnail_size(self, pixels: int) -> None:
        """Ask for thumbnails whose longest side has this many device pixels."""
        if pixels != self._size:
            self._size = pixels
            self._rows_waiting.clear()
            self._announce_all()

    def refresh(self) -> None:
        """Read all details anew; the rows stay."""
        self._pages.clear()
        self._announce_all()

    def want(self, first: int, last: int) -> None:
        """Ask for the thumbnails of these rows, and only these; the rest may wait.

        Called when the visible part has changed. Requests for rows that were scrolled past are
        forgotten by the pool.
        """
        self._generation += 1
        self._rows_waiting.clear()
        # The pool serves the newest request first, so the top row is asked for last.
        for row in range(min(last, len(self._ids) - 1), max(first, 0) - 1, -1):
            self._thumbnail(row)

    @property
    def ids(self) -> NDArray[np.int64]:
        """The photo ids in the order of the rows."""
        return self._ids

    def photo(self, row: int) -> PhotoRecord | None:
        """Return a row's details, or None if the photo has left the library."""
        if not 0 <= row < len(self._ids):
            return None
        if self._hits:
            hit = self._hits[row]
            record: PhotoRecord = hit.photo
            return record
        return self._page(row // PAGE).get(int(self._ids[row]))

    def hit(self, row: int) -> Hit | None:
        """Return a row's place in the answer, or None outside a search."""
        return self._hits[row] if 0 <= row < len(self._hits) else None

    def row_of(self, photo_id: int) -> int:
        """Return the row of a photo, or -1."""
        rows = np.flatnonzero(self._ids == photo_id)
        return int(rows[0]) if len(rows) else -1

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        """Return the number of photos; a list has no children."""
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one value of a row; never decodes anything."""
        row = index.row()
        if not index.isValid() or not 0 <= row < len(self._ids):
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._name(row)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tool_tip(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.describe(row)
            case _ if PhotoRole.ID <= role <= PhotoRole.IS_QUERY:
                return self._value(row, PhotoRole(role))
        return None

    def describe(self, row: int) -> str:
        """Return e.g. ``Result 3, pasta.jpg, distance 5 of 64, 59 bits agree``."""
        hit, parts = self.hit(row), [self._name(row)]
        if hit is not None:
            parts.insert(0, self.tr("Result %1").replace("%1", str(hit.rank)))
            distance = self.tr("distance %1 of %2").replace("%1", str(hit.distance))
            parts.append(distance.replace("%2", str(self._counting)))
            agree = self.tr("%1 bits agree")
            parts.append(agree.replace("%1", str(self._counting - hit.distance)))
            if hit.duplicates:
                parts.append(self.tr("%n more like it hidden", None, len(hit.duplicates)))
        photo = self.photo(row)
        if photo is not None and photo.label:
            parts.append(wording.label(photo.label))
        words = {
            "offline": self.tr("offline"),
            "missing": self.tr("missing"),
            "damaged": self.tr("damaged"),
        }
        parts += [words[state]] if (state := self._state(row)) in words else []
        if self._is_query(row):
            parts.append(self.tr("this photo"))
        judgement = self._judgements.get(int(self._ids[row]))
        if judgement is not None:
            parts.append(self.tr("good match") if judgement else self.tr("not a match"))
        return ", ".join(parts)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Photos can be selected and dragged out."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def mimeTypes(self) -> list[str]:
        """Photos leave the window as addresses of their files."""
        return ["text/uri-list"]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:
        """Return the files of some rows, in the order of the grid."""
        mime = QMimeData()
        photos = [self.photo(row) for row in sorted({index.row() for index in indexes})]
        mime.setUrls([QUrl.fromLocalFile(str(photo.path)) for photo in photos if photo])
        return mime

    def supportedDragActions(self) -> Qt.DropAction:
        """A drag copies: photos are never moved."""
        return Qt.DropAction.CopyAction

    def _reset(
        self,
        ids: NDArray[np.int64],
        hits: tuple[Hit, ...],
        counting: int,
        query_id: int | None,
    ) -> None:
        self.beginResetModel()
        self._ids, self._hits = np.asarray(ids, np.int64), hits
        self._counting, self._query_id = counting, query_id
        self._pages.clear()
        self._rows_waiting.clear()
        self._changed.clear()
        self.endResetModel()

    def _page(self, number: int) -> dict[int, PhotoRecord]:
        if number not in self._pages:
            ids = self._ids[number * PAGE : (number + 1) * PAGE]
            self._pages[number] = {record.id: record for record in self._fetch(ids)}
            if len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(number)
        return self._pages[number]

    def _value(self, row: int, role: PhotoRole) -> Any:
        hit, photo = self.hit(row), self.photo(row)
        match role:
            case PhotoRole.ID:
                return int(self._ids[row])
            case PhotoRole.RECORD:
                return photo
            case PhotoRole.HIT:
                return hit
            case PhotoRole.PATH:
                return photo.path if photo else None
            case PhotoRole.THUMB:
                return self._thumbnail(row)
            case PhotoRole.STATE:
                return self._state(row)
            case PhotoRole.DISTANCE:
                return hit.distance if hit else None
            case PhotoRole.BITS:
                return self._counting
            case PhotoRole.RANK:
                return hit.rank if hit else None
            case PhotoRole.DUPLICATES:
                return len(hit.duplicates) if hit else 0
            case PhotoRole.JUDGEMENT:
                return self._judgements.get(int(self._ids[row]))
            case PhotoRole.LABEL:
                return wording.label(photo.label) if photo and photo.label else None
            case PhotoRole.IS_QUERY:
                return self._is_query(row)

    def _is_query(self, row: int) -> bool:
        return self._query_id is not None and int(self._ids[row]) == self._query_id

    def _name(self, row: int) -> str:
        photo = self.photo(row)
        return photo.path.name if photo else self.tr("no longer in the library")

    def _tool_tip(self, row: int) -> str:
        photo, lines = self.photo(row), [self.describe(row)]
        if photo is not None:
            lines.append(str(photo.path))
            error = self._thumbs.failure(photo, self._size)
            lines += [str(error.message)] if isinstance(error, EngineError) else []
        return "\n".join(lines)

    def _state(self, row: int) -> str:
        photo = self.photo(row)
        if photo is None:
            return "missing"
        if photo.state != "ok":
            return str(photo.state)
        error = self._thumbs.failure(photo, self._size)
        if error is None:
            return "ok" if self._thumbnail(row) is not None else "loading"
        is_gone = isinstance(error, EngineError) and error.code == "FS-107"
        return "missing" if is_gone else "damaged"

    def _thumbnail(self, row: int) -> QPixmap | None:
        photo = self.photo(row)
        if photo is None or self._thumbs.failure(photo, self._size) is not None:
            return None
        pixmap = self._thumbs.pixmap(
            photo, self._size, owner=self._owner, generation=self._generation
        )
        if pixmap is None:
            self._rows_waiting.setdefault(self._thumbs.key(photo, self._size), set()).add(row)
        return pixmap

    @Slot(str, QImage)
    def _take_thumbnail(self, key: str, _image: QImage) -> None:
        self._settle(key)

    @Slot(str, object)
    def _take_failure(self, key: str, _error: object) -> None:
        self._settle(key)

    def _settle(self, key: str) -> None:
        """Announce the rows that waited for a thumbnail: it, or why there is none, is known."""
        rows = self._rows_waiting.pop(key, None)
        if rows:
            self._changed |= rows
            if not self._gather.isActive():
                self._gather.start()

    @Slot()
    def _announce(self) -> None:
        if self._changed:
            first, last = min(self._changed), max(self._changed)
            self._changed.clear()
            self.dataChanged.emit(self.index(first), self.index(last))

    def _announce_all(self) -> None:
        if len(self._ids):
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))
