"""Which photos the user called good matches of a query, or none; kept in the library."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from foodsearch_gui.core.query import Query
    from foodsearch_gui.core.session import Session


class Judgements:
    """The judgements of the query that is shown.

    Those of several photos together last as long as the library stays open: a match of all of them
    need not be one of any.

    Args:
        session: Keeps them.

    Attributes:
        shown: By photo id; True for a good match, False for none.
    """

    def __init__(self, session: Session) -> None:
        self.shown: dict[int, bool] = {}
        self._session = session
        self._joint: dict[tuple[str, ...], dict[int, bool]] = {}
        self._unsaved: dict[str, dict[int, bool]] = {}

    def read(self, query: Query | None) -> None:
        """Show those of a query."""
        catalogue = self._session.catalogue
        if catalogue is None or query is None or not query.content_hash:
            self.shown = {}
        elif query.added:
            self.shown = self._joint.get(query.hashes, {})
        else:
            kept = self._unsaved.get(query.content_hash)
            self.shown = catalogue.judgements(query.content_hash) if kept is None else kept

    def judge(self, query: Query, photo_ids: Iterable[int], verdict: bool | None) -> bool:
        """Remember a judgement, or with None take it back; return whether that was possible."""
        catalogue, ids = self._session.catalogue, tuple(photo_ids)
        if catalogue is None or not query.content_hash or not self._session.can_change:
            return False
        kept = {key: value for key, value in self.shown.items() if key not in ids}
        self.shown = kept | ({} if verdict is None else dict.fromkeys(ids, verdict))
        if query.added:
            self._joint[query.hashes] = self.shown
            return True

        def write(_context: object) -> None:
            for photo_id in ids:
                catalogue.judge(query.content_hash, photo_id, verdict)

        title = QCoreApplication.translate("Judgements", "Saving the judgement")
        shown = self._unsaved[query.content_hash] = self.shown
        handle = self._session.library_worker.submit(title, write, interactive=True)
        handle.finished.connect(partial(self._take_written, query.content_hash, shown))
        return True

    def forget(self) -> None:
        """Another library is open; photos have other ids there."""
        self._joint.clear()
        self._unsaved.clear()

    def _take_written(self, content_hash: str, written: dict[int, bool]) -> None:
        """From now on the library has them, unless a later judgement waits."""
        if self._unsaved.get(content_hash) is written:
            del self._unsaved[content_hash]
