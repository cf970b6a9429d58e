"""The way between the pages Search and Inspect: a photo goes there, a bit comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from foodsearch_gui.core.inspection import Inspected
from foodsearch_gui.core.picture_reader import PictureReader
from foodsearch_gui.core.query import Query
from foodsearch_gui.core.search_work import SearchWork
from foodsearch_gui.core.steering import Wish
from foodsearch_gui.widgets.photo_grid_view import PhotoGridView

if TYPE_CHECKING:
    from foodsearch_gui.core.session import Session


class SearchInspecting(QObject):
    """Tells the session what is searched with, and searches with a bit that is asked for.

    Args:
        session: Passes photos and bits on.
        work: The search.
        reader: Of the query's picture.
        grid: Its results.
        bit: Tells which bit of the match is looked at, -1 for none.
    """

    def __init__(
        self,
        session: Session,
        work: SearchWork,
        reader: PictureReader,
        grid: PhotoGridView,
        bit: Callable[[], int],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._work = work
        self._reader = reader
        self._bit = bit
        for signal in (work.changed, reader.finished):
            signal.connect(self._tell)
        grid.inspect_wanted.connect(self._inspect)
        session.bit_requested.connect(self._search_with_bit)

    @Slot()
    def _tell(self) -> None:
        query = self._work.query
        self._session.searched = self._inspected(query) if query is not None else None

    @Slot(object)
    def _inspect(self, photo_id: int) -> None:
        """Show the match beside the query, each with the same bit."""
        match, query = self._session.library_photo(photo_id), self._work.asked
        if match is not None and query is not None:
            self._session.inspect(replace(self._inspected(query), bit=self._bit()), match)

    @Slot(object, int, bool)
    def _search_with_bit(self, photo: Inspected, bit: int, is_on: bool) -> None:
        """Search with a photo, for those that have a value of a bit."""
        work, wish = self._work, Wish.ON if is_on else Wish.OFF
        query = work.query
        is_it = query is not None and query.source is photo.source and not query.added
        if is_it and work.error is None:
            work.steer(work.steering.with_wish(bit, wish))
        else:
            # Whoever looks at the readable part of a damaged photo has seen what is missing.
            work.search_photo(photo.source, photo.name, allow_truncated=True, wish=(bit, wish))

    def _inspected(self, query: Query) -> Inspected:
        return Inspected(
            query.source,
            query.name,
            query.model_key,
            query.logits,
            read=self._session.encoded_photo(query.source),
            picture=self._reader.picture_of(query.source),
        )
