"""The photos that speak for a suggestion, shown on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from foodsearch_gui.core.search_work import SearchWork
from foodsearch_gui.dialogs.photo_list import PhotoListDialog
from foodsearch_gui.pages import search_texts

if TYPE_CHECKING:
    from foodsearch_gui.core.session import Session
    from foodsearch_gui.pages.search_page import SearchPage


class SearchEvidence(QObject):
    """Answers a click on one of the suggested labels.

    Args:
        session: The library.
        work: Has the answer.
        page: Shows the photos.
    """

    def __init__(self, session: Session, work: SearchWork, page: SearchPage) -> None:
        super().__init__(page)
        self._session = session
        self._work = work
        self._page = page

    @Slot(str)
    def show(self, place: str) -> None:
        """Show the photos that voted for the label at this place, nearest first."""
        answer, catalogue = self._work.answer, self._session.catalogue
        if answer is None or catalogue is None or int(place) >= len(answer.suggestion):
            return
        vote = answer.suggestion[int(place)]
        paths = {photo.id: photo.path for photo in catalogue.photos(vote.photos)}
        nearest = [paths[photo_id] for photo_id in vote.photos if photo_id in paths]
        message = search_texts.evidence(vote)
        self._page.questions.show(
            PhotoListDialog(message, nearest, self._session.thumbs, self._page)
        )
