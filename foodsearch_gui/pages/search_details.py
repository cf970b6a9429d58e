"""Feeds the match details from the search: what is known comes at once, pictures when ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QImage

import engine
from engine import EngineError
from foodsearch_gui.core import asking, inspect_texts
from foodsearch_gui.core.inspection import Inspected
from foodsearch_gui.core.pair_maps import Codes, PairMaps
from foodsearch_gui.core.picture_reader import PictureReader
from foodsearch_gui.core.search_work import SearchWork
from foodsearch_gui.core.steering import Wish
from foodsearch_gui.docks.comparison import Comparison
from foodsearch_gui.docks.match_details import MatchDetails
from foodsearch_gui.pages.remembered_looks import remember_pair

if TYPE_CHECKING:
    from engine import Hit, PhotoRecord
    from foodsearch_gui.core.session import Session

_OWNER = "details"
_PIXELS = 512
_REST_MS = 2000  # nobody asks for anything: maps may be tested


class DetailsFeeder(QObject):
    """Shows the match under the cursor.

    Args:
        session: Library, model and thumbnails.
        work: Query and answer.
        reader: The query photo.
        dock: What is fed.
    """

    def __init__(
        self,
        session: Session,
        work: SearchWork,
        reader: PictureReader,
        dock: MatchDetails,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._work = work
        self._reader = reader
        self._dock = dock
        self._photo: PhotoRecord | None = None
        self._codes: Codes | None = None
        self._names: tuple[str, ...] = ()
        self._generation = 0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._check_maps)
        self._maps = PairMaps(session, self)
        self._maps.changed.connect(self._show_maps)
        remember_pair(dock.pair, session.settings)
        dock.bit_chosen.connect(self._want_maps)
        dock.pair.maps_wanted.connect(self._want_maps)
        dock.visibilityChanged.connect(self._want_maps)
        session.knowledge.changed.connect(self._learn)
        session.index_changed.connect(self._count)
        reader.finished.connect(self.show_query)
        session.thumbs.ready.connect(self._take_picture)
        session.thumbs.failed.connect(self._take_failure)
        session.model_changed.connect(self._look_again)

    @Slot()
    def show_query(self) -> None:
        """Show the photo that was searched with, as far as it has been read.

        The reader has that of the newest query; until this is answered, the one before stays.
        """
        asked, query, reader = self._work.asked, self._work.query, self._reader
        if asked is None or query is None or asked.source is not query.source:
            return
        picture, error = reader.picture, reader.error
        words = error.message.title if error is not None else ""
        self._dock.show_query_image(None if picture is None else picture.image, words)

    def show_photo(self, photo_id: int | None) -> None:
        """Show the match of this id, or that none is selected."""
        hit = self._work.hit(photo_id) if photo_id is not None else None
        comparison = self._compare(hit) if hit is not None else None
        if comparison is None:
            self._photo = None
            self._maps.forget()
            self._dock.clear()
            return
        self._photo = comparison.hit.photo
        of_match = comparison.match.copy()
        of_match[[bit for bit, wish in comparison.wishes.items() if wish is Wish.FLIP]] ^= 1
        self._codes = comparison.query, of_match
        self._dock.show_comparison(comparison)
        self._generation += 1
        self._rest.start()
        self._count()
        self.show_query()
        self._show_picture()
        self._want_maps()

    @Slot()
    def _look_again(self) -> None:
        """Let go of a match whose bits are another model's."""
        if self._photo is not None:
            self.show_photo(self._photo.id)

    def _compare(self, hit: Hit) -> Comparison | None:
        """Return a match beside the query that found it, None where that was another model's."""
        asked, steered, session = self._work.asked, self._work.steered, self._session
        model, catalogue, searcher = session.model, session.catalogue, session.searcher
        self._names = session.knowledge.names()
        if asked is None or steered is None or model is None or searcher is None:
            return None
        code = searcher.code_of(hit.photo_id)
        if code is None or asked.model_key != model.key:
            return None
        return Comparison(
            hit,
            engine.unpack(steered.code, model.num_bits),
            asking.logits_of(asked, model.num_bits),
            self._names,
            catalogue.paths(hit.photo_id) if catalogue is not None else (),
            engine.unpack(code.reshape(-1), model.num_bits),
            dict(asked.steering.bits),
            photos=len(asked.photos),
        )

    @Slot()
    def _learn(self) -> None:
        """Follow what became known of the bits: names, and how maps fared."""
        asked, model = self._work.asked, self._session.model
        if self._photo is None or asked is None or model is None or asked.model_key != model.key:
            return
        if self._names != self._session.knowledge.names():
            self.show_photo(self._photo.id)
        self._show_maps()
        self._rest.start()

    @Slot()
    def _count(self) -> None:
        """Let the bits be counted, whose names are shown, if the library has changed."""
        if self._photo is not None and self._dock.isVisible():
            self._session.knowledge.refresh()

    @Slot()
    def _check_maps(self) -> None:
        """Let the maps be tested, if any are shown and nobody asks for others."""
        shown = next(filter(None, self._maps.maps), None)
        if shown is None or not self._dock.isVisible() or not self._dock.pair.wants_maps:
            return
        if self.is_busy or self._session.jobs.active():
            self._rest.start()
        else:
            self._session.knowledge.check_maps(shown.kind)

    @property
    def is_busy(self) -> bool:
        """Whether maps are on their way."""
        return self._maps.is_busy

    @Slot()
    def _want_maps(self) -> None:
        """Ask for the maps of the bit that is looked at, if anybody can see them."""
        query, photo, dock = self._work.asked, self._photo, self._dock
        if query is None or photo is None or not dock.isVisible() or not dock.pair.wants_maps:
            return
        self._maps.show(
            Inspected(query.source, query.name, read=self._session.encoded_photo(query.source)),
            Inspected(photo.path, photo.path.name),
            dock.bit,
            (query.content_hash, photo.content_hash),
            self._codes if dock.pair.together.isChecked() else None,
            query.steering.ignored,
        )

    @Slot()
    def _show_maps(self) -> None:
        self._dock.pair.offer_together(self._maps.add_up)
        query, match = self._maps.maps
        shown = query or match
        if self._maps.error is not None:
            words = str(self._maps.error.message.title)
        elif shown is None:
            words = self.tr("Looking at the photos…")
        elif shown.bit is None:
            words = self._judged(self.tr("What speaks for the match (exact)"), shown.kind)
        else:
            words = self._judged(inspect_texts.kind_title(shown.kind), shown.kind)
        if shown is not None and self._work.asked is not None and self._work.asked.added:
            several = self.tr("On the left the map of your first photo alone; the bits are of all.")
            words = f"{words.removesuffix('.')}. {several}"
        self._dock.pair.show_maps(query, match, words)

    def _judged(self, title: str, kind: str) -> str:
        """Return what a kind of map is called, and if it is not to be relied on here."""
        tested = self._session.knowledge.map_tests.get(kind)
        if tested is None:
            return title
        verdict, better = inspect_texts.map_verdict(tested), inspect_texts.better_elsewhere(tested)
        words = " ".join(filter(None, (verdict, better)))
        return f"{title}. {words}" if words else title

    def _show_picture(self) -> None:
        photo, thumbs = self._photo, self._session.thumbs
        if photo is None:
            return
        error = thumbs.failure(photo, _PIXELS)
        if error is not None:
            words = error.message.title if isinstance(error, EngineError) else str(error)
            self._dock.show_match_pixmap(None, words)
            return
        pixmap = thumbs.pixmap(photo, _PIXELS, owner=_OWNER, generation=self._generation)
        self._dock.show_match_pixmap(pixmap)

    @Slot(str, QImage)
    def _take_picture(self, key: str, _image: QImage) -> None:
        self._settle(key)

    @Slot(str, object)
    def _take_failure(self, key: str, _error: object) -> None:
        self._settle(key)

    def _settle(self, key: str) -> None:
        if self._photo is not None and key == self._session.thumbs.key(self._photo, _PIXELS):
            self._show_picture()
