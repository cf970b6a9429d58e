"""The menu bar, filled from the action registry each time a menu opens."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtWidgets import QMenu, QMenuBar

from foodsearch_gui.core.actions import MENUS, ActionRegistry

_CAPTIONS = {
    "file": QT_TRANSLATE_NOOP("menus", "&File"),
    "edit": QT_TRANSLATE_NOOP("menus", "&Edit"),
    "view": QT_TRANSLATE_NOOP("menus", "&View"),
    "search": QT_TRANSLATE_NOOP("menus", "&Search"),
    "library": QT_TRANSLATE_NOOP("menus", "&Library"),
    "jobs": QT_TRANSLATE_NOOP("menus", "&Jobs"),
    "help": QT_TRANSLATE_NOOP("menus", "&Help"),
}


def make_menus(bar: QMenuBar, actions: ActionRegistry) -> None:
    """Add all menus to a menu bar."""
    bar.setObjectName("menu_bar")
    for name in MENUS:
        menu = bar.addMenu(QCoreApplication.translate("menus", str(_CAPTIONS[name])))
        menu.setObjectName(f"menu_{name}")
        # Pages bring their actions when they are first visited, so a menu is made anew.
        menu.aboutToShow.connect(partial(fill_menu, menu, name, actions))
        fill_menu(menu, name, actions)


def fill_menu(menu: QMenu, name: str, actions: ActionRegistry) -> None:
    """List a menu's actions, a line between those of different kinds."""
    actions.update()
    menu.clear()
    previous = ""
    for action in actions.in_menu(name):
        kind = _kind(action.objectName())
        if previous and kind != previous:
            menu.addSeparator()
        previous = kind
        menu.addAction(action)


def _kind(name: str) -> str:
    if name in ("file.quit", "view.details", "help.about"):
        return name
    return name.partition(".")[0]
