from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from foodsearch_gui.widgets.rail import Rail


@pytest.fixture
def rail(qtbot: QtBot) -> Rail:
    widget = Rail()
    for name in ("search", "library", "activity"):
        widget.add(name, name, QAction(name.title(), widget))
    qtbot.addWidget(widget)
    widget.choose("search")
    widget.show()
    return widget


def test_a_click_asks_for_a_page(rail: Rail, qtbot: QtBot) -> None:
    with qtbot.waitSignal(rail.page_chosen) as signal:
        rail.buttons()[1].click()
    assert signal.args == ["library"]


def test_one_button_is_marked(rail: Rail) -> None:
    rail.choose("activity")
    assert [button.isChecked() for button in rail.buttons()] == [False, False, True]


def test_the_arrow_keys_walk_round(rail: Rail, qtbot: QtBot) -> None:
    asked: list[str] = []
    rail.page_chosen.connect(asked.append)
    rail.activateWindow()
    rail.buttons()[0].setFocus()
    qtbot.waitUntil(rail.buttons()[0].hasFocus)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        focus = next(button for button in rail.buttons() if button.hasFocus())
        qtbot.keyClick(focus, key)
    assert asked == ["library", "activity", "search", "activity"]


def test_a_badge_is_painted_and_told(rail: Rail) -> None:
    button = rail.buttons()[2]
    before = button.grab().toImage()
    rail.set_badge("activity", "2")
    assert button.grab().toImage() != before
    assert "2" in button.accessibleDescription()
    rail.set_badge("activity", "")
    assert button.grab().toImage() == before
