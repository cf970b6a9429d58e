"""What one can do on the Library page beyond looking: each command asks, then lets others work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

import engine
from foodsearch_gui.core import desktop, wording
from foodsearch_gui.core.library_edits import LibraryEdits

if TYPE_CHECKING:
    from engine import Root
    from foodsearch_gui.pages.library_page import LibraryPage


class LibraryCommands(QObject):
    """Registers the page's actions and carries them out.

    Args:
        page: Whose folders, contents and questions they are.
        edits: Changes the library.
    """

    def __init__(self, page: LibraryPage, edits: LibraryEdits) -> None:
        super().__init__(page)
        self._page = page
        self._session = page.session
        self._edits = edits
        self._add("new", self.tr("&New library…"), self._new_library, "add")
        self._add(
            "show_folder",
            self.tr("&Open folder"),
            self._open_folder,
            "folder",
            lambda: self._selected is not None,
        )
        self._add(
            "exclusions",
            self.tr("E&xclusions…"),
            self._edit_exclusions,
            "hide",
            lambda: self._session.can_change,
        )
        self._add(
            "export_problems",
            self.tr("Export list of &problems…"),
            self.export_problems,
            "export",
            lambda: bool(page.contents.contents and page.contents.contents.problems),
        )
        page.actions_registry.add(
            "library.remove_folder",
            self.tr("Remo&ve folder…"),
            self._remove_folder,
            menu="library",
            shortcuts=("Del",),
            icon_name="remove",
            is_enabled=lambda: self._session.can_change and self._selected is not None,
            context=page.view.folders.table,
        )

    @Slot()
    def export_problems(self) -> None:
        """Save the list of problems where the user wants it."""
        contents = self._page.contents.contents
        if contents is None:
            return
        target = self._page.questions.save_as(
            self._page,
            self.tr("Save the list of problems"),
            str(Path.home() / self.tr("problems.csv")),
            self.tr("Tables (*.csv)"),
        )
        if target is not None:
            self._edits.export_problems(target, contents.problems)

    @property
    def _selected(self) -> Root | None:
        return self._page.view.folders.selected

    def _add(
        self,
        name: str,
        text: str,
        handler: Callable[[], None],
        icon_name: str,
        is_enabled: Callable[[], bool] | None = None,
    ) -> None:
        self._page.actions_registry.add(
            f"library.{name}",
            text,
            handler,
            menu="library",
            icon_name=icon_name,
            is_enabled=is_enabled,
        )

    def _new_library(self) -> None:
        taken = [library.name for library in engine.list_libraries(self._session.paths)]
        if name := self._page.questions.new_library(self._page, taken):
            self._session.open_library(name)

    def _open_folder(self) -> None:
        if (root := self._selected) is not None:
            desktop.open_folder(root.path)

    def _remove_folder(self) -> None:
        if (root := self._selected) is None:
            return
        title = self.tr("Remove “%1” from the library?")
        text = self.tr("%1 cannot be found any more. The files themselves stay where they are.")
        if self._page.questions.confirm(
            self._page,
            title.replace("%1", wording.path(root.path.name or root.path)),
            text.replace("%1", wording.photos(root.photos)),
            self.tr("&Remove folder"),
        ):
            self._session.remove_root(root)

    def _edit_exclusions(self) -> None:
        if (catalogue := self._session.catalogue) is None:
            return
        present = catalogue.exclusions()
        patterns = self._page.questions.exclusions(self._page, present, engine.DEFAULT_EXCLUSIONS)
        if patterns is not None and patterns != present:
            self._edits.set_exclusions(patterns)
