"""What the Models page looks like: buttons, the table, and below it one model or two."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QMenu,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core.icons import icon
from foodsearch_gui.models.bundles import Bundle, BundlesModel, Columns
from foodsearch_gui.widgets.action_button import ActionButton
from foodsearch_gui.widgets.flow_layout import FlowLayout
from foodsearch_gui.widgets.model_comparison_view import ModelComparisonView
from foodsearch_gui.widgets.model_panel import ModelPanel
from foodsearch_gui.widgets.record_view import RecordView

_GAP = 10
_SIZES = [190, 450]
# The columns that go first where the window is narrow, with the width they need in heights of a
# line of text; the card tells the same.
_NEEDED = {Columns.BACKBONE: 62, Columns.METHOD: 52, Columns.SIZE: 44}


class ModelsView(QWidget):
    """Layout only; the page fills it.

    Args:
        records: Rows of the table.
    """

    def __init__(self, records: BundlesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table: RecordView[Bundle] = RecordView(records, self.tr("Models"), is_multiple=True)
        self.table.setObjectName("models-table")
        self.table.setToolTip(self.tr("The models on this computer; select two to compare them"))
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.panel = ModelPanel()
        self.comparison = ModelComparisonView()
        self.hint = QLabel()
        self.hint.setObjectName("models-hint")
        self.panel.setCornerWidget(self.hint)
        self.more = QToolButton()
        self.more.setObjectName("models-more")
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setIcon(icon("more"))
        self.more.setText(self.tr("&More"))
        self.more.setToolTip(self.tr("More that can be done with models"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._buttons = FlowLayout()
        self._main: list[ActionButton] = []
        self._below = QStackedWidget()
        self._below.addWidget(self.panel)
        self._below.addWidget(self.comparison)
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave columns out that would take the room of the names."""
        super().resizeEvent(event)
        line = self.fontMetrics().height()
        for column, needed in _NEEDED.items():
            self.table.setColumnHidden(column, self.width() < needed * line)
        self.table.scrollTo(self.table.currentIndex())  # what is told below stays in sight

    def set_actions(self, main: Sequence[QAction], more: Sequence[QAction]) -> None:
        """Fill the row of buttons, the menu behind its last one, and the table's own menu."""
        self._main = [ActionButton(action) for action in main]
        for button in (*self._main, self.more):
            self._buttons.addWidget(button)
        menu = QMenu(self.more)
        menu.addActions(list(more))
        self.more.setMenu(menu)
        self.table.addActions([*main, *more])

    def order_tabs(self) -> None:
        """Let Tab go from the buttons through the table to what is below it.

        To be called when everything lies in one window, else Qt refuses.
        """
        panel, comparison = self.panel, self.comparison
        for first, second in pairwise(
            (
                *(*self._main, self.more, self.table),
                *(panel.tabBar(), panel.card, panel.libraries),
                *(panel.training.curves.quality, panel.training.curves.loss),
                panel.training.settings,
                *(comparison.only_different, comparison.tabs.tabBar(), comparison.facts),
                *(comparison.curves.quality, comparison.curves.loss),
            )
        ):
            QWidget.setTabOrder(first, second)

    def show_one(self) -> None:
        """Bring the panel of one model to the front."""
        self._below.setCurrentWidget(self.panel)

    def show_two(self) -> None:
        """Bring the comparison to the front."""
        self._below.setCurrentWidget(self.comparison)

    @property
    def shows_two(self) -> bool:
        """Whether the comparison is in front."""
        return self._below.currentWidget() is self.comparison

    def _lay_out(self) -> None:
        body = QSplitter(Qt.Orientation.Vertical)
        body.setObjectName("models-body")
        body.setChildrenCollapsible(False)
        body.addWidget(_with_margins(self.table, bottom=_GAP))
        body.addWidget(_with_margins(self._below, top=_GAP))
        row = self.table.verticalHeader().defaultSectionSize()
        self.table.setMinimumHeight(self.table.horizontalHeader().sizeHint().height() + 2 * row)
        body.setSizes(_SIZES)
        body.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(self._buttons)
        layout.addWidget(body, 1)


def _with_margins(widget: QWidget, *, top: int = 0, bottom: int = 0) -> QWidget:
    """Return the widget in a frame that keeps it off the line of a splitter."""
    frame = QWidget()
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(0, top, 0, bottom)
    layout.addWidget(widget)
    return frame
