from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.actions import ActionRegistry


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_an_action_calls_its_handler_without_arguments(window: QWidget) -> None:
    calls = []
    registry = ActionRegistry(window)
    registry.add("file.open", "&Open", lambda: calls.append(1)).trigger()
    assert calls == [1]


def test_the_tool_tip_shows_the_key(window: QWidget) -> None:
    registry = ActionRegistry(window)
    action = registry.add("file.open", "&Open photo…", print, shortcuts=("Ctrl+O",))
    assert action.toolTip() == "Open photo (Ctrl+O)"


def test_an_action_is_enabled_when_its_condition_holds(window: QWidget) -> None:
    state = {"ready": False}
    registry = ActionRegistry(window)
    action = registry.add("a.b", "A", print, is_enabled=lambda: state["ready"])
    assert not action.isEnabled()
    state["ready"] = True
    registry.update()
    assert action.isEnabled()


def test_an_id_is_taken_once_and_menus_are_known(window: QWidget) -> None:
    registry = ActionRegistry(window)
    registry.add("a.b", "A", print, menu="file")
    with pytest.raises(ValueError, match=r"a\.b"):
        registry.add("a.b", "A", print)
    with pytest.raises(ValueError, match="cellar"):
        registry.add("a.c", "A", print, menu="cellar")
    assert [action.objectName() for action in registry.in_menu("file")] == ["a.b"]


def test_a_shortcut_of_a_page_works_inside_the_page_only(window: QWidget, qtbot: QtBot) -> None:
    page, elsewhere = QWidget(window), QLineEdit(window)
    inside = QLineEdit(page)
    QVBoxLayout(page).addWidget(inside)
    column = QVBoxLayout(window)
    column.addWidget(page)
    column.addWidget(elsewhere)
    calls = []
    ActionRegistry(window).add("p.s", "S", lambda: calls.append(1), shortcuts=("F7",), context=page)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    elsewhere.setFocus()
    qtbot.keyClick(elsewhere, Qt.Key.Key_F7)
    assert calls == []
    inside.setFocus()
    qtbot.keyClick(inside, Qt.Key.Key_F7)
    assert calls == [1]
