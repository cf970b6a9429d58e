from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from engine import ComparedQuery, Comparison, Difference, Strip, StripHit
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.widgets.comparison_gallery import ComparisonGallery
from foodsearch_gui.widgets.photo_strip import PhotoStrip
from tests.gui.photos import draw_photo


@pytest.fixture
def thumbs(tmp_path: Path, qtbot: QtBot) -> Iterator[ThumbPool]:
    pool = ThumbPool(tmp_path / "thumbnails", 1_000_000, threads=1)
    yield pool
    assert pool.shutdown()


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    files = [draw_photo(tmp_path / f"{number}.jpg", number) for number in range(8)]

    def strip(right: int) -> Strip:
        labels = ["pad_thai"] * right + ["green_curry"] * (6 - right)
        hits = zip(files, labels, strict=False)
        return Strip(tuple(StripHit(path, label, label == "pad_thai", 3) for path, label in hits))

    pairs = (
        ComparedQuery(files[6], "pad_thai", strip(2), strip(5)),
        ComparedQuery(files[7], "pad_thai", strip(0), strip(6)),
    )
    return Comparison(pairs, 0.5, 0.8, Difference(0.3, 0.1, 0.5, 0.01, 20))


@pytest.fixture
def gallery(thumbs: ThumbPool, comparison: Comparison, qtbot: QtBot) -> ComparisonGallery:
    widget = ComparisonGallery(thumbs)
    widget.show_comparison(comparison, ("dishes-64", "my-meals-64"))
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    area.setWidget(widget)
    area.resize(1150, 500)
    area.show()
    widget._area = area  # type: ignore[attr-defined]
    return widget


def captions(gallery: ComparisonGallery) -> list[str]:
    labels = gallery.findChildren(QLabel, "comparison-caption")
    return [label.text() for label in labels]


def test_it_says_what_got_better(gallery: ComparisonGallery) -> None:
    assert gallery.summary.text() == (
        "Some of the photos held back: what “dishes-64” found for them before, and what "
        "“my-meals-64” finds."
    )
    assert captions(gallery) == [
        "Before: 2 of 6 right",
        "After: 5 of 6 right",
        "Before: 0 of 6 right",
        "After: 6 of 6 right",
    ]


def test_every_strip_is_named_and_every_hit_judged(gallery: ComparisonGallery) -> None:
    strips = gallery.findChildren(PhotoStrip)
    assert [strip.accessibleName() for strip in strips[:3]] == [
        "Photo searched for: pad thai",
        "Found before for pad thai",
        "Found after for pad thai",
    ]
    assert strips[0].describe(0) == "pad thai"
    assert strips[1].describe(1) == "pad thai: right"
    assert strips[1].describe(2) == "green curry: wrong"
    signs = [label.text() for label in gallery.findChildren(QLabel, "comparison-sign")]
    assert signs == ["the same dish", "another dish"]


def test_a_photo_can_be_seen_large(
    qtbot: QtBot, gallery: ComparisonGallery, comparison: Comparison
) -> None:
    chosen: list[Path] = []
    gallery.photo_activated.connect(chosen.append)
    query, before, _after = gallery.findChildren(PhotoStrip)[:3]
    qtbot.mouseClick(query, Qt.MouseButton.LeftButton, pos=query.cell(0).center())
    qtbot.mouseClick(before, Qt.MouseButton.LeftButton, pos=before.cell(5).center())
    assert chosen == [comparison.pairs[0].path, comparison.pairs[0].before.hits[5].path]


def test_the_strips_go_below_each_other_where_room_is_scarce(
    qtbot: QtBot, gallery: ComparisonGallery
) -> None:
    _query, before, after = gallery.findChildren(PhotoStrip)[:3]
    qtbot.waitUntil(lambda: before.y() == after.y())
    assert before.x() < after.x()
    gallery._area.resize(640, 500)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: before.y() < after.y())
    assert before.x() == after.x()
    assert before.cell(5).y() == before.cell(0).y(), "six photos still fit into a line"


def test_another_comparison_takes_the_place(
    qtbot: QtBot, gallery: ComparisonGallery, comparison: Comparison
) -> None:
    gallery.show_comparison(dataclasses.replace(comparison, pairs=comparison.pairs[:1]), ("a", "b"))
    qtbot.waitUntil(lambda: len(captions(gallery)) == 2)
    assert "what “a” found for them before, and what “b” finds" in gallery.summary.text()
