from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from foodsearch_gui.widgets.empty_state import EmptyState


def action(name: str, calls: list[str]) -> QAction:
    made = QAction(f"&{name}")
    made.setObjectName(name)
    made.triggered.connect(lambda: calls.append(name))
    return made


def test_it_says_what_to_do_and_its_buttons_do_it(qtbot: QtBot) -> None:
    calls: list[str] = []
    add, samples = action("Add", calls), action("Samples", calls)
    state = EmptyState("library", "Nothing here yet.", "Add a folder.", [add, samples])
    qtbot.addWidget(state)
    assert state.accessibleName() == "Nothing here yet."
    main, other = state.buttons()
    assert main.property("isMain")
    assert not other.property("isMain")
    main.click()
    other.click()
    assert calls == ["Add", "Samples"]


def test_a_button_follows_its_action(qtbot: QtBot) -> None:
    add = action("Add", [])
    state = EmptyState("library", "Empty.", actions=[add])
    qtbot.addWidget(state)
    add.setEnabled(False)
    assert not state.buttons()[0].isEnabled()


def test_its_content_can_change(qtbot: QtBot) -> None:
    add, other = action("Add", []), action("Other", [])
    state = EmptyState("library", "Empty.", "Why.", [add])
    qtbot.addWidget(state)
    state.set_content("search", "Nothing found.", actions=[other])
    assert [button.text() for button in state.buttons()] == ["&Other"]
    assert state.accessibleName() == "Nothing found."


def test_long_texts_are_not_cut(qtbot: QtBot) -> None:
    state = EmptyState("library", "A long title " * 10, "A long explanation. " * 20)
    qtbot.addWidget(state)
    state.resize(700, 600)
    state.show()
    for label in state.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width())
