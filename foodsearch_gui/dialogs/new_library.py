"""Asks for the name of a new library and refuses one that cannot be used while it is typed."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

_MAX_LENGTH = 60


class NewLibraryDialog(QDialog):
    """One field: the name.

    Args:
        taken: Names of the libraries there are.
    """

    def __init__(self, taken: Collection[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New library"))
        self._taken = {name.casefold() for name in taken}
        intro = QLabel(
            self.tr(
                "A library remembers folders of photos and searches them together. "
                "The photos stay where they are."
            )
        )
        intro.setWordWrap(True)
        self.name = QLineEdit()
        self.name.setObjectName("new-library-name")
        self.name.setMaxLength(_MAX_LENGTH)
        self.name.setAccessibleName(self.tr("Name of the new library"))
        self.name.setPlaceholderText(self.tr("for example: Restaurant"))
        self.trouble = QLabel()
        self.trouble.setObjectName("new-library-trouble")
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.addRow(self.tr("&Name"), self.name)
        form.addRow("", self.trouble)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.create_button = self._buttons.addButton(
            self.tr("&Create library"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.create_button.setProperty("isMain", True)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(intro)
        layout.addLayout(form)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(60 * self.fontMetrics().averageCharWidth())
        self.name.textChanged.connect(self._check)
        self._check()

    def chosen_name(self) -> str:
        """Return the name without blanks around it."""
        return str(self.name.text()).strip()

    @Slot()
    def _check(self) -> None:
        trouble = self._trouble(self.chosen_name())
        # An empty field explains itself; everything else is said in words.
        self.trouble.setText(trouble if self.chosen_name() else " ")
        self.create_button.setEnabled(not trouble)

    def _trouble(self, name: str) -> str:
        if not name:
            return self.tr("The library needs a name.")
        if name.casefold() in self._taken:
            return self.tr("There is a library of this name.")
        if not name.isprintable():
            return self.tr("The name contains signs that cannot be shown.")
        return ""
