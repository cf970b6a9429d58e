"""Further photos for the query of the Search page, wherever they come from."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Slot

from foodsearch_gui.core.incoming import Incoming
from foodsearch_gui.core.search_work import SearchWork


class SearchAdding(QObject):
    """Searches with them at the same time.

    Args:
        work: The search.
    """

    def __init__(self, work: SearchWork, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work

    @Slot(object)
    def take(self, incoming: Incoming) -> None:
        """Add the photos among what was chosen or dropped."""
        for photo in incoming.photos:
            self._work.add_photo(photo)
        if incoming.picture:
            self._work.add_photo(incoming.picture, incoming.name)

    @Slot(object)
    def take_tiles(self, photo_ids: Iterable[int]) -> None:
        """Add photos of the library."""
        for photo_id in photo_ids:
            self._work.add_similar(photo_id)
