"""The actions of the Search page, in the order of its menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core.incoming import Incoming
from foodsearch_gui.core.query import QueryHistory
from foodsearch_gui.pages.search_adding import SearchAdding
from foodsearch_gui.pages.search_export import SearchExport

if TYPE_CHECKING:
    from foodsearch_gui.pages.search_page import SearchPage


def add_search_actions(page: SearchPage, adding: SearchAdding, exporting: SearchExport) -> None:
    """Register everything the page does by a key or a menu, but for what its grid does.

    Args:
        page: Where the keys work.
        adding: Takes further photos.
        exporting: Writes explanations.
    """
    add, work = page.actions_registry.add, page.work

    def has_query() -> bool:
        return work.query is not None

    def choose_added() -> None:
        adding.take(Incoming(photos=tuple(page.questions.photos(page))))

    add(
        "search.paste",
        _tr("&Paste photo"),
        page.paste,
        menu="edit",
        shortcuts=("Ctrl+V",),
        icon_name="paste",
    )
    add(
        "search.add-photo",
        _tr("Add a pho&to to the query…"),
        choose_added,
        menu="search",
        shortcuts=("Ctrl+Shift+O",),
        icon_name="add",
        tip=_tr("Search with one more photo at the same time"),
        is_enabled=has_query,
    )
    add(
        "search.export",
        _tr("&Export the explanation…"),
        exporting.export,
        menu="search",
        shortcuts=("Ctrl+E",),
        icon_name="export",
        tip=exporting.tip(),
        is_enabled=exporting.can_export,
        context=page,
    )
    add("search.show-nearest", _tr("Show &nearest"), page.show_nearest)
    steps: tuple[tuple[str, str, Callable[[], object], str, Callable[[], bool]], ...] = (
        ("back", _tr("Pre&vious search"), partial(work.go, -1), "Alt+Left", _can(work.history, -1)),
        ("forward", _tr("Ne&xt search"), partial(work.go, 1), "Alt+Right", _can(work.history, 1)),
        ("again", _tr("Searc&h again"), page.repeat, "Ctrl+Return", has_query),
        ("clear", _tr("Clear all &wishes"), work.clear_steering, "Ctrl+Backspace", page.is_bent),
    )
    for name, text, handler, keys, is_enabled in steps:
        add(
            f"search.{name}",
            text,
            handler,
            menu="search",
            shortcuts=(keys,),
            is_enabled=is_enabled,
            context=page,
        )


def _can(history: QueryHistory, step: int) -> Callable[[], bool]:
    return lambda: history.can_go_back if step < 0 else history.can_go_forward


def _tr(text: str) -> str:
    return QCoreApplication.translate("SearchPage", text)
