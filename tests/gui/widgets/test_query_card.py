from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, Qt, QUrl
from PySide6.QtGui import QAction, QImage, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import describe
from foodsearch_gui.core.incoming import Incoming
from foodsearch_gui.core.theme import DARK, LIGHT, apply_theme
from foodsearch_gui.widgets.query_card import QueryCard
from tests.gui import drags


@pytest.fixture
def card(qtbot: QtBot) -> QueryCard:
    widget = QueryCard(QAction("Open"), QAction("Add"))
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_it_shows_the_photo_and_its_name(card: QueryCard) -> None:
    card.show_query("a very long name of a photo of soup.jpg", None, "Reading the photo…")
    assert not card.has_picture
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    card.show_query("a very long name of a photo of soup.jpg", image, "40 × 30")
    assert card.has_picture
    assert card.text == "a very long name of a photo of soup.jpg\n40 × 30"
    assert card.accessibleDescription() == "a very long name of a photo of soup.jpg. 40 × 30"


def test_an_error_names_its_reason_and_its_ways_out(qtbot: QtBot, card: QueryCard) -> None:
    message = describe("FS-102", name="IMG_0042.jpg", percent=57)
    done: list[str] = []
    actions = {caption: lambda c=caption: done.append(c) for caption in message.actions}
    height = card.height()
    card.show_error(message, None, actions)
    assert "The picture is damaged." in card.text
    assert "57 % readable" in card.text
    for button in card.error_buttons():
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == ["Cancel", "Search anyway"]
    assert card.height() == height, "the page below must not move"
    card.show_query("soup.jpg", None, "")
    assert not card.error_buttons()


def test_another_photo_can_be_dropped_on_it(card: QueryCard, tmp_path: Path) -> None:
    seen: list[Incoming] = []
    card.dropped.connect(seen.append)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "other.jpg"))])
    assert drags.drop(card, mime)
    assert seen == [Incoming(photos=(tmp_path / "other.jpg",))]


def test_it_can_be_replaced_by_a_button(qtbot: QtBot) -> None:
    action = QAction("Open")
    card = QueryCard(action, QAction("Add"))
    qtbot.addWidget(card)
    card.show_query("soup.jpg", None, "")
    card.show()
    with qtbot.waitSignal(action.triggered):
        qtbot.mouseClick(card.replace_button, Qt.MouseButton.LeftButton)


def test_its_words_follow_the_theme(qapp: QApplication, card: QueryCard) -> None:
    for theme, colours in (("dark", DARK), ("light", LIGHT)):
        card.show_query("soup.jpg", None, "40 × 30")
        apply_theme(qapp, theme)
        assert _colours(card) == [colours.text, colours.secondary]
        card.show_error(describe("FS-101", name="menu.pdf"), None, {})
        assert _colours(card) == [colours.error, colours.text]
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == LIGHT.window


def _colours(card: QueryCard) -> list[str]:
    QCoreApplication.processEvents()
    labels = (card._name, card._details)
    return [label.palette().color(label.foregroundRole()).name() for label in labels]
