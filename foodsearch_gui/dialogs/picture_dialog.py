"""One picture large that belongs to no grid: of a training, of an evaluation."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine import EngineError
from foodsearch_gui.core import desktop, wording
from foodsearch_gui.core.thumb_pool import LooseFile, ThumbPool
from foodsearch_gui.widgets.picture_box import PictureBox


class PictureDialog(QDialog):
    """Shows a file; Esc closes.

    Signals:
        search_wanted (Path): The user wants to search with the picture; the dialog closes.

    Args:
        path: The file.
        thumbs: Makes the picture.
        has_search: Whether a search can be asked for.
    """

    search_wanted = Signal(object)

    def __init__(
        self,
        path: Path,
        thumbs: ThumbPool,
        parent: QWidget | None = None,
        *,
        has_search: bool = False,
    ) -> None:
        super().__init__(parent)
        self._file = LooseFile(path)
        self._thumbs = thumbs
        self.setObjectName("picture-dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(wording.path(path.name))
        self._picture = PictureBox(wording.path(path.name), QSize(800, 600))
        self._caption = QLabel(wording.place(path))
        self._caption.setTextFormat(Qt.TextFormat.PlainText)
        self._caption.setWordWrap(True)
        self._caption.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QHBoxLayout()
        buttons.addStretch()
        if has_search:
            buttons.addWidget(self._button(self.tr("&Find similar"), self._search))
        buttons.addWidget(self._button(self.tr("Show in f&older"), self._show_in_folder))
        buttons.addWidget(self._button(self.tr("&Close"), self.close))
        layout = QVBoxLayout(self)
        layout.addWidget(self._picture, 1)
        layout.addWidget(self._caption)
        layout.addLayout(buttons)
        thumbs.ready.connect(self._take_picture)
        thumbs.failed.connect(self._take_failure)
        room = self.screen().availableSize()
        self.resize(min(1000, room.width() * 9 // 10), min(780, room.height() * 9 // 10))
        self._refresh()

    @property
    def has_picture(self) -> bool:
        """Whether the picture has arrived."""
        return self._picture.has_picture

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for as many pixels as there is room for."""
        super().resizeEvent(event)
        self._refresh()

    def _button(self, text: str, handler: object) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(handler)
        return button

    def _pixels(self) -> int:
        """Return the longest side to ask for; few steps, so that the disk cache is of use."""
        needed = max(self._picture.width(), self._picture.height()) * self.devicePixelRatioF()
        return 1024 if needed <= 1100 else 2048

    def _refresh(self) -> None:
        error = self._thumbs.failure(self._file, self._pixels())
        if error is not None:
            words = str(error.message) if isinstance(error, EngineError) else str(error)
            self._picture.show_pixmap(None, words)
            return
        pixmap = self._thumbs.pixmap(self._file, self._pixels(), owner="picture")
        self._picture.show_pixmap(pixmap, self.tr("Reading the photo…"))

    @Slot(str, QImage)
    def _take_picture(self, key: str, _image: QImage) -> None:
        self._settle(key)

    @Slot(str, object)
    def _take_failure(self, key: str, _error: object) -> None:
        self._settle(key)

    def _settle(self, key: str) -> None:
        if key == self._thumbs.key(self._file, self._pixels()):
            self._refresh()

    @Slot()
    def _search(self) -> None:
        self.search_wanted.emit(self._file.path)
        self.close()

    @Slot()
    def _show_in_folder(self) -> None:
        desktop.show_in_folder(self._file.path)
