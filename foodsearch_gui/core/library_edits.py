"""Small changes to the open library that the Library page offers; written in the library worker."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from engine import JobContext, Message
from foodsearch_gui.core.problem_list import write_problem_list

if TYPE_CHECKING:
    from engine import Catalogue, Problem
    from foodsearch_gui.core.session import Session


class LibraryEdits(QObject):
    """Changes to problems and exclusions; without an open, writable library they do nothing.

    Args:
        session: Whose library is changed.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def ignore_problems(self, ids: Sequence[int], ignored: bool = True) -> None:
        """Leave files out of the list of problems, or list them again."""

        def job(catalogue: Catalogue) -> None:
            for problem_id in ids:
                catalogue.ignore_problem(problem_id, ignored)

        self._edit(self.tr("Changing the list of problems"), job, self._announce_ignored)

    def retry_problems(self, ids: Sequence[int]) -> None:
        """Read these files again, at once."""
        self._edit(
            self.tr("Reading the files again"),
            lambda catalogue: catalogue.retry_problems(list(ids)),
            self._rescan,
        )

    def set_exclusions(self, patterns: Sequence[str]) -> None:
        """Leave out files and folders of these names, then scan."""
        self._edit(
            self.tr("Changing the exclusions"),
            lambda catalogue: catalogue.set_exclusions(tuple(patterns)),
            self._rescan,
        )

    def skip_folder(self, folder: Path) -> None:
        """Leave one folder out from now on, whatever lies in it."""

        def job(catalogue: Catalogue) -> None:
            for root in catalogue.roots():
                if folder != root.path and folder.is_relative_to(root.path):
                    # The slash makes it a path below the root instead of a name anywhere.
                    pattern = "/" + glob.escape(folder.relative_to(root.path).as_posix())
                    catalogue.set_exclusions((*catalogue.exclusions(), pattern))

        self._edit(self.tr("Changing the exclusions"), job, self._rescan)

    def export_problems(self, target: Path, problems: Sequence[Problem]) -> None:
        """Write a list of problems to a CSV file."""
        saved = Message("", self.tr("The list was saved."), str(target))
        self._session.run(
            "edit",
            self._session.library_worker,
            self.tr("Saving the list"),
            lambda _context: write_problem_list(target, problems),
            lambda _result: self._session.notify(saved, {}),
            interactive=True,
        )

    def _edit(
        self, title: str, job: Callable[[Catalogue], Any], done: Callable[[object], None]
    ) -> None:
        session, catalogue = self._session, self._session.catalogue
        if catalogue is None or not session.can_change:
            return

        def run(_context: JobContext) -> Any:
            return job(catalogue)

        session.run("edit", session.library_worker, title, run, done, interactive=True)

    def _announce(self, _result: object) -> None:
        self._session.photos_changed.emit()

    def _announce_ignored(self, _result: object) -> None:
        self._session.banner_withdrawn.emit("FS-204")  # its number is another one now
        self._announce(None)

    def _rescan(self, _result: object) -> None:
        self._announce(None)
        self._session.rescan()
