from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QMimeData, Qt, QUrl
from PySide6.QtGui import QAccessible, QAction, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.incoming import Incoming
from foodsearch_gui.widgets.drop_zone import DropZone
from tests.gui import drags
from tests.gui.photos import draw_photo


@pytest.fixture
def zone(qtbot: QtBot) -> DropZone:
    window = DropZone([QAction("&Open photo…"), QAction("&Paste photo")])
    qtbot.addWidget(window)
    window.resize(700, 500)
    window.show()
    return window


def contents(tmp_path: Path) -> dict[str, QMimeData]:
    photo = draw_photo(tmp_path / "soup.jpg", 1)
    encoded = photo.read_bytes()
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    mimes = {name: QMimeData() for name in ("file", "folder", "image", "bytes", "data", "web")}
    mimes["file"].setUrls([QUrl.fromLocalFile(str(photo))])
    mimes["folder"].setUrls([QUrl.fromLocalFile(str(tmp_path))])
    mimes["image"].setImageData(image)
    mimes["bytes"].setData("application/octet-stream", QByteArray(encoded))
    mimes["data"].setText("data:image/jpeg;base64," + base64.b64encode(encoded).decode())
    mimes["web"].setUrls([QUrl("https://example.org/soup.jpg")])
    return mimes


@pytest.mark.parametrize("kind", ["file", "folder", "image", "bytes", "data", "web"])
def test_everything_useful_can_be_dropped(zone: DropZone, tmp_path: Path, kind: str) -> None:
    seen: list[Incoming] = []
    zone.dropped.connect(seen.append)
    mime = contents(tmp_path)[kind]
    assert drags.drop(zone, mime)
    assert len(seen) == 1
    filled = {
        "file": seen[0].photos,
        "folder": seen[0].folders,
        "image": seen[0].picture,
        "bytes": seen[0].picture,
        "data": seen[0].picture,
        "web": seen[0].web,
    }
    assert filled[kind]


def test_text_is_refused(zone: DropZone) -> None:
    mime = QMimeData()
    mime.setText("a recipe")
    assert not drags.drop(zone, mime)


def test_the_frame_tells_that_one_may_let_go(zone: DropZone, tmp_path: Path) -> None:
    mime = contents(tmp_path)["file"]
    at_rest = zone.grab().toImage()
    drags.enter(zone, mime)
    assert zone.grab().toImage() != at_rest
    drags.leave(zone)
    assert zone.grab().toImage() == at_rest
    drags.drop(zone, mime)
    assert zone.grab().toImage() == at_rest


def test_the_other_ways_in_are_buttons(qtbot: QtBot) -> None:
    actions = [QAction("&Open photo…"), QAction("&Paste photo")]
    zone = DropZone(actions)
    qtbot.addWidget(zone)
    zone.resize(700, 500)
    zone.show()
    for button, action in zip(zone.buttons, actions, strict=True):
        with qtbot.waitSignal(action.triggered):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert [button.accessibleName() for button in zone.buttons] == ["Open photo…", "Paste photo"]


def test_earlier_queries_can_be_chosen_by_mouse_and_key(qtbot: QtBot, zone: DropZone) -> None:
    pixmap = QPixmap(256, 192)
    pixmap.fill(Qt.GlobalColor.darkGreen)
    zone.set_recent([("soup.jpg", pixmap), ("a lost photo.jpg", None)])
    QApplication.processEvents()
    seen: list[int] = []
    zone.recent_chosen.connect(seen.append)
    first, second = zone.recent_buttons()
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    qtbot.keyClick(second, Qt.Key.Key_Space)
    assert seen == [0, 1]
    name = QAccessible.queryAccessibleInterface(first).text(QAccessible.Text.Name)
    assert name == "Search with “soup.jpg” again"
    zone.set_recent([])
    assert not zone.recent_buttons()


def test_nothing_is_cut_off(zone: DropZone) -> None:
    zone.set_recent([(f"photo {number}.jpg", None) for number in range(8)])
    for width in (560, 1200):
        zone.resize(width, 420)
        QApplication.processEvents()
        for label in zone.findChildren(QLabel):
            if label.isVisible() and label.text():
                assert label.height() >= label.heightForWidth(label.width()) > 0, label.text()
