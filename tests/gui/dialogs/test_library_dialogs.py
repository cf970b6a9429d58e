from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine import describe
from foodsearch_gui.dialogs.exclusions import ExclusionsDialog
from foodsearch_gui.dialogs.new_library import NewLibraryDialog
from foodsearch_gui.dialogs.questions import Questions


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def soon(action: Callable[[QWidget], object]) -> None:
    """Do something to the modal dialog once it is open."""
    QTimer.singleShot(50, QApplication.instance(), lambda: action(QApplication.activeModalWidget()))


def press(caption: str) -> Callable[[QWidget], object]:
    def act(dialog: QWidget) -> None:
        next(b for b in dialog.findChildren(QPushButton) if b.text() == caption).click()

    return act


def press_escape(dialog: QWidget) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def press_enter(dialog: QWidget) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        (press("&Remove"), True),
        (press("Cancel"), False),
        (press_escape, False),
        (press_enter, False),
    ],
)
def test_the_safe_answer_is_the_default(
    parent: QWidget, act: Callable[[QWidget], object], answer: bool
) -> None:
    soon(act)
    assert Questions().confirm(parent, "Remove <b>?", "They stay.", "&Remove") is answer


def test_a_message_of_the_catalogue_is_asked_with_its_buttons(parent: QWidget) -> None:
    message = describe("FS-604", name="Canteen", reason="answers your searches")
    soon(press("Delete anyway…"))
    assert Questions().agree(parent, message)
    soon(press_escape)
    assert not Questions().agree(parent, message)


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("", " "),
        ("home", "There is a library of this name."),
        (" HOME ", "There is a library of this name."),
        ("Restaurant", ""),
        ("a\u200eb", "The name contains signs that cannot be shown."),
    ],
)
def test_a_library_needs_a_name_of_its_own(qtbot: QtBot, name: str, trouble: str) -> None:
    dialog = NewLibraryDialog(["Home"])
    qtbot.addWidget(dialog)
    dialog.name.setText(name)
    assert dialog.trouble.text() == trouble
    assert dialog.create_button.isEnabled() == (not trouble)


def test_the_name_of_a_new_library_is_returned(parent: QWidget) -> None:
    def act(dialog: QWidget) -> None:
        assert isinstance(dialog, NewLibraryDialog)
        dialog.name.setText("  Restaurant ")
        dialog.create_button.click()

    soon(act)
    assert Questions().new_library(parent, ["Home"]) == "Restaurant"
    soon(press_escape)
    assert Questions().new_library(parent, []) is None


def test_exclusions_are_one_a_line_and_can_be_restored(qtbot: QtBot) -> None:
    dialog = ExclusionsDialog([".*", "trash"], [".*", "@eaDir"])
    qtbot.addWidget(dialog)
    assert dialog.patterns() == (".*", "trash")
    dialog.field.setPlainText(" a b \n\n.*\n.*")
    assert dialog.patterns() == ("a b", ".*")
    box = dialog.findChild(QDialogButtonBox)
    box.button(QDialogButtonBox.StandardButton.RestoreDefaults).click()
    assert dialog.patterns() == (".*", "@eaDir")


def test_exclusions_are_kept_only_when_saved(parent: QWidget) -> None:
    soon(lambda dialog: dialog.findChild(QPushButton, "exclusions-save").click())
    assert Questions().exclusions(parent, ["x"], []) == ("x",)
    soon(press_escape)
    assert Questions().exclusions(parent, ["x"], []) is None


def test_a_model_gets_another_name(parent: QWidget) -> None:
    def act(dialog: QWidget) -> None:
        dialog.setTextValue("  Canteen ")
        dialog.accept()

    soon(act)
    assert Questions().new_name(parent, "Starter") == "Canteen"
    soon(lambda dialog: dialog.accept())
    assert Questions().new_name(parent, "Starter") is None


def test_markup_in_a_question_is_only_text(parent: QWidget) -> None:
    seen: list[str] = []

    def act(dialog: QWidget) -> None:
        assert isinstance(dialog, QMessageBox)
        seen.append(dialog.text())
        press_escape(dialog)

    soon(act)
    Questions().confirm(parent, "Remove “<i>x</i>”?", "", "&Remove")
    assert "<i>" not in seen[0]
