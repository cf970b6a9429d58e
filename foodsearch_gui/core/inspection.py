"""What is known of the photo that is inspected: its bits at once, their maps as they arrive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from engine import EngineError
from foodsearch_gui.core.explaining import Explaining
from foodsearch_gui.core.gpu_engine import QueryPhoto

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine import BitMap, Explanation, PhotoLimits
    from foodsearch_gui.core.picture_reader import Picture
    from foodsearch_gui.core.session import Session


@dataclass(frozen=True)
class Inspected:
    """A photo to look at.

    Attributes:
        source: A file, or a file's bytes.
        name: What to call it.
        model_key: The model that ``logits`` are of.
        logits: Shape (num_bits,), if they are known from a search.
        bit: To begin with; -1 for the one that was looked at last, or else the surest.
        read: What the logits were computed from, so that it is not read again.
        picture: Its picture for display, if somebody has it.
    """

    source: Path | bytes
    name: str
    model_key: str = ""
    logits: NDArray[np.float32] | None = None
    bit: int = -1
    read: QueryPhoto | None = None
    picture: Picture | None = None

    def to_read(self, limits: PhotoLimits) -> QueryPhoto:
        """Return what the engine reads, as it is now; keep it for all maps of this photo.

        Of a damaged file what is readable: looking at it does no harm.
        """
        return self.read or QueryPhoto(self.source, self.name, limits, allow_truncated=True)


class Inspection(QObject):
    """Keeps one photo with its bits and maps, also when the model changes.

    Signals:
        changed: Photo, logits or error are new; the maps are gone.
        maps_changed: Further maps have come; the last of them if not ``is_busy``.

    Attributes:
        photo: What is looked at, or None.
        maps: By bit.
        views: What the network looked at as a whole, the best first.
        kinds: The kinds of maps the model offers, the best first; empty before the first answer.
        parts: The maps that add up to those of the best kind, by name.
        error: Why there are no maps, or None; a ``PhotoError`` where there is no photo either.

    Args:
        session: Model and engine.
    """

    changed = Signal()
    maps_changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.photo: Inspected | None = None
        self.maps: dict[int, BitMap] = {}
        self.views: tuple[BitMap, ...] = ()
        self.kinds: tuple[str, ...] = ()
        self.parts: tuple[str, ...] = ()
        self.error: EngineError | None = None
        self._session = session
        self._kind = "best"
        self._to_read: QueryPhoto | None = None
        self._explaining = Explaining(session, self)
        self._explaining.arrived.connect(self._take)
        self._explaining.failed.connect(self._fail)
        session.model_changed.connect(self._take_model)

    @property
    def logits(self) -> NDArray[np.float32] | None:
        """Of the photo with the model in use, as soon as they are known."""
        model = self._session.model
        if self.photo is None or model is None or self.photo.model_key != model.key:
            return None
        return self.photo.logits

    @property
    def kind(self) -> str:
        """The kind of maps that is wanted: "best" or one of the engine's."""
        return self._kind

    @property
    def is_busy(self) -> bool:
        """Whether maps are on their way."""
        return self._explaining.is_busy

    def show(self, photo: Inspected | None, first: int = -1) -> None:
        """Look at another photo.

        Args:
            photo: The photo; None for none.
            first: The bit whose map is wanted first; -1 for the surest, as soon as it is known.
        """
        self.photo, self._to_read = photo, None
        self._begin(first)

    def set_kind(self, kind: str, first: int = -1) -> None:
        """Ask for maps of another kind."""
        if kind != self._kind:
            self._kind = kind
            self._begin(first)

    def _begin(self, first: int) -> None:
        self.maps, self.views, self.error = {}, (), None
        model, photo = self._session.model, self.photo
        self._explaining.cancel()
        if model is not None and photo is not None:
            logits = self.logits
            if first < 0 and logits is not None:
                first = int(abs(logits).argmax())
            self._to_read = self._to_read or photo.to_read(self._session.photo_limits)
            self._request(min(max(first, 0), model.num_bits - 1))
        self.changed.emit()

    def hurry(self, bit: int) -> None:
        """Want the map of a bit before the others that are still missing."""
        if self.is_busy and self.kinds and bit not in self.maps:
            self._request(bit)

    def _request(self, first: int) -> None:
        model = self._session.model
        assert model is not None
        assert self._to_read is not None
        missing = [bit for bit in range(model.num_bits) if bit not in self.maps]
        missing.sort(key=lambda bit: bit != first)  # the others stay in their order
        self._explaining.request(self._to_read, model, missing, kind=self._kind)

    @Slot(int, object)
    def _take(self, _number: int, explanation: Explanation) -> None:
        model = self._session.model
        assert model is not None
        assert self.photo is not None
        is_first = self.logits is None
        self.photo = replace(self.photo, model_key=model.key, logits=explanation.logits)
        self.kinds, self.parts = explanation.kinds, explanation.parts
        self.views = explanation.views
        self.maps |= {each.bit: each for each in explanation.maps if each.bit is not None}
        if is_first:
            self.hurry(int(abs(explanation.logits).argmax()))
            self.changed.emit()
        self.maps_changed.emit()

    @Slot(int, object)
    def _fail(self, _number: int, error: EngineError) -> None:
        self.error = error
        self.changed.emit()

    @Slot()
    def _take_model(self) -> None:
        self._kind = "best"
        self.kinds = self.parts = ()
        self._begin(-1)
