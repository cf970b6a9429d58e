"""Some photos and where they are, for messages that are about photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QSize, Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListView, QVBoxLayout, QWidget

from engine import Message
from foodsearch_gui.core import desktop
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.models.picture_files import SIZE, PathRole, PictureFilesModel


class PhotoListDialog(QDialog):
    """A grid of photos below what is said about them; Enter opens the folder of one.

    Args:
        message: What they have in common.
        paths: The photos.
        thumbs: Makes the thumbnails.
    """

    def __init__(
        self,
        message: Message,
        paths: Sequence[Path],
        thumbs: ThumbPool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("photo_list")
        self.setWindowTitle(message.title)
        text = QLabel(" ".join(filter(None, (message.title, message.cause, message.advice))))
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        self.model = PictureFilesModel(thumbs, paths, self.devicePixelRatioF(), self)
        self.view = QListView()
        self.view.setObjectName("photo_list_view")
        self.view.setAccessibleName(self.tr("Photos"))
        self.view.setToolTip(self.tr("Double click or Enter opens the folder of a photo"))
        self.view.setModel(self.model)
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setMovement(QListView.Movement.Static)
        self.view.setUniformItemSizes(True)
        self.view.setLayoutMode(QListView.LayoutMode.Batched)
        self.view.setIconSize(QSize(SIZE, SIZE))
        line = self.fontMetrics().height()
        self.view.setGridSize(QSize(SIZE + 16, SIZE + round(1.8 * line)))
        self.view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.view.activated.connect(self._show_in_folder)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 14)
        layout.setSpacing(12)
        layout.addWidget(text)
        layout.addWidget(self.view, 1)
        layout.addWidget(buttons)
        self.resize(680, 480)

    @Slot(QModelIndex)
    def _show_in_folder(self, index: QModelIndex) -> None:
        desktop.show_in_folder(index.data(PathRole))
