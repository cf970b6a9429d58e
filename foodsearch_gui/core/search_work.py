"""The search: from a photo to an answer that stays current when model, library or options change.

Encoding happens in the GPU worker, the exact search in the GUI thread (a few milliseconds). Every
request has a number and only the newest one is answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine import EngineError
from foodsearch_gui.core.query import Query, QueryHistory, SearchOptions

if TYPE_CHECKING:
    from engine import Answer, EncodedQuery, Hit
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
        error: Why the present query could not be read, or None.

    Args:
        session: What is searched, with which model.
    """

    changed = Signal()
    answered = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history = QueryHistory()
        self.answer: Answer | None = None
        self.error: EngineError | None = None
        self.options = SearchOptions()
        self._session = session
        self._number = 0
        self._is_answered = False
        self._photos = 0
        self._judgements: dict[int, bool] = {}
        self._debounce = QTimer(self)
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(DEBOUNCE_MS)
        self._debounce.timeout.connect(self._search_again)
        session.catalogue_changed.connect(self._take_catalogue)
        session.photos_changed.connect(self._take_photos)
        session.model_changed.connect(self._take_model)
        session.index_changed.connect(self._search_again)
        self._take_photos()

    @property
    def query(self) -> Query | None:
        """The present query, or None at the start."""
        return self.history.current

    @property
    def judgements(self) -> dict[int, bool]:
        """Which photos the user called a good match (True) or none (False) for the query."""
        return self._judgements

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
        self, source: Path | bytes, name: str = "", *, allow_truncated: bool = False
    ) -> None:
        """Search with a file or a file's bytes."""
        if isinstance(source, Path):
            name = name or source.name
        self.history.push(Query(source, name, allow_truncated))
        self._begin()

    def search_similar(self, photo_id: int) -> None:
        """Search with a photo of the library: its stored code answers at once."""
        catalogue, searcher, model = (
            self._session.catalogue,
            self._session.searcher,
            self._session.model,
        )
        records = catalogue.photos([photo_id]) if catalogue is not None else []
        if not records:
            return
        query = Query(
            records[0].path,
            records[0].path.name,
            photo_id=photo_id,
            content_hash=records[0].content_hash,
        )
        if searcher is not None and model is not None:
            code = searcher.code_of(photo_id)
            if code is not None:
                query = replace(query, code=code.reshape(-1), model_key=model.key)
        self.history.push(query)
        self._begin()

    def search_anyway(self) -> None:
        """Use the readable part of the damaged query photo."""
        if self.query is not None:
            self.history.replace(replace(self.query, allow_truncated=True))
            self._begin()

    def repeat(self) -> None:
        """Read the query photo and search once more."""
        if self.query is not None:
            self.history.replace(replace(self.query, code=None, logits=None))
            self._begin()

    def fail(self, error: EngineError) -> None:
        """Give up the query because its photo cannot be read.

        A photo of the library stays searchable by its stored code while its file is away.
        """
        if not self._is_encoded:
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
        catalogue, query, ids = self._session.catalogue, self.query, tuple(photo_ids)
        if catalogue is None or query is None or not query.content_hash:
            return
        if not self._session.can_change:
            return
        kept = {key: value for key, value in self._judgements.items() if key not in ids}
        self._judgements = kept | ({} if verdict is None else dict.fromkeys(ids, verdict))
        content_hash = query.content_hash

        def write(_context: object) -> None:
            for photo_id in ids:
                catalogue.judge(content_hash, photo_id, verdict)

        self._session.library_worker.submit(
            self.tr("Saving the judgement"), write, interactive=True
        )
        self.changed.emit()

    def hit(self, photo_id: int) -> Hit | None:
        """Return a photo's place in the answer."""
        hits = self.answer.hits if self.answer is not None else ()
        return next((hit for hit in hits if hit.photo_id == photo_id), None)

    def _begin(self) -> None:
        """Answer the current query as far as it is known, and ask for what is not."""
        self.error = None
        self._is_answered = False
        self._number += 1
        query = self._located(self.query)
        self.history.replace(query)
        is_known = self._is_encoded and query.logits is not None
        # Without a model the library is still being opened; its model starts this again.
        model = self._session.model
        if model is not None and not is_known:
            handle = self._session.encode_query(
                model, query.source, query.name, allow_truncated=query.allow_truncated
            )
            handle.succeeded.connect(partial(self._take_code, self._number, model.key))
            handle.failed.connect(partial(self._take_failure, self._number))
        self._read_judgements()
        self._search_again()

    @property
    def _is_encoded(self) -> bool:
        query, model = self.query, self._session.model
        if query is None or model is None:
            return False
        return query.code is not None and query.model_key == model.key

    def _take_code(self, number: int, model_key: str, encoded: EncodedQuery) -> None:
        if number != self._number or self.query is None:
            return
        query = replace(
            self.query,
            content_hash=encoded.content_hash,
            model_key=model_key,
            code=encoded.code,
            logits=encoded.logits,
            encode_ms=encoded.ms["encode"],
        )
        self.history.replace(self._located(query))
        self._read_judgements()
        self._search_again()

    def _take_failure(self, number: int, error: Exception, _traceback: str) -> None:
        if number == self._number:
            # A fault of ours is told by a dialog; the page must not wait for ever.
            self.fail(error if isinstance(error, EngineError) else EngineError("FS-901"))

    def _located(self, query: Query | None) -> Query:
        """Return the query with its place in the library that is open now."""
        assert query is not None
        catalogue = self._session.catalogue
        if catalogue is None or not query.content_hash:
            return query
        return replace(query, photo_id=catalogue.id_of_hash(query.content_hash))

    def _read_judgements(self) -> None:
        catalogue, query = self._session.catalogue, self.query
        if catalogue is None or query is None or not query.content_hash:
            self._judgements = {}
        else:
            self._judgements = catalogue.judgements(query.content_hash)

    @Slot()
    def _search_again(self) -> None:
        self._debounce.stop()
        searcher, query = self._session.searcher, self.query
        is_ready = self._is_encoded and self.error is None
        # An empty index has nothing to say.
        if not searcher or query is None or query.code is None or not is_ready:
            self.changed.emit()
            return
        options = self.options
        self.answer = searcher.search(
            query.code,
            top=options.top,
            radius=options.radius,
            folder=options.folder,
            hide_duplicates=options.hide_duplicates,
            query_hash=query.content_hash,
        )
        self._is_answered = True
        self.answered.emit()
        self.changed.emit()

    @Slot()
    def _take_catalogue(self) -> None:
        self.answer = None
        self._is_answered = False
        self.options = replace(self.options, folder=None)
        self.answered.emit()
        self._read_judgements()
        self._take_photos()

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
