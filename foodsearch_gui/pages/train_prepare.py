"""The Train page before a training: three steps at the left, what was found at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine import Estimate, MethodInfo
from foodsearch_gui.core import wording
from foodsearch_gui.pages.train_check_view import CheckView
from foodsearch_gui.pages.train_data import DataStep
from foodsearch_gui.pages.train_settings import SettingsStep, StartStep
from foodsearch_gui.widgets.action_button import ActionButton
from foodsearch_gui.widgets.main_button import set_main

_STEPS_WIDTH = 430
_SIDE_BY_SIDE = 860  # width from which both halves have room


class PrepareView(QWidget):
    """The fields, the findings, the cost, and the two buttons.

    Args:
        methods: Those that learn from labels.
    """

    def __init__(self, methods: Sequence[MethodInfo], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train-prepare")
        self.data = DataStep()
        self.start_from = StartStep()
        self.settings = SettingsStep(methods)
        self.check_view = CheckView()
        self.cost = QLabel()
        self.cost.setObjectName("train-cost")
        self.cost.setWordWrap(True)
        self._buttons: tuple[ActionButton, ActionButton] | None = None
        self._lay_out()

    def set_actions(self, check: QAction, start: QAction) -> None:
        """Show the buttons of the two actions that lead to a training."""
        self._buttons = ActionButton(check), ActionButton(start)
        for button in self._buttons:
            self._bottom.addWidget(button)

    def show_findings(self) -> None:
        """Bring what was found into view, where it is below the fields."""
        if self._halves.direction() is QBoxLayout.Direction.TopToBottom:
            self._area.verticalScrollBar().setValue(self.check_view.y())

    def set_cost(self, text: str) -> None:
        """Say what the training takes."""
        self.cost.setText(text)

    def set_main(self, *, is_checked: bool) -> None:
        """Let the button of the next step stand out."""
        assert self._buttons is not None
        check, start = self._buttons
        set_main(check, not is_checked)
        set_main(start, is_checked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the halves below each other where they have no room side by side."""
        super().resizeEvent(event)
        is_wide = self.width() >= _SIDE_BY_SIDE
        direction = QBoxLayout.Direction
        self._halves.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)
        self._steps.setMaximumWidth(_STEPS_WIDTH if is_wide else 16_777_215)

    def _lay_out(self) -> None:
        self._steps = QWidget()
        steps = QVBoxLayout(self._steps)
        steps.setContentsMargins(0, 0, 0, 0)
        steps.setSpacing(22)
        for step in (self.data, self.start_from, self.settings):
            steps.addWidget(step)
        steps.addStretch()
        content = QWidget()
        content.setObjectName("scroll_content")
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight, content)
        self._halves.setContentsMargins(0, 0, 12, 0)
        self._halves.setSpacing(28)
        self._halves.addWidget(self._steps, 4)
        self._halves.addWidget(self.check_view, 5)
        area = self._area = QScrollArea()
        area.setObjectName("train-area")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        self._bottom = QHBoxLayout()
        self._bottom.setSpacing(8)
        self._bottom.addWidget(self.cost, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(area, 1)
        layout.addLayout(self._bottom)


def cost_text(view: QWidget, estimate: Estimate) -> str:
    """Return how long a training takes and how much memory it needs."""
    parts = [view.tr("Takes %1.").replace("%1", wording.duration(estimate.seconds))]
    needed = wording.size(estimate.bytes)
    if estimate.free_bytes is None:
        parts.append(view.tr("Needs about %1 of memory.").replace("%1", needed))
        return " ".join(parts)
    free = wording.size(estimate.free_bytes)
    if estimate.bytes > estimate.free_bytes:
        text = view.tr(
            "It wants about %1 of memory and %2 are free: close other programs, or it will be slow."
        )
    else:
        text = view.tr("Needs about %1 of the %2 of memory that are free.")
    parts.append(text.replace("%1", needed).replace("%2", free))
    return " ".join(parts)
