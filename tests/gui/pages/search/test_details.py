"""The dock beside the results: why a photo was found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from foodsearch_gui.docks.comparison import Comparison
from foodsearch_gui.docks.match_details import MatchDetails
from foodsearch_gui.widgets.action_button import ActionButton
from tests.gui.hits import make_hit
from tests.gui.pages.search.bench import Bench, draw_variant
from tests.gui.photos import draw_photo


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    path = draw_photo(tmp_path / "Meals" / "soup.jpg", 1)
    logits = np.linspace(-1, 1, 64, dtype=np.float32)
    hit = make_hit(3, 9, path, distance=3)  # differs in the bits 0, 1 and 2
    names = [None, "fried"] + [None] * 62
    copies = (path, tmp_path / "Backup" / "soup.jpg")
    query = (logits > 0).astype(np.uint8)
    match = query.copy()
    match[list(hit.disagree)] ^= 1
    return Comparison(hit, query, logits, names, copies, match)


@pytest.fixture
def dock(qtbot: QtBot, comparison: Comparison) -> MatchDetails:
    widget = MatchDetails([])
    qtbot.addWidget(widget)
    widget.resize(330, 700)
    widget.show_comparison(comparison)
    widget.show()
    return widget


def table(dock: MatchDetails) -> list[list[str]]:
    model = dock.table.model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_bits_that_disagree_are_listed_the_surest_first(dock: MatchDetails) -> None:
    assert dock.headline == "61 of 64 bits agree"
    assert table(dock) == [
        ["0", "off (−1.00) ≠ on"],
        ["1 fried", "off (−0.97) ≠ on"],
        ["2", "off (−0.94) ≠ on"],
    ]
    assert dock.strip.differing == [0, 1, 2]


def test_in_a_narrow_dock_every_number_can_be_read(dock: MatchDetails) -> None:
    dock.resize(240, 480)
    table, metrics = dock.table, dock.fontMetrics()
    assert table.columnWidth(1) >= metrics.horizontalAdvance("off (−0.97) ≠ on") + 16
    assert table.columnWidth(0) >= metrics.horizontalAdvance("63") + 16


@pytest.mark.parametrize(("width", "height"), [(240, 380), (340, 700)])
def test_its_buttons_are_in_sight_however_low_it_is(
    qtbot: QtBot, comparison: Comparison, width: int, height: int
) -> None:
    captions = ("Find similar", "Inspect", "Good match", "Not a match", "Export the explanation…")
    dock = MatchDetails([QAction(caption) for caption in captions])
    qtbot.addWidget(dock)
    dock.show_comparison(comparison)
    dock.resize(width, height)
    dock.show()
    buttons = dock.findChildren(ActionButton)
    assert len(buttons) == len(captions)
    for button in buttons:
        assert button.visibleRegion().boundingRect() == button.rect(), button.text()
        assert button.width() >= button.sizeHint().width()


def test_a_long_name_of_a_bit_makes_the_dock_no_wider(
    dock: MatchDetails, comparison: Comparison
) -> None:
    before = dock.minimumSizeHint().width(), dock.strip.minimumSizeHint().width()
    content = dock.strip.parentWidget()
    assert content is not None
    width = content.minimumSizeHint().width()
    names = ["minced and spicy with a name that somebody wrote at great length"] * 64
    dock.show_comparison(replace(comparison, bit_names=names))
    QApplication.processEvents()
    assert content.minimumSizeHint().width() <= width
    assert (dock.minimumSizeHint().width(), dock.strip.minimumSizeHint().width()) == before
    assert dock.pair.maps.text() == "Map of bit 0"


def test_without_the_model_only_the_bits_are_known(
    dock: MatchDetails, comparison: Comparison
) -> None:
    known = replace(comparison, logits=None, bit_names=())
    dock.show_comparison(known)
    assert [row[1:] for row in table(dock)] == [["off ≠ on"]] * 3


def test_an_identical_photo_needs_no_table(qtbot: QtBot, tmp_path: Path) -> None:
    dock = MatchDetails([])
    qtbot.addWidget(dock)
    hit = make_hit(1, 9, draw_photo(tmp_path / "a.jpg", 1))
    ones = np.ones(48, np.uint8)
    dock.show_comparison(Comparison(hit, ones, None, (), (), ones))
    dock.show()
    assert dock.headline == "48 of 48 bits agree"
    assert not dock.table.isVisible()


def test_strip_and_table_point_at_the_same_bit(qtbot: QtBot, dock: MatchDetails) -> None:
    seen: list[int] = []
    dock.bit_chosen.connect(seen.append)
    qtbot.mouseClick(dock.strip, Qt.MouseButton.LeftButton, pos=dock.strip.cell(1).center())
    assert dock.table.selected()[0].bit == 1
    dock.table.select(2)
    assert dock.strip.current == 2
    assert seen == [1, 2], "each is told once"
    qtbot.mouseClick(dock.strip, Qt.MouseButton.LeftButton, pos=dock.strip.cell(50).center())
    assert not dock.table.selected(), "bit 50 agrees"


def test_the_file_is_described_with_its_copies(dock: MatchDetails, tmp_path: Path) -> None:
    facts = {name: text.replace("\u200b", "") for name, text in dock.facts().items()}
    assert facts["file"] == "soup.jpg"
    assert facts["folder"] == str(tmp_path / "Meals")
    assert facts["copies"] == str(tmp_path / "Backup" / "soup.jpg")
    assert facts["size"].startswith("320 × 240 · ")


def test_the_cursor_of_the_grid_decides_what_is_shown(
    qtbot: QtBot, bench: Bench, photo_folder: Path, tmp_path: Path
) -> None:
    bench.search(draw_variant(tmp_path / "mine.png", 1, 2))
    details, grid, photos = bench.page.details, bench.page.grid, bench.page.photos
    assert details.headline == "62 of 64 bits agree"
    grid.setCurrentIndex(photos.index(2))
    assert details.headline == "58 of 64 bits agree"
    assert details.facts()["file"] == "soup 02.png"
    assert len(details.strip.differing) == 6
    qtbot.waitUntil(lambda: details.pair.query.has_picture)
    qtbot.waitUntil(lambda: details.pair.match.has_picture)


def test_its_buttons_act_on_the_match(qtbot: QtBot, bench: Bench, photo_folder: Path) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    bench.page.grid.setCurrentIndex(bench.page.photos.index(3))
    buttons = {b.text().replace("&", ""): b for b in bench.page.details.findChildren(QPushButton)}
    assert list(buttons) == [
        *("Find similar", "Inspect", "Good match", "Not a match"),
        "Export the explanation…",
    ]
    qtbot.mouseClick(buttons["Good match"], Qt.MouseButton.LeftButton)
    assert bench.page.work.judgements == {int(bench.page.photos.ids[3]): True}
    qtbot.mouseClick(buttons["Find similar"], Qt.MouseButton.LeftButton)
    assert bench.names[0] == "soup 03.png"


def test_a_query_photo_that_is_away_is_not_shown_as_the_one_before(
    qtbot: QtBot, bench: Bench, photo_folder: Path
) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    pair = bench.page.details.pair
    qtbot.waitUntil(lambda: pair.query.has_picture)
    away = bench.page.photos.ids[3]
    (photo_folder / "soup" / "soup 03.png").unlink()
    bench.page.work.search_similar(int(away))
    assert not pair.query.has_picture
    qtbot.waitUntil(lambda: bench.page.reader.error is not None)
    assert not pair.query.has_picture
    assert bench.names[0] == "soup 03.png"
    bench.page.work.go(-1)
    qtbot.waitUntil(lambda: pair.query.has_picture)
