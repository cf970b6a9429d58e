"""Maps of a photo's bits, on request: the first bit soon, where all of them would take longer.

Every request has a number and only the newest one is answered. Where every bit costs a pass of its
own, they come in portions, which are jobs of their own, so that a newer request, or a search, never
waits for more than one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine import EngineError
from foodsearch_gui.core.gpu_engine import QueryPhoto
from foodsearch_gui.core.worker_thread import JobHandle

if TYPE_CHECKING:
    from engine import Explanation, ModelInfo
    from foodsearch_gui.core.session import Session

_PORTION = 8  # maps that cost a pass each
_FOR_ALL = "occlusion"  # many passes, for all bits at once


@dataclass(frozen=True)
class _Wish:
    """What was asked for."""

    number: int
    model: ModelInfo
    photo: QueryPhoto
    bits: tuple[int, ...]
    kind: str


class Explaining(QObject):
    """Asks the engine for maps. Lives in the GUI thread; who asks for maps has one of his own.

    Signals:
        arrived (int, Explanation): Number of the request and maps of some of its bits, in the
            order they were asked for; comes again while ``is_busy``. All logits come with the
            first one.
        failed (int, EngineError): There will be no more, and why.

    Args:
        session: Whose engine is asked.
    """

    arrived = Signal(int, object)
    failed = Signal(int, object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._number = 0
        self._together: set[tuple[str, str]] = set()  # models and kinds whose bits cost one pass
        self._handle: JobHandle | None = None

    @property
    def number(self) -> int:
        """Of the newest request."""
        return self._number

    @property
    def is_busy(self) -> bool:
        """Whether maps are on their way."""
        return self._handle is not None

    def request(
        self,
        photo: QueryPhoto,
        model: ModelInfo,
        bits: Sequence[int] | None = None,
        *,
        kind: str = "best",
    ) -> int:
        """Ask for maps instead of those asked for before; return the number of the request.

        Args:
            photo: Whose maps; the same object again is not read again.
            model: Whose bits.
            bits: Which, the most urgent one first; all by default.
            kind: "best", or a kind of the engine's maps.
        """
        self.cancel()
        wanted = tuple(range(model.num_bits) if bits is None else bits)
        is_cheap = kind == _FOR_ALL or (model.key, kind) in self._together
        first = wanted if is_cheap else wanted[:1]
        self._submit(_Wish(self._number, model, photo, wanted, kind), first, 0)
        return self._number

    def cancel(self) -> None:
        """Want nothing any more; what is on its way is dropped."""
        self._number += 1
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _submit(self, wish: _Wish, bits: tuple[int, ...], done: int) -> None:
        handle = self._session.gpu.submit(
            self.tr("Looking at the photo"),
            lambda context: self._session.engine.explain(
                wish.model, wish.photo, bits, wish.kind, context
            ),
            interactive=True,
        )
        self._handle = handle
        handle.succeeded.connect(partial(self._take, wish, bits, done))
        handle.failed.connect(partial(self._fail, wish.number))

    def _take(
        self, wish: _Wish, bits: tuple[int, ...], done: int, explanation: Explanation | None
    ) -> None:
        if wish.number != self._number:
            return
        self._handle = None
        if explanation is None:  # more has to be done before; a search may come first
            self._submit(wish, bits, done)
            return
        done += len(bits)
        rest = wish.bits[done:]
        portion = _portion(explanation)
        if portion is None:
            self._together.add((wish.model.key, wish.kind))
        if rest:
            self._submit(wish, rest[:portion], done)
        self.arrived.emit(wish.number, explanation)

    def _fail(self, number: int, error: Exception, _traceback: str) -> None:
        if number != self._number:
            return
        self._handle = None
        # A fault of ours is told by a dialog; whoever waits must not wait for ever.
        self.failed.emit(number, error if isinstance(error, EngineError) else EngineError("FS-901"))


def costs_each_bit(kind: str) -> bool:
    """Return whether the map of every bit costs a pass of its own; others come together."""
    return kind == "gradient"


def _portion(explanation: Explanation) -> int | None:
    """Return how many bits to ask for at once; None for all, where all cost as much as one."""
    return _PORTION if any(costs_each_bit(each.kind) for each in explanation.maps) else None
