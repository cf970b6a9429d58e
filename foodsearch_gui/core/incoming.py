"""What somebody dropped, pasted or opened: files, folders, a model, a picture's bytes.

Browsers offer one picture in several ways at once. The order is: local files, the bytes of a
file, decoded image data, ``data:`` addresses, and last a web address, which is never fetched.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QMimeData, QUrl
from PySide6.QtGui import QImage, QImageWriter

import engine

_PICTURE_TYPES = ("jpeg", "png", "webp", "gif", "bmp", "tiff", "avif", "heic", "heif")
# Chromium puts the file's own bytes under the first of these.
_BYTE_FORMATS = ("application/octet-stream", *(f"image/{kind}" for kind in _PICTURE_TYPES))
_IMAGE_TAG = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
_WEB_SCHEMES = ("http://", "https://")


@dataclass(frozen=True)
class Incoming:
    """The content, sorted by what to do with it; at most one of the last two is set.

    Attributes:
        photos: Files to search for; anything that is neither a folder nor a model.
        folders: Folders to add to the library.
        bundles: Model files to import.
        picture: A picture file's bytes.
        name: What to call ``picture``.
        web: Address of a picture that is not on this computer.
    """

    photos: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    bundles: tuple[Path, ...] = ()
    picture: bytes = b""
    name: str = ""
    web: str = ""

    @property
    def beside_photos(self) -> Incoming:
        """What is left when the photos among it are taken."""
        return replace(self, photos=(), picture=b"", name="")

    def __bool__(self) -> bool:
        return bool(self.photos or self.folders or self.bundles or self.picture or self.web)


def can_read(mime: QMimeData) -> bool:
    """Whether a drag may hold something of use; cheap, asked on every move of the mouse."""
    if mime.hasUrls() or mime.hasImage():
        return True
    if any(mime.hasFormat(kind) for kind in _BYTE_FORMATS):
        return True
    return any(True for _ in _addresses(mime))


def read_mime(mime: QMimeData) -> Incoming:
    """Return what a drop or the clipboard holds; falsy if it is of no use."""
    files = sort_paths(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile())
    if files:
        return files
    if (picture := _picture_bytes(mime)) or (picture := _image_data(mime)):
        return Incoming(picture=picture, name=_tr("Pasted picture"))
    addresses = list(_addresses(mime))
    for address in addresses:
        if picture := _data_address(address):
            return Incoming(picture=picture, name=_tr("Picture from the browser"))
    for address in addresses:
        if address.lower().startswith(_WEB_SCHEMES):
            return Incoming(web=address)
        if path := _local_path(address):
            return sort_paths([path])
    return Incoming()


def sort_paths(paths: Iterable[Path]) -> Incoming:
    """Return paths sorted into photos, folders and models; each one once, in their order."""
    photos: list[Path] = []
    folders: list[Path] = []
    bundles: list[Path] = []
    for path in dict.fromkeys(paths):
        if path.suffix.lower() == engine.BUNDLE_SUFFIX:
            bundles.append(path)
        elif path.is_dir():
            folders.append(path)
        else:
            photos.append(path)
    return Incoming(tuple(photos), tuple(folders), tuple(bundles))


def _picture_bytes(mime: QMimeData) -> bytes:
    for kind in _BYTE_FORMATS:
        if mime.hasFormat(kind) and (data := bytes(mime.data(kind).data())):
            return data
    return b""


def _image_data(mime: QMimeData) -> bytes:
    image = mime.imageData() if mime.hasImage() else None
    if not isinstance(image, QImage) or image.isNull():
        return b""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    writer.setQuality(100)  # PNG's fastest: the bytes live only until they are decoded again
    writer.write(image)
    return bytes(buffer.data().data())


def _addresses(mime: QMimeData) -> Iterator[str]:
    yield from (url.toString() for url in mime.urls() if not url.isLocalFile())
    if mime.hasHtml():
        yield from (html.unescape(source) for source in _IMAGE_TAG.findall(mime.html()))
    text = mime.text().strip()
    if text.lower().startswith(("data:image/", "file://", *_WEB_SCHEMES)) or _local_path(text):
        yield text


def _data_address(address: str) -> bytes:
    head, comma, body = address.partition(",")
    if not comma or not head.lower().startswith("data:image/"):
        return b""
    try:
        raw = unquote_to_bytes(body)
        return base64.b64decode(raw, validate=False) if head.endswith(";base64") else raw
    except binascii.Error:
        return b""


def _local_path(text: str) -> Path | None:
    """Return the file a pasted text names, as file managers copy it, if it exists."""
    if not text or "\n" in text or len(text) > 4096:
        return None
    path = Path(QUrl(text).toLocalFile() if text.startswith("file://") else text)
    try:
        return path if path.is_absolute() and path.exists() else None
    except (OSError, ValueError):  # a text that no file system takes for a name
        return None


def _tr(text: str) -> str:
    return QCoreApplication.translate("Incoming", text)
