"""What went wrong, what it means, and the details to copy for a report."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine import EngineError, Message, describe
from foodsearch_gui.core.bug_report import make_report
from foodsearch_gui.core.icons import icon, icon_pixmap
from foodsearch_gui.core.theme import colours_for

_ICON = 40


class ErrorDialog(QDialog):
    """A message with folded details.

    Args:
        message: What to say.
        details: Text for a bug report.
    """

    def __init__(self, message: Message, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("error_dialog")
        self.setWindowTitle(message.title)
        self.setAccessibleName(message.title)
        self.wants_to_quit = False
        self._text = QLabel(_rich(message), self)
        self._text.setWordWrap(True)
        self._text.setMinimumWidth(420)
        self.details = QPlainTextEdit(make_report(details), self)
        self.details.setObjectName("error_details")
        self.details.setAccessibleName(self.tr("Details"))
        self.details.setToolTip(self.tr("Versions and the place in the program"))
        self.details.setReadOnly(True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setMinimumSize(560, 220)
        self.details.hide()
        self._box = QDialogButtonBox(self)
        self._added: list[QPushButton] = []
        self._lay_out()
        self._add_buttons(is_bug=message.code == "FS-901")

    def buttons(self) -> list[QPushButton]:
        """Return the buttons in the order they were added."""
        return self._added

    def _add_buttons(self, *, is_bug: bool) -> None:
        role = QDialogButtonBox.ButtonRole
        self._fold = self._button(self.tr("Show &details"), role.ActionRole, self._toggle_details)
        self._button(self.tr("&Copy details"), role.ActionRole, self._copy).setIcon(icon("copy"))
        if is_bug:
            self._button(self.tr("&Quit"), role.DestructiveRole, self._quit)
        close = self.tr("C&ontinue") if is_bug else self.tr("C&lose")
        button = self._button(close, role.AcceptRole, self.accept)
        button.setDefault(True)
        button.setProperty("isMain", True)
        button.style().polish(button)  # the box has shown it to the style already
        button.setFocus()

    @Slot()
    def _toggle_details(self) -> None:
        is_shown = self.details.isHidden()
        self.details.setVisible(is_shown)
        self._fold.setText(self.tr("Hide &details") if is_shown else self.tr("Show &details"))
        self.adjustSize()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details.toPlainText())

    @Slot()
    def _quit(self) -> None:
        self.wants_to_quit = True
        self.accept()

    def _button(
        self, caption: str, role: QDialogButtonBox.ButtonRole, handler: object
    ) -> QPushButton:
        button = self._box.addButton(caption, role)
        button.setObjectName("error_button")
        button.setAccessibleName(caption.replace("&", ""))
        button.clicked.connect(handler)
        self._added.append(button)
        return button

    def _lay_out(self) -> None:
        picture = QLabel(self)
        colour = colours_for(self.palette()).error
        picture.setPixmap(icon_pixmap("error", _ICON, colour, self.devicePixelRatioF()))
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        column.addLayout(head)
        column.addWidget(self.details, 1)
        column.addWidget(self._box)


def show_failure(title: str, error: Exception, traceback: str, parent: QWidget | None) -> None:
    """Show why a job failed, in the user's words if it was not our fault."""
    message = error.message if isinstance(error, EngineError) else describe("FS-901")
    ErrorDialog(message, f"{title}\n{traceback}", parent).exec()


def _rich(message: Message) -> str:
    parts = [f"<p style='font-size: large'><b>{escape(message.title)}</b></p>"]
    parts += [f"<p>{escape(part)}</p>" for part in (message.cause, message.advice) if part]
    return "".join(parts)
