from __future__ import annotations

import io
from pathlib import Path

import pytest
import shiboken6
from PIL import Image
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from engine import PhotoLimits
from foodsearch_gui.core.picture_reader import PictureReader
from tests.gui.photos import draw_photo


@pytest.fixture
def reader(qtbot: QtBot) -> PictureReader:
    return PictureReader()


def test_a_picture_lying_on_its_side_is_shown_upright(qtbot: QtBot, reader: PictureReader) -> None:
    lying = Image.new("RGB", (1600, 800), "blue")
    lying.paste("red", (0, 0, 800, 800))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: left in the file is up in the world
    content = io.BytesIO()
    lying.save(content, "JPEG", exif=exif)
    with qtbot.waitSignal(reader.finished):
        reader.read(content.getvalue(), "lying.jpg", limits=PhotoLimits())
    picture = reader.picture
    assert (picture.width, picture.height) == (800, 1600)
    assert picture.image.height() == 2 * picture.image.width() <= 1024
    top = picture.image.pixelColor(picture.image.width() // 2, 10)
    assert top.red() > 200 > 60 > top.blue(), QColor(top).name()


def test_only_the_newest_picture_arrives(
    qtbot: QtBot, reader: PictureReader, tmp_path: Path
) -> None:
    sizes = [(64, 48), (80, 60), (100, 75)]
    paths = [draw_photo(tmp_path / f"{w}.png", 1, (w, h)) for w, h in sizes]
    arrived: list[int] = []
    reader.finished.connect(lambda: arrived.append(reader.picture.width))
    for path in paths:
        reader.read(path, path.name, limits=PhotoLimits())
    assert reader.is_reading
    qtbot.waitUntil(lambda: not reader.is_reading)
    qtbot.wait(50)
    assert arrived == [100]
    assert reader.picture.bytes == paths[-1].stat().st_size


def test_the_reason_is_kept_when_there_is_no_picture(
    qtbot: QtBot, reader: PictureReader, tmp_path: Path
) -> None:
    with qtbot.waitSignal(reader.finished):
        reader.read(tmp_path / "gone.jpg", "gone.jpg", limits=PhotoLimits())
    assert reader.picture is None
    assert reader.error.code == "FS-107"


def test_a_reader_may_go_while_it_reads(qtbot: QtBot, tmp_path: Path) -> None:
    path = draw_photo(tmp_path / "large.png", 1, (3000, 2000))
    window = QObject()
    PictureReader(window).read(path, path.name, limits=PhotoLimits())
    with qtbot.captureExceptions() as exceptions:
        shiboken6.delete(window)
        qtbot.wait(50)
    assert exceptions == []
