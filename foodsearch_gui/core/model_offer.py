"""Offers a better model that came with the program to a library that is indexed with another."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from engine import describe

if TYPE_CHECKING:
    from foodsearch_gui.core.library_jobs import OpenedLibrary
    from foodsearch_gui.core.session import Session

_CODE = "FS-305"


class ModelOffer(QObject):
    """A banner with the choice to build the index, to keep the present model, or to decide later.

    Args:
        session: Whose library and models.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        session.model_changed.connect(self._withdraw)

    def tell(self, opened: OpenedLibrary) -> None:
        """Make the offer if there is one for a library that was just opened."""
        session, present, better = self._session, opened.model, opened.better
        if present is None or better is None or not session.can_change:
            return
        message = describe(_CODE, new=better.name, old=present.name)
        build, keep, _later = message.actions
        # Kept is what was chosen, and that is not asked about again.
        choose = partial(session.store.set_default, present.id)
        session.notify(message, {build: partial(session.model_switch.use, better), keep: choose})

    @Slot()
    def _withdraw(self) -> None:
        self._session.banner_withdrawn.emit(_CODE)
