"""Everything a user can do, as one registry that menus, buttons, help and tests read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from foodsearch_gui.core.icons import icon

Shortcut = str | QKeySequence.StandardKey
MENUS = ("file", "edit", "view", "search", "library", "jobs", "help")


@dataclass(frozen=True)
class Entry:
    """One registered action.

    Attributes:
        action: The Qt action; its object name is the id.
        menu: One of :data:`MENUS`, or empty for an action without a menu entry.
        context: The widget in which the shortcut works.
        is_enabled: Asked by :meth:`ActionRegistry.update`; None for always.
    """

    action: QAction
    menu: str
    context: QWidget
    is_enabled: Callable[[], bool] | None


class ActionRegistry(QObject):
    """Makes actions and knows them all.

    Args:
        window: Actions without a context of their own work anywhere in it.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._entries: dict[str, Entry] = {}

    def add(
        self,
        name: str,
        text: str,
        handler: Callable[[], object],
        *,
        menu: str = "",
        shortcuts: tuple[Shortcut, ...] = (),
        icon_name: str = "",
        tip: str = "",
        checkable: bool = False,
        is_enabled: Callable[[], bool] | None = None,
        context: QWidget | None = None,
    ) -> QAction:
        """Make an action and file it.

        Args:
            name: Id such as ``"library.rescan"``; the part before the dot groups menu entries.
            text: Caption with its mnemonic.
            handler: Called without arguments; a checkable action's state is read from it.
            menu: Where it is listed, one of :data:`MENUS`.
            shortcuts: Keys; the first one is shown.
            icon_name: A file of ``resources/icons``.
            tip: Tool tip and status tip; the caption by default.
            checkable: Whether it is switched on and off.
            is_enabled: When it can be used; asked after anything changed.
            context: Widget inside which the shortcut works; the window by default.

        Raises:
            ValueError: The id is taken, or there is no such menu.
        """
        if name in self._entries or (menu and menu not in MENUS):
            raise ValueError(f"cannot register {name!r} in menu {menu!r}")
        owner = context or self._window
        action = QAction(text, owner)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in shortcuts])
        action.setShortcutContext(
            Qt.ShortcutContext.WidgetWithChildrenShortcut
            if context
            else Qt.ShortcutContext.WindowShortcut
        )
        action.setCheckable(checkable)
        if icon_name:
            action.setIcon(icon(icon_name))
        _describe(action, tip)
        action.triggered.connect(lambda _checked=False: handler())
        owner.addAction(action)
        self._entries[name] = Entry(action, menu, owner, is_enabled)
        if is_enabled is not None:
            action.setEnabled(is_enabled())
        return action

    def __getitem__(self, name: str) -> QAction:
        return self._entries[name].action

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def set_tip(self, name: str, tip: str) -> None:
        """Let the tool tip of an action say something else, such as why it cannot be used."""
        _describe(self[name], tip)

    def in_menu(self, menu: str) -> list[QAction]:
        """Return the actions of a menu in the order they were added."""
        return [entry.action for entry in self if entry.menu == menu]

    @Slot()
    def update(self) -> None:
        """Ask every action anew whether it can be used."""
        for entry in self:
            if entry.is_enabled is not None:
                entry.action.setEnabled(entry.is_enabled())


def _describe(action: QAction, tip: str) -> None:
    """Let the tool tip show the shortcut, the only place where most people learn it."""
    text = tip or action.text().replace("&", "").removesuffix("…")
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{text} ({keys})" if keys else text)
    action.setStatusTip("")
