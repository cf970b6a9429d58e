"""The name of the new model: proposed while the user has none of his own, looked up when he has."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

import engine

if TYPE_CHECKING:
    from foodsearch_gui.core.session import Session
    from foodsearch_gui.pages.train_settings import StartStep


class NewName(QObject):
    """Keeps the field of the name in order.

    Signals:
        changed: Whether the name can be used is known anew.

    Args:
        session: Where names are looked up.
        step: Has the field.
    """

    changed = Signal()

    def __init__(self, session: Session, step: StartStep, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._step = step
        self._is_own = False
        self._number = 0  # of the newest question; answers to older ones are dropped
        step.name_changed.connect(self._take_text)

    @property
    def is_fine(self) -> bool:
        """Whether there is a name, and nothing is wrong with it."""
        return bool(self._step.name.text().strip()) and not self.trouble

    @property
    def trouble(self) -> str:
        """What is wrong with the name, as the field says it."""
        return self._step.trouble.text()

    def forget(self) -> None:
        """Propose names again: the user's own one has been used."""
        self._is_own = False

    def propose(self, name: str) -> None:
        """Write a name, or the next one that is free, unless the user has written one."""
        if not self._is_own:
            self._look_up(name, self._take_proposal)

    @Slot()
    def look_again(self) -> None:
        """Judge the name in the field anew: another model or training may have it by now."""
        name = self._step.name.text().strip()
        self._look_up(name, partial(self._judge, name))

    @Slot()
    def _take_text(self) -> None:
        self._is_own = bool(self._step.name.text().strip())
        self.look_again()

    def _look_up(self, name: str, done: Callable[[str], object]) -> None:
        self._number += 1
        if not name:
            self._tell(self.tr("Give the new model a name."))
            return
        number, paths = self._number, self._session.paths

        def take(found: str) -> None:
            if number == self._number:
                done(found)

        handle = self._session.library_worker.submit(
            self.tr("Looking for a free name"),
            lambda _context: engine.free_name(paths, name),
            interactive=True,
        )
        handle.succeeded.connect(take)
        handle.failed.connect(partial(self._refuse, number))

    def _refuse(self, number: int, _error: Exception, _traceback: str) -> None:
        if number == self._number:
            self._tell(self.tr("A name needs a letter from a to z or a digit."))

    def _take_proposal(self, name: str) -> None:
        self._step.name.setText(name)
        self._judge(name, name)

    def _judge(self, wanted: str, free: str) -> None:
        text = ""
        if free != wanted:
            text = self.tr("This name is taken; “%1” is free.").replace("%1", free)
        self._tell(text, engine.model_id(wanted))

    def _tell(self, text: str, id: str = "") -> None:
        """Say what is wrong with the name, and the id that comes of it where they differ."""
        is_other = id not in ("", self._step.name.text().strip())
        hint = self.tr("Its files and the command line call it “%1”.") if is_other else ""
        self._step.set_trouble(text)
        self._step.set_hint(hint.replace("%1", id))
        self.changed.emit()
