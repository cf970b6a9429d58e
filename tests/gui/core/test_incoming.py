from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from engine import load_photo
from foodsearch_gui.core.incoming import Incoming, can_read, read_mime
from tests.gui.photos import draw_photo


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return draw_photo(tmp_path / "my soup.jpg", 1)


@pytest.fixture
def encoded(photo: Path) -> bytes:
    return photo.read_bytes()


def with_urls(*urls: QUrl) -> QMimeData:
    mime = QMimeData()
    mime.setUrls(list(urls))
    return mime


def test_files_folders_and_models_are_told_apart(photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "meals"
    folder.mkdir()
    model = tmp_path / "Dishes.FSMODEL"
    model.write_bytes(b"")
    files = [photo, folder, model, photo]
    mime = with_urls(*(QUrl.fromLocalFile(str(path)) for path in files))
    assert read_mime(mime) == Incoming((photo,), (folder,), (model,))


def test_a_file_that_is_no_photo_is_still_asked_about(tmp_path: Path) -> None:
    menu = tmp_path / "menu.pdf"
    assert read_mime(with_urls(QUrl.fromLocalFile(str(menu)))).photos == (menu,)


def test_image_data_becomes_bytes_the_decoder_reads() -> None:
    image = QImage(40, 30, QImage.Format.Format_ARGB32)
    image.fill(QColor(200, 10, 20))
    mime = QMimeData()
    mime.setImageData(image)
    found = read_mime(mime)
    decoded = load_photo(found.picture).image
    assert decoded.size == (40, 30)
    assert decoded.getpixel((5, 5)) == (200, 10, 20)
    assert found.name == "Pasted picture"


@pytest.mark.parametrize("kind", ["application/octet-stream", "image/jpeg", "image/webp"])
def test_the_bytes_of_a_file_are_kept_as_they_are(kind: str, encoded: bytes) -> None:
    mime = with_urls(QUrl("https://example.org/soup.jpg"))
    mime.setData(kind, QByteArray(encoded))
    assert read_mime(mime).picture == encoded


@pytest.mark.parametrize("place", ["url", "html", "text"])
def test_data_addresses(place: str, encoded: bytes) -> None:
    address = "data:image/jpeg;base64," + base64.b64encode(encoded).decode()
    mime = QMimeData()
    if place == "url":
        mime.setUrls([QUrl(address)])
    elif place == "html":
        mime.setHtml(f"<p><img alt='x' src=\"{address}\"></p>")
    else:
        mime.setText(address)
    assert read_mime(mime).picture == encoded


def test_a_data_address_may_be_percent_encoded() -> None:
    mime = QMimeData()
    mime.setText("data:image/gif,GIF89a%01%00")
    assert read_mime(mime).picture == b"GIF89a\x01\x00"


def test_web_addresses_come_last_and_are_only_named(encoded: bytes) -> None:
    mime = with_urls(QUrl("https://example.org/page"))
    mime.setHtml('<img src="https://pictures.example.org/a.jpg?x=1&amp;y=2">')
    assert read_mime(mime) == Incoming(web="https://example.org/page")
    mime.setHtml(f'<img src="data:image/jpeg;base64,{base64.b64encode(encoded).decode()}">')
    assert read_mime(mime).picture == encoded


def test_a_pasted_path_is_a_file(photo: Path, tmp_path: Path) -> None:
    for text in (str(photo), QUrl.fromLocalFile(str(photo)).toString()):
        mime = QMimeData()
        mime.setText(text)
        assert read_mime(mime).photos == (photo,)
    for text in ("soup", "/no/such/file.jpg", "two\nlines", "\0", ""):
        mime = QMimeData()
        mime.setText(text)
        assert not read_mime(mime)
        assert not can_read(mime)


@pytest.mark.parametrize(
    "text", ["data:image/jpeg;base64,@@@", "data:image/jpeg", "data:text/plain,x"]
)
def test_useless_data_addresses_hold_nothing(text: str) -> None:
    mime = QMimeData()
    mime.setText(text)
    assert not read_mime(mime)


def test_what_may_be_dropped_is_known_without_decoding(encoded: bytes) -> None:
    mime = QMimeData()
    assert not can_read(mime)
    mime.setData("image/png", QByteArray(b"whatever"))
    assert can_read(mime)
    html = QMimeData()
    html.setHtml("<b>bold</b>")
    assert not can_read(html)
