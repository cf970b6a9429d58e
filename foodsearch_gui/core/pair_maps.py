"""Maps of one bit in two photos, query and match; what has come once is not computed again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from foodsearch_gui.core.explaining import Explaining
from foodsearch_gui.core.inspection import Inspected

if TYPE_CHECKING:
    from engine import BitMap, EngineError, Explanation, PhotoLimits
    from foodsearch_gui.core.gpu_engine import QueryPhoto
    from foodsearch_gui.core.session import Session

_AT_ONCE = ("exact", "attention")  # all bits cost as much as one


class _Side(QObject):
    """One of the photos."""

    def __init__(self, session: Session, parent: PairMaps) -> None:
        super().__init__(parent)
        self.photo: Inspected | None = None
        self.content = ""
        self.to_read: QueryPhoto | None = None
        self.wish: tuple[str, int] | None = None  # model and bit that were asked for
        self.maps: dict[int, BitMap] = {}
        self.error: EngineError | None = None
        self.explaining = Explaining(session, self)

    def shows(self, photo: Inspected, content: str) -> bool:
        """Whether this is the photo already, read in the same way and with the same content."""
        shown = self.photo
        return (
            shown is not None
            and self.content == content
            and shown.allow_truncated == photo.allow_truncated
            and (shown.source is photo.source or shown.source == photo.source)
        )

    def take(self, photo: Inspected, content: str, limits: PhotoLimits) -> None:
        """Look at another photo."""
        self.forget()
        self.photo, self.content, self.to_read = photo, content, photo.to_read(limits)

    def forget(self) -> None:
        """Want nothing any more."""
        self.explaining.cancel()
        self.photo, self.to_read, self.wish = None, None, None
        self.maps, self.error = {}, None


class PairMaps(QObject):
    """Asks for the maps of the bit that is looked at; a newer wish never waits for an older one.

    Signals:
        changed: A map has come, or there will be none.

    Args:
        session: Model and engine.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bit = -1
        self._kind = ""
        self._sides = (_Side(session, self), _Side(session, self))
        for side in self._sides:
            side.explaining.arrived.connect(partial(self._take, side))
            side.explaining.failed.connect(partial(self._fail, side))
        session.model_changed.connect(self.forget)

    @property
    def maps(self) -> tuple[BitMap | None, BitMap | None]:
        """Of the bit: the query's and the match's, None until they have come."""
        query, match = (side.maps.get(self._bit) for side in self._sides)
        return query, match

    @property
    def error(self) -> EngineError | None:
        """Why a map does not come."""
        return next((side.error for side in self._sides if side.error is not None), None)

    @property
    def is_busy(self) -> bool:
        """Whether maps are on their way."""
        return any(side.explaining.is_busy for side in self._sides)

    def show(
        self, query: Inspected, match: Inspected, bit: int, contents: tuple[str, str] = ("", "")
    ) -> None:
        """Want the maps of a bit in two photos.

        Args:
            query: One photo.
            match: The other.
            bit: Whose maps.
            contents: Hashes of what was read of both files: one may have been edited since.
        """
        self._bit = bit
        for side, photo, content in zip(self._sides, (query, match), contents, strict=True):
            if not side.shows(photo, content):
                side.take(photo, content, self._session.photo_limits)
            self._ask(side)
        self.changed.emit()

    @Slot()
    def forget(self) -> None:
        """Want nothing any more."""
        for side in self._sides:
            side.forget()
        self._kind = ""

    def _ask(self, side: _Side) -> None:
        photo, model, bit = side.to_read, self._session.model, self._bit
        wish = (model.key, bit) if model is not None else None
        if wish == side.wish and side.explaining.is_busy:
            return  # one click, or one answer, may ask twice
        side.error, side.wish = None, wish
        if photo is None or model is None or bit in side.maps:
            side.explaining.cancel()
            return
        bits = [bit]
        if self._kind in _AT_ONCE:
            bits += [other for other in range(model.num_bits) if other != bit]
        side.explaining.request(photo, model, bits)

    def _take(self, side: _Side, _number: int, explanation: Explanation) -> None:
        self._kind = explanation.kinds[0]
        side.maps |= {each.bit: each for each in explanation.maps if each.bit is not None}
        self.changed.emit()

    def _fail(self, side: _Side, _number: int, error: EngineError) -> None:
        side.error = error
        self.changed.emit()
