"""Every question the pages ask; a test hands in answers instead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QInputDialog, QWidget

from engine import Message
from foodsearch_gui.dialogs.decision import decide
from foodsearch_gui.dialogs.exclusions import ExclusionsDialog
from foodsearch_gui.dialogs.new_library import NewLibraryDialog

PATTERNS = "*.jpg *.jpeg *.png *.webp *.tif *.tiff *.bmp *.gif *.avif *.heic *.heif *.mpo"

_WIDTH = 24  # of a dialog that asks for a name, in heights of a line of text


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

    def photos(self, parent: QWidget) -> list[Path]:
        """Ask for photos to search with."""
        kinds = f"{_tr('Photos')} ({PATTERNS} {PATTERNS.upper()});;{_tr('All files')} (*)"
        files, _ = QFileDialog.getOpenFileNames(parent, _tr("Choose photos"), _pictures(), kinds)
        return [Path(file) for file in files]

    def folder(self, parent: QWidget, present: str) -> Path | None:
        """Ask for a folder of photos."""
        chosen = QFileDialog.getExistingDirectory(
            parent, _tr("Choose the folder of photos"), present or _pictures()
        )
        return Path(chosen) if chosen else None

    def table(self, parent: QWidget, present: str) -> Path | None:
        """Ask for a file of labels."""
        file, _ = QFileDialog.getOpenFileName(
            parent,
            _tr("Choose the file of labels"),
            present or _pictures(),
            _tr("Tables (*.csv);;All files (*)"),
        )
        return Path(file) if file else None

    def show(self, dialog: QDialog) -> None:
        """Show something until it is closed."""
        _is_accepted(dialog)

    def save_as(self, parent: QWidget, title: str, proposal: str, kinds: str) -> Path | None:
        """Ask where to write a file; the dialog asks itself before it replaces one."""
        file, _ = QFileDialog.getSaveFileName(parent, title, proposal, kinds)
        return Path(file) if file else None

    def new_name(self, parent: QWidget, name: str) -> str | None:
        """Ask for another name of a model."""
        text = _line(parent, _tr("Rename model"), _tr("&New name"), name)
        return text if text not in ("", name) else None

    def bit_name(self, parent: QWidget, bit: int, name: str) -> str | None:
        """Ask for another name of a bit; empty takes its name away."""
        title = _tr("Name bit %1").replace("%1", str(bit))
        label = _tr("&What it stands for (empty: no name)")
        dialog = _input(parent, title, label)
        dialog.setTextValue(name)
        text = dialog.textValue().strip() if _is_accepted(dialog) else name
        return text if text != name else None

    def copy_name(self, parent: QWidget, proposal: str) -> str | None:
        """Ask for the name of a copy of a model."""
        return _line(parent, _tr("Duplicate model"), _tr("&Name of the copy"), proposal) or None

    def one_of(self, parent: QWidget, title: str, label: str, names: Sequence[str]) -> int | None:
        """Ask for one of several things; equal names are told apart by their place."""
        dialog = _input(parent, title, label)
        dialog.setComboBoxItems(list(names))
        box = dialog.findChild(QComboBox)
        is_accepted = _is_accepted(dialog)
        return box.currentIndex() if is_accepted and box is not None else None


def _input(parent: QWidget, title: str, label: str) -> QInputDialog:
    """Return a dialog as wide as names are long."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(label)
    dialog.resize(_WIDTH * dialog.fontMetrics().height(), dialog.sizeHint().height())
    return dialog


def _line(parent: QWidget, title: str, label: str, proposal: str) -> str:
    """Ask for a line of text; empty if there is no answer."""
    dialog = _input(parent, title, label)
    dialog.setTextValue(proposal)
    return dialog.textValue().strip() if _is_accepted(dialog) else ""


def _pictures() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)


def _is_accepted(dialog: QDialog) -> bool:
    is_accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return is_accepted


def _tr(text: str) -> str:
    return QCoreApplication.translate("Questions", text)
