"""Files of photos with their thumbnails, made when they are first seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QImage, QPixmap

from foodsearch_gui.core import wording
from foodsearch_gui.core.icons import icon
from foodsearch_gui.core.thumb_pool import LooseFile, ThumbPool

Index = QModelIndex | QPersistentModelIndex
PathRole = Qt.ItemDataRole.UserRole + 1
SIZE = 128  # of a thumbnail, in logical pixels


class PictureFilesModel(QAbstractListModel):
    """Rows are files.

    Args:
        thumbs: Makes the thumbnails.
        paths: The files.
        ratio: Device pixels per logical pixel.
    """

    def __init__(
        self,
        thumbs: ThumbPool,
        paths: Sequence[Path],
        ratio: float = 1.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._thumbs = thumbs
        self._files = tuple(LooseFile(path) for path in paths)
        self._pixels = round(SIZE * ratio)
        self._rows = {thumbs.key(file, self._pixels): row for row, file in enumerate(self._files)}
        self._ratio = ratio
        thumbs.ready.connect(self._take)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        """Return the number of files."""
        return 0 if parent.isValid() else len(self._files)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one fact about a file."""
        if not index.isValid():
            return None
        path = self._files[index.row()].path
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return wording.path(path.name)
            case Qt.ItemDataRole.ToolTipRole:
                return wording.path(path)
            case Qt.ItemDataRole.DecorationRole:
                return self._pixmap(index.row())
            case _:
                return path if role == PathRole else None

    def _pixmap(self, row: int) -> QPixmap:
        file = self._files[row]
        failed = self._thumbs.failure(file, self._pixels) is not None
        found = None if failed else self._thumbs.pixmap(file, self._pixels, owner="files")
        if failed:
            found = icon("photo").pixmap(QSize(self._pixels // 2, self._pixels // 2))
        elif found is None:
            found = QPixmap(QSize(self._pixels, self._pixels))
            found.fill(Qt.GlobalColor.transparent)
        else:
            found = QPixmap(found)
        found.setDevicePixelRatio(self._ratio)
        return found

    @Slot(str, QImage)
    def _take(self, key: str, _image: QImage) -> None:
        if (row := self._rows.get(key)) is not None:
            self.dataChanged.emit(self.index(row), self.index(row))
