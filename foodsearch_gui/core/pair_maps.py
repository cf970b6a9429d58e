"""Maps of one bit in two photos, query and match; what has come once is not computed again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from foodsearch_gui.core.explaining import Explaining
from foodsearch_gui.core.inspection import Inspected

if TYPE_CHECKING:
    from engine import BitMap, EngineError, Explanation
    from foodsearch_gui.core.session import Session

_AT_ONCE = ("exact", "attention")  # all bits cost as much as one


class _Side(QObject):
    """One of the photos."""

    def __init__(self, session: Session, parent: PairMaps) -> None:
        super().__init__(parent)
        self.photo: Inspected | None = None
        self.maps: dict[int, BitMap] = {}
        self.error: EngineError | None = None
        self.explaining = Explaining(session, self)


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

    def show(self, query: Inspected, match: Inspected, bit: int) -> None:
        """Want the maps of a bit in two photos."""
        self._bit = bit
        for side, photo in zip(self._sides, (query, match), strict=True):
            if side.photo is None or not _is_same(side.photo, photo):
                side.photo, side.maps, side.wish = photo, {}, ()
            self._ask(side)
        self.changed.emit()

    @Slot()
    def forget(self) -> None:
        """Want nothing any more."""
        for side in self._sides:
            side.explaining.cancel()
            side.photo, side.maps, side.error = None, {}, None
        self._kind = ""

    def _ask(self, side: _Side) -> None:
        photo, model, bit = side.photo, self._session.model, self._bit
        side.error = None
        if photo is None or model is None or bit in side.maps:
            side.explaining.cancel()
            return
        bits = [bit]
        if self._kind in _AT_ONCE:
            bits += [other for other in range(model.num_bits) if other != bit]
        side.explaining.request(
            photo.source, model, bits, name=photo.name, allow_truncated=photo.allow_truncated
        )

    def _take(self, side: _Side, _number: int, explanation: Explanation) -> None:
        self._kind = explanation.kinds[0]
        side.maps |= {each.bit: each for each in explanation.maps if each.bit is not None}
        self.changed.emit()

    def _fail(self, side: _Side, _number: int, error: EngineError) -> None:
        side.error = error
        self.changed.emit()
