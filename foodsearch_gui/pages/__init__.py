"""The pages of the window; a new page is one entry here."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

if TYPE_CHECKING:
    from foodsearch_gui.pages.page import Page


@dataclass(frozen=True)
class PageEntry:
    """How a page stands in the rail.

    Attributes:
        name: Id, e.g. for ``--page`` and ``page_requested``.
        title: Caption, translated in the context ``"pages"``.
        icon: A file of ``resources/icons``.
        home: ``module:class``, imported when the page is first visited.
        keys: Shortcuts besides the page's number.
    """

    name: str
    title: str
    icon: str
    home: str
    keys: tuple[str, ...] = ()

    def load(self) -> type[Page]:
        """Import the page's class."""
        module, _, name = self.home.partition(":")
        page: type[Page] = getattr(importlib.import_module(module), name)
        return page

    def caption(self) -> str:
        """Return the title in the user's language."""
        return QCoreApplication.translate("pages", self.title)


PAGES = (
    PageEntry(
        "search",
        str(QT_TRANSLATE_NOOP("pages", "Search")),
        "search",
        "foodsearch_gui.pages.search_page:SearchPage",
    ),
    PageEntry(
        "library",
        str(QT_TRANSLATE_NOOP("pages", "Library")),
        "library",
        "foodsearch_gui.pages.library_page:LibraryPage",
    ),
    PageEntry(
        "train",
        str(QT_TRANSLATE_NOOP("pages", "Train")),
        "train",
        "foodsearch_gui.pages.train_page:TrainPage",
        keys=("Ctrl+T",),
    ),
    PageEntry(
        "models",
        str(QT_TRANSLATE_NOOP("pages", "Models")),
        "models",
        "foodsearch_gui.pages.models_page:ModelsPage",
    ),
    PageEntry(
        "inspect",
        str(QT_TRANSLATE_NOOP("pages", "Inspect")),
        "inspect",
        "foodsearch_gui.pages.inspect_page:InspectPage",
    ),
    PageEntry(
        "evaluate",
        str(QT_TRANSLATE_NOOP("pages", "Evaluate")),
        "evaluate",
        "foodsearch_gui.pages.evaluate_page:EvaluatePage",
    ),
    PageEntry(
        "activity",
        str(QT_TRANSLATE_NOOP("pages", "Activity")),
        "activity",
        "foodsearch_gui.pages.activity_page:ActivityPage",
    ),
)
