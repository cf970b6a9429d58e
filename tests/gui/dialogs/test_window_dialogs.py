"""The window's own dialogs as they are, answered by a timer while they are open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

import engine
from engine import describe
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.dialogs.about_dialog import AboutDialog
from foodsearch_gui.dialogs.decision import decide
from foodsearch_gui.dialogs.shortcuts_dialog import ShortcutsDialog

QUESTION = describe("FS-902", job="Indexing <b>", state="240 / 1,000")


def answer(do: Callable[[QMessageBox], object]) -> None:
    """Do something with the question as soon as it is open."""

    def act() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        do(box)

    QTimer.singleShot(50, act)


def press(caption: str) -> Callable[[QMessageBox], object]:
    return lambda box: next(b for b in box.buttons() if b.text() == caption).click()


@pytest.mark.parametrize("caption", ["Keep working", "Stop and quit"])
def test_a_question_returns_the_button_that_was_pressed(qtbot: QtBot, caption: str) -> None:
    answer(press(caption))
    assert decide(QUESTION, None) == caption


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_esc_and_return_are_harmless(qtbot: QtBot, key: Qt.Key) -> None:
    answer(lambda box: QTest.keyClick(box, key))
    assert decide(QUESTION, None) == "Keep working"


def test_a_question_cannot_be_given_markup(qtbot: QtBot) -> None:
    texts: list[str] = []

    def look(box: QMessageBox) -> None:
        texts.append(box.text())
        box.reject()

    answer(look)
    decide(QUESTION, None)
    assert texts == ["<b>Indexing &lt;b&gt; is running.</b>"]


def test_shortcuts_are_listed_with_their_place(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    page = QWidget(window)
    registry = ActionRegistry(window)
    registry.add("file.open", "&Open photo…", print, shortcuts=("Ctrl+O",))
    registry.add("page.again", "&Again", print, shortcuts=("F2", "F3"), context=page)
    registry.add("grid.next", "&Next", print, shortcuts=("F4",), context=QWidget(page))
    registry.add("page.none", "Without a key", print, context=page)
    table = ShortcutsDialog(registry, {page: "Search"}, window).findChild(QTableWidget)
    rows = [[table.item(row, column).text() for column in range(3)] for row in range(3)]
    assert table.rowCount() == 3
    assert rows == [
        ["Open photo", "everywhere", "Ctrl+O"],
        ["Again", "Search", "F2, F3"],
        ["Next", "Search", "F4"],
    ]


def test_versions_can_be_copied(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text.startswith(f"FoodSearch {engine.__version__}\nPython ")
    assert "torch " in text
