"""What an area shows while it has no content: why it is empty and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from foodsearch_gui.core.icons import icon, icon_pixmap
from foodsearch_gui.core.theme import colours_for

_ICON_SIZE = 56
_TEXT_WIDTH = 460


class EmptyState(QWidget):
    """An icon, a sentence, an explanation, and buttons for the next step, in the middle.

    Args:
        icon_name: A file of ``resources/icons``.
        title: One short sentence.
        text: What follows from it; may be empty.
        actions: The first one becomes the main button.
    """

    def __init__(
        self,
        icon_name: str,
        title: str,
        text: str = "",
        actions: Sequence[QAction] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("empty_state")
        self._icon_name = icon_name
        self._icon = QLabel(self)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(self)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.35)
        self._title.setFont(font)
        self._text = QLabel(self)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            label.setFixedWidth(_TEXT_WIDTH)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._lay_out()
        self.set_content(icon_name, title, text, actions)

    def show_words(
        self, icon_name: str, title: str, text: str = "", actions: Sequence[QAction] = ()
    ) -> None:
        """Say something else, leaving buttons that stay alone: new ones would lose the focus."""
        names = [f"button_{action.objectName()}" for action in actions]
        if names != [button.objectName() for button in self.buttons()]:
            self.set_content(icon_name, title, text, actions)
            return
        if icon_name != self._icon_name:
            self._icon_name = icon_name
            self._paint_icon()
        self._set_words(title, text)

    def set_content(
        self, icon_name: str, title: str, text: str = "", actions: Sequence[QAction] = ()
    ) -> None:
        """Say something else."""
        self._icon_name = icon_name
        self._set_words(title, text)
        self._replace_buttons(actions)
        self._paint_icon()

    def buttons(self) -> list[QPushButton]:
        """Return the buttons, the main one first."""
        return [b for b in self.findChildren(QPushButton) if self._buttons.indexOf(b) >= 0]

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_icon()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addStretch(2)
        for label in (self._icon, self._title, self._text):
            # An alignment in the layout would take away the height that wrapped text needs.
            centred = QHBoxLayout()
            centred.addStretch()
            centred.addWidget(label)
            centred.addStretch()
            column.addLayout(centred)
        column.addSpacing(6)
        row = QHBoxLayout()
        row.addStretch()
        row.addLayout(self._buttons)
        row.addStretch()
        column.addLayout(row)
        column.addStretch(3)

    def _set_words(self, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)

    def _replace_buttons(self, actions: Sequence[QAction]) -> None:
        for button in self.buttons():
            self._buttons.removeWidget(button)
            button.hide()
            button.deleteLater()
        for action in actions:
            self._buttons.addWidget(self._make_button(action, is_main=not self._buttons.count()))

    def _make_button(self, action: QAction, *, is_main: bool) -> QPushButton:
        picture = action.icon()
        if is_main and picture.name():
            picture = icon(picture.name(), on_accent=True)
        button = QPushButton(picture, action.text(), self)
        button.setObjectName(f"button_{action.objectName()}")
        button.setAccessibleName(action.text().replace("&", ""))
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())
        button.setProperty("isMain", is_main)
        button.clicked.connect(action.trigger)
        action.enabledChanged.connect(button.setEnabled)
        return button

    def _paint_icon(self) -> None:
        self._icon.setPixmap(
            icon_pixmap(
                self._icon_name,
                _ICON_SIZE,
                colours_for(self.palette()).secondary,
                self.devicePixelRatioF(),
            )
        )
