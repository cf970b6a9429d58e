"""What every page of the window is."""

from __future__ import annotations

from PySide6.QtWidgets import QDockWidget, QWidget

from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.session import Session


class Page(QWidget):
    """One page; built on its first visit.

    A page connects to the session's signals itself and registers its actions with itself as their
    context. Its title, icon and place in the rail are in :data:`foodsearch_gui.pages.PAGES`.

    Args:
        session: The state of the program.
        actions: Where the page's actions go.

    Attributes:
        dock: Shown at the right while the page is, if the page sets one.
    """

    dock: QDockWidget | None = None

    def __init__(
        self, session: Session, actions: ActionRegistry, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.actions_registry = actions

    def activated(self) -> None:
        """Called each time the page comes to the front."""

    def is_settled(self) -> bool:
        """Whether everything on the page has arrived; a screenshot waits for it."""
        return True
