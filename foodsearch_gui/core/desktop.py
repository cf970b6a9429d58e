"""What the desktop does for us: open a folder, fill the clipboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage


def show_in_folder(path: Path) -> None:
    """Open the folder a file lies in with the desktop's file manager."""
    open_folder(path.parent)


def open_folder(folder: Path) -> None:
    """Open a folder with the desktop's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def copy_paths(paths: Sequence[Path]) -> None:
    """Put files on the clipboard: as text for editors and as files for file managers."""
    mime = QMimeData()
    mime.setText("\n".join(str(path) for path in paths))
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    QGuiApplication.clipboard().setMimeData(mime)


def copy_image(image: QImage) -> None:
    """Put a picture on the clipboard."""
    QGuiApplication.clipboard().setImage(image)
