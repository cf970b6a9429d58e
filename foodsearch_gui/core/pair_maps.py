"""Maps of two photos, query and match: of one bit, or of what speaks for the match in all bits.

What has come once is not computed again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

import engine
from foodsearch_gui.core.explaining import Explaining, costs_each_bit
from foodsearch_gui.core.inspection import Inspected

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine import BitMap, EngineError, Explanation, PhotoLimits
    from foodsearch_gui.core.gpu_engine import QueryPhoto
    from foodsearch_gui.core.session import Session

Codes = tuple["NDArray[np.uint8]", "NDArray[np.uint8]"]
NONE: frozenset[int] = frozenset()


class _Side(QObject):
    """One of the photos."""

    def __init__(self, session: Session, parent: PairMaps) -> None:
        super().__init__(parent)
        self.photo: Inspected | None = None
        self.content = ""
        self.to_read: QueryPhoto | None = None
        self.wish: tuple[str, int, bool] | None = None  # model, bit, and whether all bits
        self.maps: dict[int, BitMap] = {}
        self.error: EngineError | None = None
        self.explaining = Explaining(session, self)

    def shows(self, photo: Inspected, content: str) -> bool:
        """Whether this is the photo already, with the same content."""
        shown = self.photo
        return (
            shown is not None
            and self.content == content
            and (shown.source is photo.source or shown.source == photo.source)
        )

    def alike(self, other: NDArray[np.uint8], ignore: frozenset[int]) -> BitMap | None:
        """Return what speaks for the match with a photo of this code, if all maps are there."""
        if len(self.maps) != len(other):
            return None
        return engine.match_map(list(self.maps.values()), other, ignore)

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
        self._codes: Codes | None = None
        self._ignore = NONE
        self._kind = ""
        self._sides = (_Side(session, self), _Side(session, self))
        for side in self._sides:
            side.explaining.arrived.connect(partial(self._take, side))
            side.explaining.failed.connect(partial(self._fail, side))
        session.model_changed.connect(self.forget)

    @property
    def maps(self) -> tuple[BitMap | None, BitMap | None]:
        """The query's and the match's, None until they have come, or if they do not add up."""
        first, second = self._sides
        if self._codes is None:
            return first.maps.get(self._bit), second.maps.get(self._bit)
        for_match, for_query = self._codes
        return first.alike(for_query, self._ignore), second.alike(for_match, self._ignore)

    @property
    def add_up(self) -> bool:
        """Whether maps of several bits can be added; true before the first has come."""
        return self._kind in ("", "exact")

    @property
    def error(self) -> EngineError | None:
        """Why a map does not come."""
        return next((side.error for side in self._sides if side.error is not None), None)

    @property
    def is_busy(self) -> bool:
        """Whether maps are on their way."""
        return any(side.explaining.is_busy for side in self._sides)

    def show(
        self,
        query: Inspected,
        match: Inspected,
        bit: int,
        contents: tuple[str, str] = ("", ""),
        codes: Codes | None = None,
        ignore: frozenset[int] = NONE,
    ) -> None:
        """Want the maps of a bit in two photos, or of all bits together.

        Args:
            query: One photo.
            match: The other.
            bit: Whose maps.
            contents: Hashes of what was read of both files: one may have been edited since.
            codes: What the match is compared with and what the query is, bits of shape
                (num_bits,): what speaks for the match is wanted, not the map of the bit.
            ignore: Bits that do not count.
        """
        self._bit, self._codes, self._ignore = bit, codes, ignore
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
        wish = (model.key, bit, self._wants_all) if model is not None else None
        if wish == side.wish and side.explaining.is_busy:
            return  # one click, or one answer, may ask twice
        side.error, side.wish = None, wish
        num_bits = model.num_bits if model is not None else 0
        is_there = len(side.maps) == num_bits if self._wants_all else bit in side.maps
        if photo is None or model is None or is_there:
            side.explaining.cancel()
            return
        bits = [bit]
        if self._wants_all or (self._kind and not costs_each_bit(self._kind)):
            bits += [other for other in range(num_bits) if other != bit]
        side.explaining.request(photo, model, bits)

    @property
    def _wants_all(self) -> bool:
        return self._codes is not None and self.add_up

    def _take(self, side: _Side, _number: int, explanation: Explanation) -> None:
        self._kind = explanation.kinds[0]
        if self._codes is not None and not self.add_up:
            side.explaining.cancel()  # the maps of the other bits are of no use
        side.maps |= {each.bit: each for each in explanation.maps if each.bit is not None}
        self.changed.emit()

    def _fail(self, side: _Side, _number: int, error: EngineError) -> None:
        side.error = error
        self.changed.emit()
