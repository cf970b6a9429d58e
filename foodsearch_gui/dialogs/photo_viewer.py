"""One photo large, with its neighbours one key away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine import EngineError
from foodsearch_gui.core import desktop
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.models.photo_grid import PhotoGridModel, PhotoRole
from foodsearch_gui.widgets.picture_box import PictureBox

_OWNER = "preview"


class PhotoViewer(QDialog):
    """Shows the photos of a grid one at a time.

    Signals:
        row_changed (int): Another photo is shown.
        similar_wanted (object): Id of the photo to search with; the viewer closes.

    Args:
        photos: The grid's photos.
        thumbs: Makes the pictures.
        row: The first one to show.
    """

    row_changed = Signal(int)
    similar_wanted = Signal(object)

    def __init__(
        self,
        photos: PhotoGridModel,
        thumbs: ThumbPool,
        row: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._photos = photos
        self._thumbs = thumbs
        self._row = row
        self._generation = 0
        self.setObjectName("photo-viewer")
        self._picture = PictureBox(self.tr("Photo"), QSize(800, 600))
        self._caption = QLabel()
        self._caption.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._before = self._button(self.tr("&Previous"), self._show_previous)
        self._after = self._button(self.tr("&Next"), self._show_next)
        self._similar = self._button(self.tr("&Find similar"), self._find_similar)
        self._folder = self._button(self.tr("Show in f&older"), self._show_in_folder)
        self._close = self._button(self.tr("&Close"), self.close)
        self._lay_out()
        thumbs.ready.connect(self._take_picture)
        thumbs.failed.connect(self._take_failure)
        photos.modelReset.connect(self.close)
        self.resize(self._comfortable_size())
        self._show_row(row)

    @property
    def row(self) -> int:
        """The row of the photo that is shown."""
        return self._row

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and Page keys turn over, Space and Esc close."""
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp):
            self._show_previous()
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown):
            self._show_next()
        elif key == Qt.Key.Key_Space:
            self.close()
        else:
            super().keyPressEvent(event)

    def _button(self, text: str, handler: object) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        # Space and the arrows belong to the picture, not to a button that happens to be focused.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(handler)
        return button

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self._before, self._after):
            buttons.addWidget(button)
        buttons.addStretch()
        for button in (self._similar, self._folder, self._close):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self._picture, 1)
        layout.addWidget(self._caption)
        layout.addLayout(buttons)
        self._picture.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._picture.setFocus()

    def _comfortable_size(self) -> QSize:
        room = self.screen().availableSize()
        return QSize(min(1000, room.width() * 9 // 10), min(780, room.height() * 9 // 10))

    def _pixels(self) -> int:
        """Return the longest side to ask for; few steps, so that the disk cache is of use."""
        needed = max(self._picture.width(), self._picture.height()) * self.devicePixelRatioF()
        return 1024 if needed <= 1100 else 2048

    def _show_row(self, row: int) -> None:
        self._row = row
        index = self._photos.index(row)
        self.setWindowTitle(str(index.data()))
        self._caption.setText(str(index.data(Qt.ItemDataRole.AccessibleTextRole)))
        self._picture.setAccessibleName(self._caption.text())
        self._before.setEnabled(row > 0)
        self._after.setEnabled(row + 1 < self._photos.rowCount())
        photo = self._photos.photo(row)
        for button in (self._similar, self._folder):
            button.setEnabled(photo is not None)
        self._generation += 1
        self._refresh()
        self.row_changed.emit(row)

    def _refresh(self) -> None:
        photo = self._photos.photo(self._row)
        if photo is None:
            self._picture.show_pixmap(None, self.tr("This photo has left the library."))
            return
        error = self._thumbs.failure(photo, self._pixels())
        if error is not None:
            words = str(error.message) if isinstance(error, EngineError) else str(error)
            self._picture.show_pixmap(None, words)
            return
        large = self._thumbs.pixmap(
            photo, self._pixels(), owner=_OWNER, generation=self._generation
        )
        small = self._photos.index(self._row).data(PhotoRole.THUMB)
        self._picture.show_pixmap(large or small, self.tr("Reading the photo…"))

    @Slot(str, QImage)
    def _take_picture(self, key: str, _image: QImage) -> None:
        self._settle(key)

    @Slot(str, object)
    def _take_failure(self, key: str, _error: object) -> None:
        self._settle(key)

    def _settle(self, key: str) -> None:
        photo = self._photos.photo(self._row)
        if photo is not None and key == self._thumbs.key(photo, self._pixels()):
            self._refresh()

    @Slot()
    def _show_previous(self) -> None:
        if self._row > 0:
            self._show_row(self._row - 1)

    @Slot()
    def _show_next(self) -> None:
        if self._row + 1 < self._photos.rowCount():
            self._show_row(self._row + 1)

    @Slot()
    def _find_similar(self) -> None:
        self.similar_wanted.emit(int(self._photos.ids[self._row]))
        self.close()

    @Slot()
    def _show_in_folder(self) -> None:
        photo = self._photos.photo(self._row)
        if photo is not None:
            desktop.show_in_folder(photo.path)
