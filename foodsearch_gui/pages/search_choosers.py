"""Fills the boxes for model and folder and keeps them in step with the session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox

from engine import EngineError
from foodsearch_gui.core import wording

if TYPE_CHECKING:
    from engine import Catalogue, Root
    from foodsearch_gui.core.session import Session

_MOST_FOLDERS = 500  # beyond that a box is no way to choose; the Library page is
Folders = tuple[int, "list[Root]", "list[tuple[Path, int]]"]


class ModelChooser(QObject):
    """The installed models; choosing one uses it at once.

    Args:
        session: Whose model it is.
        box: Shows the names.
    """

    def __init__(self, session: Session, box: QComboBox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._box = box
        box.activated.connect(self._choose)
        session.model_changed.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """List the models anew; the store is read only once there is something to search."""
        chosen = self._session.model
        self._box.clear()
        if chosen is None:
            return
        for model in self._session.store.list():
            bits = self.tr("%1 bits").replace("%1", str(model.num_bits))
            self._box.addItem(f"{model.name} · {bits}", model.id)
            if model.key == chosen.key:
                self._box.setCurrentIndex(self._box.count() - 1)

    @Slot(int)
    def _choose(self, place: int) -> None:
        try:
            self._session.choose_model(self._box.itemData(place))
        except EngineError as error:  # deleted in the meantime
            self._session.notify(error.message, {})
            self.refresh()


class FolderChooser(QObject):
    """The folders of the library, the roots first.

    Signals:
        chosen (object): Path of the folder to search in, or None for all.

    Args:
        session: Whose library it is.
        box: Shows the folders.
    """

    chosen = Signal(object)

    def __init__(self, session: Session, box: QComboBox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._box = box
        self._is_stale = False
        box.activated.connect(self._choose)
        session.catalogue_changed.connect(self._read)
        session.photos_changed.connect(self._read)
        self._read()

    @property
    def folder(self) -> Path | None:
        """The folder that is chosen, or None for all."""
        folder: Path | None = self._box.currentData()
        return folder

    @Slot()
    def _read(self) -> None:
        catalogue = self._session.catalogue
        if catalogue is None:
            self._fill((0, [], []))
            return
        # A scan reports new photos faster than the folders of a large library can be listed.
        if self._session.running("folders"):
            self._is_stale = True
            return
        self._is_stale = False
        handle = self._session.run(
            "folders",
            self._session.library_worker,
            self.tr("Reading the folders"),
            lambda _context: _read_folders(catalogue),
            self._fill,
            interactive=True,
        )
        handle.finished.connect(self._read_again)

    @Slot()
    def _read_again(self) -> None:
        if self._is_stale:
            self._read()

    def _fill(self, folders: Folders) -> None:
        total, roots, inner = folders
        before = self.folder
        self._box.clear()
        everything = self.tr("All folders (%1)").replace("%1", wording.photos(total))
        self._box.addItem(everything, None)
        for root in roots:
            self._add(root.path, root.path.name or str(root.path), root.photos)
            below = [(p, n) for p, n in inner if p != root.path and p.is_relative_to(root.path)]
            for path, number in below[: max(0, _MOST_FOLDERS - self._box.count())]:
                self._add(path, "    " + str(path.relative_to(root.path)), number)
        place = self._place_of(before)
        self._box.setCurrentIndex(max(0, place))
        if place < 0:
            self.chosen.emit(None)

    def _add(self, path: Path, name: str, number: int) -> None:
        self._box.addItem(f"{name} ({wording.count(number)})", path)
        self._box.setItemData(self._box.count() - 1, str(path), Qt.ItemDataRole.ToolTipRole)

    def _place_of(self, folder: Path | None) -> int:
        # findData compares by Qt's rules, to which two equal paths are different objects.
        found: list[Any] = [self._box.itemData(place) for place in range(self._box.count())]
        return found.index(folder) if folder in found else -1

    @Slot(int)
    def _choose(self, place: int) -> None:
        self.chosen.emit(self._box.itemData(place))


def _read_folders(catalogue: Catalogue) -> Folders:
    return catalogue.count(), catalogue.roots(), catalogue.folders()
