"""Which files and folders a library leaves out: one pattern a line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)


class ExclusionsDialog(QDialog):
    """Edits the patterns.

    Args:
        patterns: In force now.
        defaults: What "Restore defaults" brings back.
    """

    def __init__(
        self, patterns: Sequence[str], defaults: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Exclusions"))
        self._defaults = tuple(defaults)
        label = QLabel(self.tr("&Names to leave out, one a line"))
        self.field = QPlainTextEdit("\n".join(patterns))
        self.field.setObjectName("exclusions")
        self.field.setTabChangesFocus(True)
        self.field.setAccessibleName(self.tr("Names to leave out, one a line"))
        label.setBuddy(self.field)
        help_text = QLabel(
            self.tr(
                "A file or folder is left out when its name fits a line; a line with / is compared "
                "with the path inside the library's folder. * stands for any letters, ? for one. "
                "Photos that are left out leave the library; the files stay untouched."
            )
        )
        help_text.setWordWrap(True)
        button = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(button.Cancel | button.RestoreDefaults)
        save = buttons.addButton(
            self.tr("&Save and rescan"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        save.setObjectName("exclusions-save")
        save.setProperty("isMain", True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        buttons.button(button.RestoreDefaults).clicked.connect(self._restore)
        layout = QVBoxLayout(self)
        for widget in (label, self.field, help_text, buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 70)

    def patterns(self) -> tuple[str, ...]:
        """Return the lines that are not empty, each once."""
        lines = (line.strip() for line in self.field.toPlainText().splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))

    @Slot()
    def _restore(self) -> None:
        self.field.setPlainText("\n".join(self._defaults))
