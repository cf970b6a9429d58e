from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from foodsearch_gui.widgets.elided_box import ElidedBox

NAME = "A model with a name that goes on and on"


@pytest.fixture
def box(qtbot: QtBot) -> ElidedBox:
    box = ElidedBox()
    box.addItems([NAME, "Short"])
    qtbot.addWidget(box)
    return box


@pytest.mark.parametrize("width", [90, 120, 200])
def test_a_long_entry_ends_in_dots_and_fits(box: ElidedBox, width: int) -> None:
    box.resize(width, 28)
    assert box.shown_text().endswith("…")
    assert NAME.startswith(box.shown_text()[:-1])
    assert box.fontMetrics().horizontalAdvance(box.shown_text()) < width - 16  # the arrow


def test_what_has_room_is_whole(box: ElidedBox) -> None:
    box.resize(box.sizeHint())
    assert box.shown_text() == NAME
    box.resize(90, 28)
    box.setCurrentIndex(1)
    assert box.shown_text() == "Short"
