from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.dialogs.picture_dialog import PictureDialog
from foodsearch_gui.widgets.picture_box import PictureBox
from tests.gui.photos import draw_photo


@pytest.fixture
def thumbs(tmp_path: Path, qtbot: QtBot) -> Iterator[ThumbPool]:
    pool = ThumbPool(tmp_path / "thumbnails", 1_000_000, threads=1)
    yield pool
    assert pool.shutdown()


def opened(path: Path, thumbs: ThumbPool, qtbot: QtBot) -> PictureDialog:
    dialog = PictureDialog(path, thumbs)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # the fixture deletes it
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_the_picture_arrives_and_is_named(qtbot: QtBot, thumbs: ThumbPool, tmp_path: Path) -> None:
    dialog = opened(draw_photo(tmp_path / "meal.jpg", 1), thumbs, qtbot)
    qtbot.waitUntil(lambda: dialog.has_picture)
    assert dialog.windowTitle() == "meal.jpg"
    captions = [button.text() for button in dialog.findChildren(QPushButton)]
    assert captions == ["Show in f&older", "&Close"]


def test_it_says_why_there_is_no_picture(qtbot: QtBot, thumbs: ThumbPool, tmp_path: Path) -> None:
    dialog = opened(tmp_path / "gone.jpg", thumbs, qtbot)
    box = dialog.findChild(PictureBox)
    qtbot.waitUntil(lambda: "gone.jpg" in box.accessibleDescription())


def test_it_can_be_searched_with(qtbot: QtBot, thumbs: ThumbPool, tmp_path: Path) -> None:
    path = draw_photo(tmp_path / "meal.jpg", 1)
    dialog = PictureDialog(path, thumbs, has_search=True)
    dialog.show()
    with qtbot.waitSignal(dialog.search_wanted) as signal:
        dialog.findChildren(QPushButton)[0].click()
    assert signal.args == [path]
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog))
