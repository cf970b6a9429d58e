"""Further photos for the query of the Search page, wherever they come from."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Slot

from foodsearch_gui.core.incoming import Incoming
from foodsearch_gui.core.intake import Intake
from foodsearch_gui.core.search_work import SearchWork


class SearchAdding(QObject):
    """Searches with them at the same time.

    Args:
        work: The search.
        intake: Takes what is no photo.
    """

    def __init__(self, work: SearchWork, intake: Intake, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._intake = intake

    @Slot(object)
    def take(self, incoming: Incoming) -> None:
        """Add the photos among what was chosen or dropped; the rest goes where it is of use."""
        if incoming.photos:
            self._work.add_photos(incoming.photos)
        elif incoming.picture:
            self._work.add_photos([incoming.picture], incoming.name)
        self._intake.take(incoming.beside_photos)

    @Slot(object)
    def take_tiles(self, photo_ids: Iterable[int]) -> None:
        """Add photos of the library."""
        self._work.add_similar(photo_ids)
