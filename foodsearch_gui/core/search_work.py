"""The search: from a photo to an answer that stays current when model, library or options change.

Encoding happens in the GPU worker, the exact search in the GUI thread (a few milliseconds). Every
request has a number and only the newest one is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine import EngineError
from foodsearch_gui.core import asking
from foodsearch_gui.core.judgements import Judgements
from foodsearch_gui.core.query import Query, QueryHistory, SearchOptions
from foodsearch_gui.core.steering import Steering, Wish

if TYPE_CHECKING:
    from engine import Answer, EncodedQuery, Hit, Steered
    from foodsearch_gui.core.session import Session

DEBOUNCE_MS = 120


class SearchState(StrEnum):
    """What the page has to show."""

    OPENING = "opening"
    NO_LIBRARY = "no library"
    NO_MODEL = "no model"
    NO_INDEX = "no index"
    NO_QUERY = "no query"
    LOADING = "loading"
    FAILED = "failed"
    NO_HIT = "no hit"
    HITS = "hits"


class SearchWork(QObject):
    """Keeps one query and its answer.

    Signals:
        changed: Query, answer, error or what can be searched are new.
        answered: ``answer`` is new; comes before ``changed``.

    Attributes:
        answer: To the newest query that could be answered, or None.
        asked: The query that ``answer`` is to, with all its codes, or None. ``query`` can be a
            newer one, not answered yet.
        error: Why the present query could not be read, or None.
        steered: What ``answer`` was searched with, or None.
        keeps_steering: Whether wishes that suit any photo stay for the next one.
        taken_back: Wishes of the photo before that are not in force for the present one.

    Args:
        session: What is searched, with which model.
    """

    changed = Signal()
    answered = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history = QueryHistory()
        self.answer: Answer | None = None
        self.asked: Query | None = None
        self.error: EngineError | None = None
        self.steered: Steered | None = None
        self.keeps_steering = False
        self.taken_back = 0
        self.options = SearchOptions()
        self._session = session
        self._number = 0
        self._is_answered = False
        self._photos = 0
        self._judgements = Judgements(session)
        self._debounce = QTimer(self)
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(DEBOUNCE_MS)
        self._debounce.timeout.connect(self._search_again)
        session.catalogue_changed.connect(self._take_catalogue)
        session.photos_changed.connect(self._take_photos)
        session.model_changed.connect(self._take_model)
        session.index_changed.connect(self._take_index)
        self._take_photos()

    @property
    def query(self) -> Query | None:
        """The present query, or None at the start."""
        return self.history.current

    @property
    def judgements(self) -> dict[int, bool]:
        """Which photos the user called a good match (True) or none (False) for the query."""
        return self._judgements.shown

    @property
    def steering(self) -> Steering:
        """What is asked of the bits, beyond the photo."""
        return self.query.steering if self.query is not None else Steering()

    @property
    def is_bent(self) -> bool:
        """Whether more is searched for than one photo as it is."""
        return self.query is not None and bool(self.query.steering or self.query.added)

    @property
    def photos(self) -> int:
        """How many photos the library has."""
        return self._photos

    @property
    def state(self) -> SearchState:
        """What the page has to show."""
        session = self._session
        if session.catalogue is None:
            return SearchState.OPENING
        if not self._photos:
            return SearchState.NO_LIBRARY
        if session.model is None:
            return SearchState.NO_MODEL
        if session.coverage is not None and not session.coverage.indexed:
            return SearchState.NO_INDEX
        if self.query is None:
            return SearchState.NO_QUERY
        if self.error is not None:
            return SearchState.FAILED
        if not self._is_answered or self.answer is None:
            return SearchState.LOADING
        return SearchState.HITS if self.answer.hits else SearchState.NO_HIT

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way."""
        is_opening = self._session.model is not None and self._session.searcher is None
        waits = is_opening or self.state in (SearchState.OPENING, SearchState.LOADING)
        return not (waits or self._debounce.isActive())

    def search_photo(
        self,
        source: Path | bytes,
        name: str = "",
        *,
        allow_truncated: bool = False,
        wish: tuple[int, Wish] | None = None,
    ) -> None:
        """Search with a file or a file's bytes, perhaps with a wish for a bit."""
        self._start(asking.outside(source, name, allow_truncated), wish)

    def search_photos(self, files: Sequence[Path]) -> None:
        """Search with several files at the same time."""
        first, *others = (asking.outside(file) for file in files)
        self._start(replace(first, added=tuple(others)))

    def search_similar(self, photo_id: int) -> None:
        """Search with a photo of the library: its stored code answers at once."""
        if (query := asking.of_library(self._session, photo_id)) is not None:
            self._start(query)

    def add_photos(self, sources: Iterable[Path | bytes], name: str = "") -> None:
        """Search with further photos at the same time, or with them alone if there is none."""
        self._add([asking.outside(source, name) for source in sources])

    def add_similar(self, photo_ids: Iterable[int]) -> None:
        """Search with photos of the library at the same time."""
        found = (asking.of_library(self._session, photo_id) for photo_id in photo_ids)
        self._add([photo for photo in found if photo is not None])

    def remove_photo(self, place: int) -> None:
        """Search without one of the photos that were added; the first of them has place 1."""
        if self.query is not None:
            self._change(self.query.without_photo(place))

    def steer(self, steering: Steering) -> None:
        """Search with other wishes; the way back is that to earlier searches."""
        model = self._session.model
        if self.query is not None and model is not None and steering != self.steering:
            steering = replace(steering, model_key=model.key)
            self._change(replace(self.query, steering=steering))

    def clear_steering(self) -> None:
        """Search with the photo alone."""
        if self.query is not None and self.is_bent:
            self._change(replace(self.query, added=(), steering=Steering()))

    def search_anyway(self) -> None:
        """Use the readable part of the damaged query photo."""
        if self.query is not None:
            self.history.replace(replace(self.query, allow_truncated=True))
            self._begin()

    def repeat(self) -> None:
        """Read the query photo, and those that were added, and search once more."""
        if self.query is not None:
            added = tuple(replace(photo, code=None, logits=None) for photo in self.query.added)
            self.history.replace(replace(self.query, code=None, logits=None, added=added))
            self._begin()

    def fail(self, error: EngineError) -> None:
        """Give up the query because its photo cannot be read.

        A photo of the library stays searchable by its stored code while its file is away.
        """
        if not self._has_code(0):
            self.error = error
            self.changed.emit()

    def leave(self) -> None:
        """Go back from a query that cannot be used to the one before it."""
        if not self.history.can_go_back:
            self.history.clear()
            self.error = None
            self.changed.emit()
        else:
            self.go(-1)

    def go(self, steps: int) -> None:
        """Show an earlier (negative) or later query again."""
        if self.history.go(steps):
            self.taken_back = 0
            self._begin()

    def set_options(self, options: SearchOptions, *, soon: bool = False) -> None:
        """Rank anew by the code that is known; the photo is not encoded again.

        Args:
            options: What may be found.
            soon: Wait for the user to finish a movement.
        """
        if options == self.options:
            return
        self.options = options
        if soon:
            self._debounce.start()
        else:
            self._search_again()

    def judge(self, photo_ids: Iterable[int], verdict: bool | None) -> None:
        """Remember whether photos are good matches of the query; None takes it back."""
        if self.query is not None and self._judgements.judge(self.query, photo_ids, verdict):
            self.changed.emit()

    def hit(self, photo_id: int) -> Hit | None:
        """Return a photo's place in the answer."""
        hits = self.answer.hits if self.answer is not None else ()
        return next((hit for hit in hits if hit.photo_id == photo_id), None)

    def _start(self, query: Query, wish: tuple[int, Wish] | None = None) -> None:
        """Search with another photo; wishes for the one before stay only if they were to."""
        before, model = self.steering, self._session.model
        kept = before.for_any_photo() if self.keeps_steering else Steering()
        self.taken_back = len(before) - len(kept)
        if wish is not None and model is not None:
            kept = kept.for_model(model.key).with_wish(*wish)
        self.history.push(replace(query, steering=kept))
        self._begin()

    def _add(self, photos: Sequence[Query]) -> None:
        """Add photos in one step: one way back, and none of them is read for nothing."""
        if photos and self.query is None:
            self._start(replace(photos[0], added=tuple(photos[1:])))
        elif photos and self.query is not None:
            self._change(replace(self.query, added=(*self.query.added, *photos)))

    def _change(self, query: Query) -> None:
        """Search with the same photo and other wishes, or with others beside it."""
        self.taken_back = 0
        self.history.push(query)
        self._begin()

    def _begin(self) -> None:
        """Answer the current query as far as it is known, and ask for what is not."""
        self.error = None
        self._is_answered = False
        self._number += 1
        assert self.query is not None
        query = asking.in_library(self._session, self.query)
        if self._session.model is not None:
            steering = query.steering.for_model(self._session.model.key)
            query = replace(query, steering=steering)
        self.history.replace(query)
        self._encode_from(0)
        self._judgements.read(self.query)
        self._search_again()

    def _encode_from(self, first: int) -> None:
        """Compute what is not known of the photos, one after the other, from a place on."""
        # Without a model the library is still being opened; its model starts this again.
        model = self._session.model
        if model is None or self.query is None:
            return
        for place, photo in enumerate(self.query.photos[first:], start=first):
            if photo.logits is None or not photo.has_code(model.key):
                handle = self._session.encode_query(
                    model, photo.source, photo.name, allow_truncated=photo.allow_truncated
                )
                handle.succeeded.connect(partial(self._take_code, self._number, place, model.key))
                handle.failed.connect(partial(self._take_failure, self._number, place))
                return

    def _has_code(self, place: int) -> bool:
        query, model = self.query, self._session.model
        return query is not None and model is not None and query.photos[place].has_code(model.key)

    def _take_code(self, number: int, place: int, model_key: str, encoded: EncodedQuery) -> None:
        if number != self._number or self.query is None:
            return
        photo = replace(
            self.query.photos[place],
            content_hash=encoded.content_hash,
            model_key=model_key,
            code=encoded.code,
            logits=encoded.logits,
            encode_ms=encoded.ms["encode"],
        )
        query = self.query.with_photo(place, photo)
        self.history.replace(asking.in_library(self._session, query))
        self._encode_from(place + 1)
        self._judgements.read(self.query)
        self._search_again()

    def _take_failure(self, number: int, place: int, error: Exception, _traceback: str) -> None:
        if number != self._number or self.query is None:
            return
        # A fault of ours is told by a dialog; the page must not wait for ever.
        told = error if isinstance(error, EngineError) else EngineError("FS-901")
        if place == 0:
            self.fail(told)
        elif not self._has_code(place):
            self._session.notify(told.message, {})
            self.history.replace(self.query.without_photo(place))
            place -= 1
        if self.error is None:
            self._encode_from(place + 1)
            self._search_again()

    @Slot()
    def _search_again(self) -> None:
        self._debounce.stop()
        searcher, query, model = self._session.searcher, self.query, self._session.model
        # An empty index has nothing to say.
        if self.error or not (searcher and query and model and query.is_encoded(model.key)):
            self.changed.emit()
            return
        options, steering = self.options, query.steering
        self.steered = asking.bend(query, searcher, model.num_bits)
        self.answer = searcher.search(
            self.steered.code,
            top=options.top,
            radius=options.radius,
            folder=options.folder,
            hide_duplicates=options.hide_duplicates,
            query_hash=query.hashes,
            require=steering.require,
            ignore=steering.ignored,
            weights=self.steered.weights,
        )
        self.asked, self._is_answered = query, True
        self.answered.emit()
        self.changed.emit()

    @Slot()
    def _take_catalogue(self) -> None:
        self.answer = self.asked = self.steered = None
        self._judgements.forget()
        self.history.change_all(asking.without_judgements)
        self._is_answered = False
        self.options = replace(self.options, folder=None)
        self.answered.emit()
        self._judgements.read(self.query)
        self._take_photos()

    @Slot()
    def _take_index(self) -> None:
        if self.query is not None:
            self.history.replace(asking.in_library(self._session, self.query))
            if self._has_code(0):
                self.error = None  # its file is away, but not its code
        self._search_again()

    @Slot()
    def _take_photos(self) -> None:
        catalogue = self._session.catalogue
        self._photos = catalogue.count() if catalogue is not None else 0
        self.changed.emit()

    @Slot()
    def _take_model(self) -> None:
        self._is_answered = False
        if self.query is not None and self._session.model is not None:
            self._begin()
        else:
            self.changed.emit()
