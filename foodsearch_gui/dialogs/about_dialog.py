"""What the program is, its versions and its licence."""

from __future__ import annotations

from importlib import resources

from PySide6.QtCore import QByteArray, QRectF, Qt, Slot
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

import engine
from foodsearch_gui.core.bug_report import describe_program

_LOGO = 72


class AboutDialog(QDialog):
    """Name, purpose, promise of privacy, versions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("about_dialog")
        self.setWindowTitle(self.tr("About FoodSearch"))
        logo = QLabel(self)
        logo.setPixmap(program_logo(_LOGO, self.devicePixelRatioF()))
        text = QLabel(self._text(), self)
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setMinimumWidth(380)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        self.copy_button = buttons.addButton(
            self.tr("&Copy versions"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.copy_button.clicked.connect(self._copy)
        for button in buttons.buttons():
            button.setObjectName("about_button")
            button.setAccessibleName(button.text().replace("&", ""))
        head = QHBoxLayout()
        head.setSpacing(18)
        head.addWidget(logo, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 14)
        column.setSpacing(16)
        column.addLayout(head)
        column.addWidget(buttons)

    def _text(self) -> str:
        purpose = self.tr("Finds the meal photos that look like this one, in your own library.")
        privacy = self.tr("Everything runs on this computer; nothing is uploaded.")
        licence = self.tr("MIT licence. Uses Qt for Python under the LGPL.")
        versions = "<br>".join(describe_program().splitlines()[1:])
        return (
            f"<p style='font-size: x-large'><b>FoodSearch {engine.__version__}</b></p>"
            f"<p>{purpose}<br>{privacy}</p><p>{versions}</p><p>{licence}</p>"
        )

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(describe_program())


def program_logo(size: int, ratio: float = 1.0) -> QPixmap:
    """Return the program's own icon, in its own colours."""
    source = (resources.files("resources") / "icons" / "foodsearch.svg").read_bytes()
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(source)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
