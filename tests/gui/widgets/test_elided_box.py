from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.theme import LIGHT, apply_theme
from foodsearch_gui.widgets.elided_box import ElidedBox

NAME = "A model with a name that goes on and on"


@pytest.fixture
def box(qtbot: QtBot) -> ElidedBox:
    box = ElidedBox()
    box.addItem(NAME)
    qtbot.addWidget(box)
    return box


@pytest.mark.parametrize("width", [90, 120, 200])
def test_a_long_entry_ends_in_dots_and_fits(box: ElidedBox, width: int) -> None:
    box.resize(width, 28)
    assert box.shown_text().endswith("…")
    assert NAME.startswith(box.shown_text()[:-1])
    assert box.fontMetrics().horizontalAdvance(box.shown_text()) < width - 16  # the arrow


@pytest.mark.parametrize("name", [NAME, "Least sure first", "Blue to red", "WWW", "."])
def test_what_has_room_is_whole(qtbot: QtBot, qapp: QApplication, name: str) -> None:
    apply_theme(qapp, LIGHT)
    box = ElidedBox()
    box.addItem(name)
    box.setSizeAdjustPolicy(ElidedBox.SizeAdjustPolicy.AdjustToContents)
    qtbot.addWidget(box)
    box.show()
    box.resize(box.sizeHint())
    assert box.shown_text() == name
