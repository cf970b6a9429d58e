from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.theme import LIGHT
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.widgets.photo_strip import PhotoStrip, StripPhoto
from tests.gui.photos import draw_photo


@pytest.fixture
def thumbs(tmp_path: Path, qtbot: QtBot) -> Iterator[ThumbPool]:
    pool = ThumbPool(tmp_path / "thumbnails", 1_000_000, threads=1)
    yield pool
    assert pool.shutdown()


@pytest.fixture
def photos(tmp_path: Path) -> list[StripPhoto]:
    return [
        StripPhoto(draw_photo(tmp_path / f"{number}.jpg", number), f"dish {number}", number != 2)
        for number in range(6)
    ]


@pytest.fixture
def strip(thumbs: ThumbPool, photos: list[StripPhoto], qtbot: QtBot) -> PhotoStrip:
    widget = PhotoStrip(thumbs, "Found after for curry")
    qtbot.addWidget(widget)
    widget.resize(640, 90)
    widget.show_photos(photos)
    widget.show()
    return widget


def image_of(strip: PhotoStrip) -> QImage:
    return strip.grab().toImage()


def spoken(strip: PhotoStrip) -> str:
    interface = QAccessible.queryAccessibleInterface(strip)
    assert interface.text(QAccessible.Text.Name) == "Found after for curry"
    return str(interface.text(QAccessible.Text.Description))


def test_the_pictures_arrive_without_waiting(qtbot: QtBot, strip: PhotoStrip) -> None:
    centre = strip.cell(3).center()
    assert image_of(strip).pixelColor(strip.cell(3).topLeft() + QPoint(9, 9)) == QColor(LIGHT.rail)
    plate = QColor(200, 90, 60)  # as photo 3 is drawn

    def is_there() -> bool:
        colour = image_of(strip).pixelColor(centre)
        return all(
            abs(a - b) < 30 for a, b in zip(colour.getRgb()[:3], plate.getRgb()[:3], strict=True)
        )

    qtbot.waitUntil(is_there)


def test_right_and_wrong_differ_in_form(qtbot: QtBot, strip: PhotoStrip) -> None:
    image = image_of(strip)

    def frame_changes(number: int) -> int:
        cell = strip.cell(number)
        y = cell.bottom() - 1
        row = [image.pixelColor(x, y).name() for x in range(cell.left() + 9, cell.right() - 9)]
        return sum(a != b for a, b in itertools.pairwise(row))

    assert frame_changes(1) == 0, "a whole frame"
    assert frame_changes(2) > 8, "a dashed frame"


def test_every_photo_is_described_in_words(strip: PhotoStrip, thumbs: ThumbPool) -> None:
    assert strip.describe(0) == "dish 0: right"
    assert strip.describe(2) == "dish 2: wrong"
    assert spoken(strip) == "Photo 1 of 6, dish 0: right. 5 of 6 are right."
    strip.show_photos([StripPhoto(Path("/somewhere/soup.jpg"))])
    assert spoken(strip) == "Photo 1 of 1, soup.jpg."
    strip.show_photos([])
    assert spoken(strip) == "No photos."


def test_keys_walk_along_and_choose(
    qtbot: QtBot, strip: PhotoStrip, photos: list[StripPhoto]
) -> None:
    chosen: list[Path] = []
    strip.photo_activated.connect(chosen.append)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(strip, key)
    assert chosen == [photos[2].path]
    assert spoken(strip).startswith("Photo 3 of 6, dish 2: wrong.")
    for key in (Qt.Key.Key_End, Qt.Key.Key_Right, Qt.Key.Key_Space, Qt.Key.Key_Home):
        qtbot.keyClick(strip, key)
    assert chosen[1:] == [photos[5].path]
    assert spoken(strip).startswith("Photo 1 of 6")


def test_a_click_chooses(qtbot: QtBot, strip: PhotoStrip, photos: list[StripPhoto]) -> None:
    chosen: list[Path] = []
    strip.photo_activated.connect(chosen.append)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.cell(4).center())
    gap = QPoint(strip.cell(4).right() + 3, strip.cell(4).center().y())
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=gap)
    assert chosen == [photos[4].path]


def test_what_cannot_be_shown_says_why(
    qtbot: QtBot, strip: PhotoStrip, thumbs: ThumbPool, tmp_path: Path
) -> None:
    with qtbot.waitSignal(thumbs.failed):
        strip.show_photos([StripPhoto(tmp_path / "gone.jpg", "curry", False)])
    image_of(strip)
    centre = strip.cell(0).center()
    QApplication.sendEvent(
        strip, QHelpEvent(QHelpEvent.Type.ToolTip, centre, strip.mapToGlobal(centre))
    )
    qtbot.waitUntil(lambda: QToolTip.text().startswith("curry: wrong\n"))
    assert "gone.jpg" in QToolTip.text()
    QToolTip.hideText()


@pytest.mark.parametrize(("width", "rows"), [(900, 1), (480, 1), (300, 2), (150, 3), (70, 6)])
def test_photos_go_on_in_the_next_line(strip: PhotoStrip, width: int, rows: int) -> None:
    strip.resize(width, 50)
    cells = [strip.cell(number) for number in range(6)]
    assert len({cell.y() for cell in cells}) == rows
    assert all(strip.rect().contains(cell) for cell in cells)


def test_from_right_to_left_the_first_photo_is_at_the_right(
    qtbot: QtBot, strip: PhotoStrip
) -> None:
    strip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert strip.cell(0).x() > strip.cell(1).x()
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert spoken(strip).startswith("Photo 2 of 6")


def test_captions_are_written_below(
    thumbs: ThumbPool, photos: list[StripPhoto], qtbot: QtBot
) -> None:
    widget = PhotoStrip(thumbs, has_captions=True)
    qtbot.addWidget(widget)
    widget.resize(640, 90)
    widget.show_photos(photos)
    cell = widget.cell(0)
    image = widget.grab().toImage()
    below = [
        image.pixelColor(x, y).lightness()
        for x in range(cell.left(), cell.right())
        for y in range(cell.bottom() + 2, widget.height())
    ]
    assert np.ptp(below) > 60


def test_only_what_is_seen_is_decoded(
    thumbs: ThumbPool, photos: list[StripPhoto], qtbot: QtBot
) -> None:
    hidden = PhotoStrip(thumbs)
    qtbot.addWidget(hidden)
    hidden.show_photos(photos)
    QApplication.processEvents()
    assert thumbs.is_idle
