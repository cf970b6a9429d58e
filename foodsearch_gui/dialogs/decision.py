"""Questions to the user: a message of the catalogue with its buttons."""

from __future__ import annotations

from html import escape

from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from engine import Message
from foodsearch_gui.core.icons import icon_pixmap
from foodsearch_gui.core.theme import colours_for

_ICON = 40


def decide(message: Message, parent: QWidget | None) -> str:
    """Show a message and return the caption of the button that was chosen.

    The first action is the harmless one: it is the default, and Esc means it too.
    """
    box = QMessageBox(parent)
    box.setObjectName("decision")
    colour = colours_for(box.palette()).frame
    box.setIconPixmap(icon_pixmap("help", _ICON, colour, box.devicePixelRatioF()))
    box.setWindowTitle(message.title)
    box.setText(f"<b>{escape(message.title)}</b>")
    box.setInformativeText(escape(" ".join(filter(None, (message.cause, message.advice)))))
    buttons = [_add_button(box, caption, row) for row, caption in enumerate(message.actions)]
    box.setDefaultButton(buttons[0])
    box.setEscapeButton(buttons[0])
    box.exec()
    clicked = box.clickedButton()
    return clicked.text() if clicked is not None else message.actions[0]


def _add_button(box: QMessageBox, caption: str, row: int) -> QPushButton:
    role = QMessageBox.ButtonRole.RejectRole if row == 0 else QMessageBox.ButtonRole.AcceptRole
    button = box.addButton(caption, role)
    button.setObjectName("decision_button")
    button.setAccessibleName(caption)
    return button
