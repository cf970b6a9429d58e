"""Puts folders into the open library and takes them out; every way out has a way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from engine import Message, describe
from foodsearch_gui.core import banners, library_jobs, wording
from foodsearch_gui.core.library_jobs import RootsOutcome

if TYPE_CHECKING:
    from engine import Catalogue, EngineError, Root
    from foodsearch_gui.core.session import Session


class LibraryFolders(QObject):
    """Changes which folders belong to the library; what is in them is scanned afterwards.

    Args:
        session: Whose library is changed.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._waiting: list[Path] = []

    def library_opened(self) -> None:
        """Add what was brought while the library was being opened."""
        if folders := self._waiting:
            self._waiting = []
            self.add(folders)

    def add(self, folders: list[Path]) -> None:
        """Add folders, then scan; while a library is being opened, add them to that one."""
        session = self._session
        if session.catalogue is None:
            self._waiting += folders
            return
        if (catalogue := self._writable()) is None:
            session.notify(describe("FS-209", name=session.catalogue.name), {})
            return
        samples = library_jobs.samples_folder(session.paths)
        self._run_adding(lambda _context: library_jobs.add_roots(catalogue, folders, samples))

    def replace(self, folder: Path) -> None:
        """Add a folder in the place of those it contains, then scan."""
        if (catalogue := self._writable()) is not None:
            self._run_adding(lambda _context: library_jobs.replace_roots(catalogue, folder))

    def remove(self, root: Root) -> None:
        """Take a folder out; its photos and codes come back with undo."""
        message = Message(
            "",
            self.tr("“%1” was removed from the library.").replace("%1", root.path.name),
            self.tr("The photos themselves were not touched."),
            actions=(self.tr("Undo"),),
        )
        undo = {message.actions[0]: partial(self._change, "restore_root", root, None)}
        self._change("remove_root", root, partial(self._session.notify, message, undo))

    def add_samples(self) -> None:
        """Draw the sample photos, then add their folder."""
        session = self._session
        if self._writable() is None or session.running("samples"):
            return
        session.run(
            "samples",
            session.library_worker,
            self.tr("Drawing the sample photos"),
            partial(library_jobs.draw_samples, session.paths),
            self._add_drawn,
        )

    def _writable(self) -> Catalogue | None:
        return self._session.catalogue if self._session.can_change else None

    def _run_adding(self, job: Callable[[Any], RootsOutcome]) -> None:
        for code in ("FS-212", "FS-213"):
            self._session.banner_withdrawn.emit(code)
        self._session.run(
            "roots",
            self._session.library_worker,
            self.tr("Adding folders"),
            job,
            self._take,
            interactive=True,
        )

    @Slot(object)
    def _take(self, outcome: RootsOutcome) -> None:
        session, result = self._session, outcome.result
        containing = [error for error in result.refused if error.code == "FS-212"]
        for error in containing:
            self._offer_replacement(error)
        others = [error for error in result.refused if error not in containing]
        # That one of several is known already is nothing to tell.
        if told := others or (() if result.added or containing else result.covered):
            session.notify(banners.not_added(told), {})
        if not result.added:
            return
        if outcome.samples is not None:
            self._offer_removal(outcome.samples)
        session.photos_changed.emit()
        session.work.look_at_new(result.added)

    def _offer_replacement(self, error: EngineError) -> None:
        message = error.message
        folder = Path(str(error.details["name"]))
        self._session.notify(message, {message.actions[0]: partial(self.replace, folder)})

    def _offer_removal(self, samples: Root) -> None:
        message = describe("FS-214")
        self._session.notify(message, {message.actions[0]: partial(self.remove, samples)})

    def tell_empty(self, root: Root) -> None:
        """Say that a folder that was added has no photos."""
        message = describe("FS-215", name=wording.place(root.path))
        self._session.notify(message, {message.actions[0]: partial(self.remove, root)})

    @Slot(object)
    def _add_drawn(self, folder: Path) -> None:
        self.add([folder])

    def _change(self, change: str, root: Root, done: Callable[[], object] | None = None) -> None:
        if (catalogue := self._writable()) is None:
            return

        def finish(_result: object) -> None:
            self._session.photos_changed.emit()
            self._session.work.refresh_index()
            if done is not None:
                done()

        self._session.run(
            "root",
            self._session.library_worker,
            self.tr("Changing the folders"),
            lambda _context: getattr(catalogue, change)(root.id),
            finish,
            interactive=True,
        )
