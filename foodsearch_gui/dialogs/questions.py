"""Every question the Library and Models pages ask; a test hands in answers instead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QInputDialog, QWidget

from engine import Message
from foodsearch_gui.dialogs.decision import decide
from foodsearch_gui.dialogs.exclusions import ExclusionsDialog
from foodsearch_gui.dialogs.new_library import NewLibraryDialog


class Questions:
    """Asks with real dialogs; every answer may be "no" or None, and Esc always means that."""

    def confirm(self, parent: QWidget, title: str, text: str, verb: str) -> bool:
        """Ask before something is taken away; the safe answer is the default."""
        return decide(Message("", title, text, actions=(_tr("Cancel"), verb)), parent) == verb

    def agree(self, parent: QWidget, message: Message) -> bool:
        """Ask with a message of the catalogue whether to do its last action."""
        return decide(message, parent) == message.actions[-1]

    def new_library(self, parent: QWidget, taken: Collection[str]) -> str | None:
        """Ask for the name of a new library."""
        dialog = NewLibraryDialog(taken, parent)
        return dialog.chosen_name() if _is_accepted(dialog) else None

    def exclusions(
        self, parent: QWidget, patterns: Sequence[str], defaults: Sequence[str]
    ) -> tuple[str, ...] | None:
        """Ask which names to leave out."""
        dialog = ExclusionsDialog(patterns, defaults, parent)
        return dialog.patterns() if _is_accepted(dialog) else None

    def model_files(self, parent: QWidget) -> list[Path]:
        """Ask for model files to import."""
        files, _ = QFileDialog.getOpenFileNames(
            parent, _tr("Import models"), "", _tr("FoodSearch models (*.fsmodel);;All files (*)")
        )
        return [Path(file) for file in files]

    def save_as(self, parent: QWidget, title: str, proposal: str, kinds: str) -> Path | None:
        """Ask where to write a file; the dialog asks itself before it replaces one."""
        file, _ = QFileDialog.getSaveFileName(parent, title, proposal, kinds)
        return Path(file) if file else None

    def new_name(self, parent: QWidget, name: str) -> str | None:
        """Ask for another name of a model."""
        text, is_accepted = QInputDialog.getText(
            parent, _tr("Rename model"), _tr("&New name"), text=name
        )
        return text.strip() if is_accepted and text.strip() not in ("", name) else None


def _is_accepted(dialog: QDialog) -> bool:
    is_accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return is_accepted


def _tr(text: str) -> str:
    return QCoreApplication.translate("Questions", text)
