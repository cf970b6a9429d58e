"""Walks through the whole window, every page and dialog, in search of what somebody cannot use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine import describe
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.theme import apply_theme
from foodsearch_gui.dialogs.about_dialog import AboutDialog
from foodsearch_gui.dialogs.error_dialog import ErrorDialog
from foodsearch_gui.dialogs.settings_dialog import SettingsDialog
from foodsearch_gui.dialogs.shortcuts_dialog import ShortcutsDialog
from foodsearch_gui.main_window import MainWindow
from foodsearch_gui.pages import PAGES
from tests.gui.cheap_engine import draw_photos

MNEMONIC = re.compile(r"&[^&\s]")
DIALOGS = ("settings", "shortcuts", "about", "error")


@pytest.fixture
def window(session: Session, qtbot: QtBot, tmp_path_factory: pytest.TempPathFactory) -> MainWindow:
    """The window with a small library and every page built."""
    made = MainWindow(session, ask=lambda message, parent: message.actions[1])
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.first_painted):
        made.show()
    session.start()
    qtbot.waitUntil(lambda: session.can_change)
    folder = tmp_path_factory.mktemp("photos")
    draw_photos(folder, 6)
    session.add_roots([folder])
    qtbot.waitUntil(
        lambda: session.coverage is not None and session.coverage.indexed == 6, timeout=10_000
    )
    for entry in PAGES:
        made.show_page(entry.name)
    return made


@pytest.fixture(params=DIALOGS)
def dialog(request: pytest.FixtureRequest, session: Session, qtbot: QtBot) -> QDialog:
    """Each dialog of the window in turn."""
    window = MainWindow(session)
    qtbot.addWidget(window)
    made: QDialog = {
        "settings": lambda: SettingsDialog(session.settings, window),
        "shortcuts": lambda: ShortcutsDialog(
            window.actions_registry, window.build_all_pages(), window
        ),
        "about": lambda: AboutDialog(window),
        "error": lambda: ErrorDialog(describe("FS-901"), "Traceback", window),
    }[request.param]()
    made.show()
    return made


def widgets(root: QWidget) -> Iterator[QWidget]:
    """Yield what belongs to us: not the inner parts of Qt's own controls."""
    for widget in root.findChildren(QWidget):
        owner = widget.parentWidget()
        is_inner = (
            widget.objectName().startswith("qt_")
            or isinstance(widget, QScrollBar)
            or (isinstance(widget, QLineEdit) and isinstance(owner, QAbstractSpinBox))
            or isinstance(owner, QTabBar)
            or owner.metaObject().className() == "QComboBoxPrivateContainer"
        )
        if not is_inner:
            yield widget


def spoken_name(widget: QWidget) -> str:
    """Return what a screen reader says."""
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def nameless(root: QWidget) -> list[str]:
    return [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in widgets(root)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not (widget.focusProxy() or spoken_name(widget))
    ]


def unexplained(root: QWidget) -> list[str]:
    return [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in widgets(root)
        if isinstance(widget, QAbstractButton)
        and widget.isVisible()
        and not (widget.text() or widget.toolTip())
    ]


def labels_without_buddy(root: QWidget) -> list[str]:
    return [
        label.text()
        for label in root.findChildren(QLabel)
        if MNEMONIC.search(label.text())
        and label.textFormat() is not Qt.TextFormat.RichText
        and label.buddy() is None
    ]


def test_every_control_is_named_explained_and_labelled(window: MainWindow) -> None:
    assert nameless(window) == []
    assert labels_without_buddy(window) == []
    for entry in PAGES:
        window.show_page(entry.name)
        assert unexplained(window) == []


def test_dialogs_are_named_too(dialog: QDialog) -> None:
    assert nameless(dialog) == []
    assert unexplained(dialog) == []
    assert labels_without_buddy(dialog) == []


def test_every_form_row_leads_to_its_control(dialog: QDialog) -> None:
    for form in dialog.findChildren(QFormLayout):
        for row in range(form.rowCount()):
            label = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
            if label is not None and isinstance(label.widget(), QLabel):
                assert not label.widget().text() or label.widget().buddy() is not None


def test_no_shortcut_is_taken_twice_in_one_place(window: MainWindow) -> None:
    taken: Counter[tuple[str, str]] = Counter()
    keys_of_the_window: set[str] = set()
    for entry in window.actions_registry:
        for key in entry.action.shortcuts():
            text = key.toString(QKeySequence.SequenceFormat.PortableText)
            taken[entry.context.objectName(), text] += 1
            if entry.context is window:
                keys_of_the_window.add(text)
    assert [place for place, number in taken.items() if number > 1] == []
    inside_pages = {key for context, key in taken if context != window.objectName()}
    assert inside_pages & keys_of_the_window == set()


def test_menus_can_be_read_and_used_by_letter(window: MainWindow) -> None:
    for entry in window.actions_registry:
        assert entry.action.text().strip("&")
        assert entry.action.toolTip()
    for menu in {entry.menu for entry in window.actions_registry if entry.menu}:
        letters = Counter(
            found[0][1].lower()
            for action in window.actions_registry.in_menu(menu)
            if (found := MNEMONIC.findall(action.text()))
        )
        assert max(letters.values()) == 1, (menu, letters)


def test_targets_are_large_enough(window: MainWindow) -> None:
    for entry in PAGES:
        window.show_page(entry.name)
        QApplication.processEvents()
        for button in window.findChildren(QAbstractButton):
            if button.isVisible() and not button.objectName().startswith("qt_"):
                size = (type(button).__name__, button.objectName(), button.width(), button.height())
                assert min(button.width(), button.height()) >= 20, size


def test_the_tab_key_reaches_every_control_and_comes_back(window: MainWindow) -> None:
    for entry in PAGES:
        window.show_page(entry.name)
        QApplication.processEvents()
        wanted = {
            widget
            for widget in widgets(window)
            if widget.isVisible()
            and widget.isEnabled()
            and (widget.focusPolicy() & Qt.FocusPolicy.TabFocus) == Qt.FocusPolicy.TabFocus
        }
        assert wanted <= set(focus_chain(window.rail.buttons()[0]))


def test_no_caption_is_cut(window: MainWindow, qapp: QApplication) -> None:
    window.resize(1280, 800)
    try:
        for theme in ("dark", "light"):
            apply_theme(qapp, theme)
            for entry in PAGES:
                window.show_page(entry.name)
                QApplication.processEvents()
                assert cut_captions(window) == []
    finally:
        apply_theme(qapp, "light")


def focus_chain(start: QWidget) -> Iterator[QWidget]:
    yield start
    widget = start.nextInFocusChain()
    while widget is not start:
        yield widget
        widget = widget.nextInFocusChain()


def cut_captions(root: QWidget) -> list[str]:
    return [
        button.text()
        for button in root.findChildren(QPushButton)
        if button.isVisible() and button.width() < button.sizeHint().width()
    ]
