from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QImage
from pytestqt.qtbot import QtBot

from engine import BitMap
from foodsearch_gui.widgets.heatmap_view import PALETTES, HeatmapView, describe_place

SIZE = (400, 200)  # of the photo, of which the model sees the square in the middle
CROP = (100.0, 0.0, 300.0, 200.0)


def bit_map(values: list[list[float]], kind: str = "exact") -> BitMap:
    bit = None if kind == "attention" else 3
    array = np.array(values, np.float32)
    return BitMap(array, bit, float(array.sum()), kind, CROP, SIZE, "What it means.")  # type: ignore[arg-type]


ON_AT_THE_LEFT = [[0.5, 0.0], [0.5, -1.0]]


@pytest.fixture
def view(qtbot: QtBot) -> HeatmapView:
    widget = HeatmapView("Photo")
    qtbot.addWidget(widget)
    widget.resize(*SIZE)
    picture = QImage(*SIZE, QImage.Format.Format_RGB888)
    picture.fill(QColor(200, 120, 40))
    widget.show_picture(picture)
    widget.show()
    return widget


def colour(view: HeatmapView, x: int, y: int) -> QColor:
    return view.grab().toImage().pixelColor(QPoint(x, y))


def spoken(view: HeatmapView) -> str:
    interface = QAccessible.queryAccessibleInterface(view)
    return str(interface.text(QAccessible.Text.Description))


def test_towards_on_is_red_and_towards_off_is_blue_in_the_part_the_model_saw(
    view: HeatmapView,
) -> None:
    before = colour(view, 30, 100)
    view.show_map(bit_map(ON_AT_THE_LEFT))
    on, off, outside = colour(view, 110, 100), colour(view, 290, 190), colour(view, 30, 100)
    assert on.red() > on.blue() + 30
    assert off.blue() > off.red() + 30
    assert outside.lightness() < before.lightness()
    assert outside.red() == outside.green() == outside.blue()


def test_no_strength_leaves_the_photo_as_it_is(view: HeatmapView) -> None:
    before = colour(view, 110, 100)
    view.show_map(bit_map(ON_AT_THE_LEFT))
    view.set_opacity(0)
    assert colour(view, 110, 100) == before


def test_contours_leave_the_photo_its_colours(view: HeatmapView) -> None:
    before = colour(view, 110, 20)
    view.show_map(bit_map([[0, 0], [0, 4]]))
    view.set_contours(True)
    image = view.grab().toImage()
    crossed = {image.pixelColor(x, 190).name() for x in range(110, 290)}
    assert image.pixelColor(110, 20) == before
    assert QColor(Qt.GlobalColor.white).name() in crossed


@pytest.mark.parametrize("kind", ["exact", "attention"])
def test_every_palette_shows_other_colours(view: HeatmapView, kind: str) -> None:
    view.show_map(bit_map([[0, 1], [2, 3]], kind))
    seen = set()
    for name in PALETTES:
        view.set_palette(name)
        seen.add(colour(view, 290, 190).name())
    assert len(seen) == (3 if kind == "exact" else 2)  # viridis is the usual one of attention


def test_a_shared_scale_keeps_a_weak_map_weak(view: HeatmapView) -> None:
    weak = bit_map([[0.1, 0.1], [0.1, 0.1]])
    view.show_map(weak)
    alone = colour(view, 150, 100)
    view.show_map(weak, (-1.0, 1.0))
    shared = colour(view, 150, 100)
    assert alone.saturation() > shared.saturation() + 40


def test_the_pointer_reads_the_place_below_it(qtbot: QtBot, view: HeatmapView) -> None:
    said: list[str] = []
    view.show_map(bit_map(ON_AT_THE_LEFT))
    view.hovered.connect(said.append)
    qtbot.mouseMove(view, QPoint(250, 150))
    qtbot.mouseMove(view, QPoint(150, 20))
    qtbot.mouseMove(view, QPoint(20, 20))
    assert said == [
        "Row 2, column 2 of 2 × 2: −1.00, towards off.",
        "Row 1, column 1 of 2 × 2: +0.50, towards on.",
        "",
    ]


def test_arrow_keys_read_all_places_and_escape_leaves(qtbot: QtBot, view: HeatmapView) -> None:
    view.show_map(bit_map(ON_AT_THE_LEFT))
    assert spoken(view) == "What it means."
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert spoken(view).startswith("Row 2, column 2")
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Up):
        qtbot.keyClick(view, key)
    assert spoken(view) == "Row 1, column 1 of 2 × 2: +0.50, towards on."
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.describe_place() == ""


def test_the_place_stays_where_the_grid_is_the_same(qtbot: QtBot, view: HeatmapView) -> None:
    view.show_map(bit_map(ON_AT_THE_LEFT))
    qtbot.keyClick(view, Qt.Key.Key_Down)
    view.show_map(bit_map([[0, 0], [0, 2]]))
    assert view.describe_place() == "Row 2, column 2 of 2 × 2: +2.00, towards on."
    view.show_map(bit_map([[0, 0, 0], [0, 2, 0]]))
    assert view.describe_place() == ""


def test_only_exact_maps_name_amounts() -> None:
    assert describe_place(bit_map([[1, -4]], "gradient"), 0, 0) == (
        "Row 1, column 1 of 1 × 2: 25 % of the strongest place, towards on."
    )
    assert describe_place(bit_map([[1, 3]], "attention"), 0, 1) == (
        "Row 1, column 2 of 1 × 2: 1.5 times the average of all places."
    )
    empty = dataclasses.replace(bit_map([[1]], "attention"), values=np.zeros((1, 1), np.float32))
    assert "0 times" in describe_place(empty, 0, 0)


def test_a_photo_of_another_shape_has_its_places_where_they_are_seen(
    qtbot: QtBot, view: HeatmapView
) -> None:
    view.resize(400, 400)  # bars above and below
    view.show_map(bit_map(ON_AT_THE_LEFT))
    for y, place in ((110, "Row 1"), (290, "Row 2")):
        assert view._place_at(QPointF(150, y)) is not None
        qtbot.mouseMove(view, QPoint(150, y))
        assert view.describe_place().startswith(place)
    assert all(
        view._place_at(QPointF(x, y)) is None for x, y in itertools.product((5, 395), (5, 395))
    )


def test_words_stand_in_for_a_photo_that_cannot_be_read(view: HeatmapView) -> None:
    view.show_picture(None, "It is gone.")
    assert not view.has_picture
    assert view.bit_map is None
    assert spoken(view) == "It is gone."
