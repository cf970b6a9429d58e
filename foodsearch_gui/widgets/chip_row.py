"""What is in force, as chips in a row; each goes away by a click or by the key Delete."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QSizePolicy, QWidget

from foodsearch_gui.core import wording
from foodsearch_gui.core.icons import icon
from foodsearch_gui.widgets.flow_layout import FlowLayout

_LONGEST = 260
_GAP = 6
_LINES = 3  # of chips; more are scrolled


@dataclass(frozen=True)
class Chip:
    """One of the things that are in force.

    Attributes:
        key: Tells it apart from the others.
        text: What it says.
        tip: What it does to the result.
    """

    key: str
    text: str
    tip: str = ""


class ChipRow(QScrollArea):
    """Chips, and behind them whatever else belongs to the row; many are scrolled.

    Signals:
        removed (str): The key of the chip that the user wants to be gone.

    Args:
        tail: Widgets behind the chips; they show and hide themselves.
    """

    removed = Signal(str)

    def __init__(self, tail: Sequence[QWidget] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: dict[Chip, QPushButton] = {}
        self._row = FlowLayout(_GAP)
        self._tail = tail
        self._lines = _LINES
        self._content = QWidget()
        self._content.setLayout(self._row)
        self._content.installEventFilter(self)
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for widget in tail:
            self._row.addWidget(widget)
        self._order_tabs()

    def set_lines(self, lines: int) -> None:
        """Take no more than this many lines of the page."""
        self._lines = lines
        self._fit()

    def set_chips(self, chips: Sequence[Chip]) -> None:
        """Show these; those that were there before stay the same buttons, with their focus."""
        if list(chips) == list(self._chips):
            return
        focused = self._focused()
        place = list(self._chips.values()).index(focused) if focused is not None else -1
        before = self._chips
        self._chips = {
            chip: before.pop(chip) if chip in before else self._make(chip) for chip in chips
        }
        while self._row.count():
            self._row.takeAt(0)
        for widget in (*self._chips.values(), *self._tail):
            self._row.addWidget(widget)
        for button in self._chips.values():
            button.show()  # the layout would do it later, too late for the focus
        self._order_tabs()
        left = list(self._chips.values())
        if focused is not None and focused not in left and left:
            left[min(place, len(left) - 1)].setFocus()
        for button in before.values():
            button.hide()
            button.deleteLater()
        self._fit()

    @property
    def texts(self) -> list[str]:
        """What the chips say."""
        return [chip.text for chip in self._chips]

    def button(self, key: str) -> QPushButton | None:
        """Return the chip of a key, if it is there."""
        return next((button for chip, button in self._chips.items() if chip.key == key), None)

    def buttons(self) -> list[QPushButton]:
        """Return the chips in their order."""
        return list(self._chips.values())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take away the chip that has the focus."""
        focused = self._focused()
        if focused is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            focused.click()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height that the width asks for."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the widgets behind the chips."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        line = max((widget.sizeHint().height() for widget in self._tail), default=0)
        line = max([line, *(button.sizeHint().height() for button in self._chips.values())])
        most = self._lines * (line + _GAP) - _GAP
        self.setFixedHeight(max(line, min(self._row.heightForWidth(self.width()), most)))

    def _focused(self) -> QPushButton | None:
        return next((button for button in self._chips.values() if button.hasFocus()), None)

    def _order_tabs(self) -> None:
        widgets = [*self._chips.values(), *self._tail]
        for before, after in itertools.pairwise(widgets):
            QWidget.setTabOrder(before, after)

    def _make(self, chip: Chip) -> QPushButton:
        button = QPushButton(icon("close"), "", self._content)
        text = wording.path(chip.text)
        shown = button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, _LONGEST)
        button.setText(shown.replace("&", "&&"))
        button.setProperty("isChip", True)
        name = self.tr("Take back: %1").replace("%1", text)
        button.setAccessibleName(name)
        button.setAccessibleDescription(chip.tip)
        button.setToolTip("\n".join(filter(None, (name, chip.tip))))
        # The cross stands behind the words.
        button.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft
            if self.layoutDirection() == Qt.LayoutDirection.LeftToRight
            else Qt.LayoutDirection.LeftToRight
        )
        button.clicked.connect(lambda _checked=False, key=chip.key: self.removed.emit(key))
        return button
