"""Puts another model to use without a gap: the old one answers until the new index is complete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from engine import EngineError, Message

if TYPE_CHECKING:
    from engine import IndexReport, ModelInfo
    from foodsearch_gui.core.session import Session


_KIND = "in-use"  # of banners; the newest says which model answers


class ModelSwitch(QObject):
    """Builds the index of a model that is not in use yet, and then uses it if that is wanted.

    Signals:
        changed: A model is on its way, or has arrived.

    Args:
        session: Whose models and library.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._coming: ModelInfo | None = None
        self._is_wanted = False
        session.model_changed.connect(self._withdraw)

    @property
    def present(self) -> ModelInfo | None:
        """The model that answers now."""
        return self._session.model

    @property
    def can_build(self) -> bool:
        """Whether there is a library with photos to encode."""
        catalogue = self._session.catalogue
        return self._session.can_change and catalogue is not None and bool(catalogue.count())

    def is_on_its_way(self, model: ModelInfo) -> bool:
        """Whether the photos are being encoded for this model."""
        return self._coming is not None and self._coming.id == model.id

    def use(self, model: ModelInfo) -> None:
        """Encode the photos for a model, then let it answer; at once if there are none."""
        if not self.can_build:
            self._choose(model)
            return
        self._begin(model, is_wanted=True)

    def build(self, model: ModelInfo) -> None:
        """Encode the photos for a model; the present one goes on answering afterwards too."""
        self._begin(model, is_wanted=False)

    def _begin(self, model: ModelInfo, *, is_wanted: bool) -> None:
        self._coming, self._is_wanted = model, is_wanted
        self.changed.emit()
        self._build(model)

    def _build(self, model: ModelInfo) -> None:
        if self._coming is not model:
            return  # the user wants another one meanwhile
        if (index := self._session.running("index")) is not None:
            index.finished.connect(partial(self._build, model))  # another one may follow by then
            return
        handle = self._session.work.build_index(model)
        if handle is None:
            self._end(model)
            return
        handle.succeeded.connect(partial(self._take_index, model))
        handle.finished.connect(partial(self._end, model))

    def _take_index(self, model: ModelInfo, _report: IndexReport) -> None:
        if self._is_wanted and self._coming is model:
            self._choose(model)

    def _end(self, model: ModelInfo) -> None:
        if self._coming is model:
            self._coming = None
            self.changed.emit()

    @Slot()
    def _withdraw(self) -> None:
        self._session.banner_withdrawn.emit(_KIND)

    def _choose(self, model: ModelInfo) -> None:
        session, before = self._session, self._session.model
        try:
            session.choose_model(model.id)
        except EngineError as error:  # deleted in the meantime
            session.notify(error.message, {})
            return
        title = self.tr("“%1” answers your searches now.").replace("%1", model.name)
        if before is None or before.id == model.id:
            session.notify(Message(_KIND, title), {})
            return
        undo = self.tr("Undo")
        cause = self.tr("“%1” stays installed, with its index.").replace("%1", before.name)
        message = Message(_KIND, title, cause, actions=(undo,))
        session.notify(message, {undo: partial(session.choose_model, before.id)})
