"""Steering on the Search page: the row of chips, the order, and what is asked of a bit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSignalBlocker, Slot

from foodsearch_gui.core.search_work import SearchState, SearchWork
from foodsearch_gui.core.steering import Wish
from foodsearch_gui.pages import steering_texts

if TYPE_CHECKING:
    from foodsearch_gui.core.session import Session
    from foodsearch_gui.pages.search_view import SearchView

_WITH_STEERING = (SearchState.LOADING, SearchState.NO_HIT, SearchState.HITS)


class SearchSteering(QObject):
    """Shows all wishes that are in force, and takes new ones.

    Args:
        session: The model, whose bits may have names.
        work: Has the wishes.
        view: The widgets.
    """

    def __init__(
        self, session: Session, work: SearchWork, view: SearchView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._work = work
        self._view = view
        view.steering.removed.connect(self.remove)
        view.clear_steering.clicked.connect(self.clear)
        view.teach.clicked.connect(self.teach)
        view.keep_steering.toggled.connect(self._keep)
        view.order_box.activated.connect(self._choose_order)
        for signal in (work.changed, session.knowledge.changed):
            signal.connect(self.render)

    @Slot()
    def render(self) -> None:
        """Show what is in force."""
        view, work, query, model = self._view, self._work, self._work.query, self._session.model
        if query is None or model is None or work.state not in _WITH_STEERING:
            view.steering.hide()
            return
        steering, judged = query.steering, work.judgements
        view.steering.set_chips(steering_texts.chips(query, self._session.knowledge.names()))
        can_teach = bool(judged) and steering.judged != tuple(sorted(judged.items()))
        view.teach.setVisible(can_teach)
        view.teach.setText(steering_texts.teach(judged))
        view.teach.setAccessibleName(view.teach.text().replace("&", ""))
        view.clear_steering.setVisible(work.is_bent)
        view.keep_steering.setVisible(bool(steering.for_any_photo()) or work.keeps_steering)
        note = steering_texts.taken_back(work.taken_back)
        view.steering_note.setText(note)
        view.steering_note.setVisible(bool(note))
        view.steering.setVisible(work.is_bent or can_teach or bool(note) or work.keeps_steering)
        with QSignalBlocker(view.order_box):
            view.order_box.setCurrentIndex(int(steering.margins))

    @Slot(str)
    def remove(self, key: str) -> None:
        """Take back what a chip says."""
        if self._work.query is None:
            return
        steering, place = steering_texts.after_removal(self._work.query, key)
        if place is None:
            self._work.steer(steering)
        else:
            self._work.remove_photo(place)

    @Slot()
    def clear(self) -> None:
        """Take everything back: the photo alone is searched for."""
        self._work.clear_steering()

    @Slot()
    def teach(self) -> None:
        """Let the judgements of this photo change the order."""
        self._work.steer(self._work.steering.with_judgements(self._work.judgements))

    @Slot(int, object)
    def wish(self, bit: int, wish: Wish | None) -> None:
        """Ask something of a bit, or nothing any more."""
        self._work.steer(self._work.steering.with_wish(bit, wish))

    @Slot(int)
    def _choose_order(self, place: int) -> None:
        self._work.steer(replace(self._work.steering, margins=bool(place)))

    @Slot(bool)
    def _keep(self, is_kept: bool) -> None:
        self._work.keeps_steering = is_kept
        self.render()
