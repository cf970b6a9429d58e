from __future__ import annotations

import re

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine import Message, describe
from engine.messages import MESSAGES
from foodsearch_gui.widgets.message_bar import MessageBar

PLACEHOLDERS = set(re.findall(r"\{(\w+)[:}]", str(MESSAGES)))
DETAILS = dict.fromkeys(PLACEHOLDERS, 7)


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    widget = MessageBar()
    qtbot.addWidget(widget)
    return widget


def texts(bar: MessageBar) -> list[str]:
    return [banner.message.title for banner in bar.banners()]


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_every_message_can_be_shown_with_its_buttons(bar: MessageBar, code: str) -> None:
    message = describe(code, **DETAILS)
    bar.show_message(message, [(caption, None) for caption in message.actions])
    (banner,) = bar.banners()
    assert [button.text() for button in banner.buttons()] == list(message.actions)
    assert banner.accessibleName() == message.title
    shown = "".join(label.text() for label in banner.findChildren(QLabel))
    assert message.title in shown


def test_the_newest_of_a_kind_replaces_the_others(bar: MessageBar) -> None:
    for folder in ("soups", "cakes"):
        bar.show_message(describe("FS-213", name=folder, reason="it is there", advice=""))
        bar.show_message(describe("FS-201", path=folder))
    assert texts(bar) == [
        "The folder is not available.",
        "“cakes” was not added.",
        "The folder is not available.",
    ]


def test_a_button_does_its_work_and_closes_the_banner(bar: MessageBar) -> None:
    calls: list[str] = []
    bar.show_message(Message("FS-1", "Title"), [("Do it", lambda: calls.append("done"))])
    bar.banners()[0].buttons()[0].click()
    assert calls == ["done"]
    assert bar.banners() == []
    assert bar.isHidden()


def test_a_button_may_show_the_same_message_again(bar: MessageBar) -> None:
    message = Message("FS-1", "Title")
    bar.show_message(message, [("Again", lambda: bar.show_message(message))])
    bar.banners()[0].buttons()[0].click()
    assert texts(bar) == ["Title"]


def test_the_same_message_is_shown_once_and_others_beside_it(bar: MessageBar) -> None:
    bar.show_message(Message("FS-1", "Old", "about a"))
    bar.show_message(Message("FS-1", "Other", "about b"))
    bar.show_message(Message("FS-1", "New", "about a"))
    assert texts(bar) == ["New", "Other"]


def test_messages_with_buttons_about_different_things_stay(bar: MessageBar) -> None:
    for name in ("soups", "cakes", "soups"):
        bar.show_message(Message("FS-1", name, "It was deleted."), [("Undo", None)])
    assert texts(bar) == ["soups", "cakes"]
    bar.show_message(Message("FS-2", "One"))
    bar.show_message(Message("FS-2", "Two"))
    assert texts(bar) == ["Two", "soups", "cakes"]


def test_one_message_of_several_is_withdrawn(bar: MessageBar) -> None:
    for name in ("soups", "cakes"):
        bar.show_message(Message("FS-1", name, "After epoch 3"), [("Resume", None)])
    bar.withdraw_message(Message("FS-1", "soups", "After epoch 7"))
    assert texts(bar) == ["cakes"]


def test_a_message_that_no_longer_applies_goes(bar: MessageBar) -> None:
    bar.show_message(Message("FS-1", "One"))
    bar.show_message(Message("FS-2", "Two"))
    bar.withdraw("FS-1")
    assert texts(bar) == ["Two"]


def test_three_banners_are_seen_and_the_next_one_follows(bar: MessageBar) -> None:
    for number in range(5):
        bar.show_message(Message(f"FS-{number}", str(number)))
    bar.show()
    visible = [b.message.title for b in bar.banners() if b.isVisible()]
    assert visible == ["4", "3", "2"]
    bar.banners()[0].close_button.click()
    assert [b.message.title for b in bar.banners() if b.isVisible()] == ["3", "2", "1"]


def seen(bar: MessageBar) -> list[str]:
    return [banner.message.title for banner in bar.banners() if not banner.isHidden()]


def test_a_banner_is_shown_where_it_came_until_that_is_left_and_then_where_its_matter_is(
    bar: MessageBar,
) -> None:
    bar.show_page("search")
    bar.show_message(
        describe("FS-501", least=5, where="Meals", found="no such class"), [("A", None)]
    )
    for page, titles in (
        ("search", ["Too few photos."]),
        ("library", []),
        ("search", []),
        ("train", ["Too few photos."]),
    ):
        bar.show_page(page)
        assert seen(bar) == titles
        assert bar.isHidden() is not titles


def test_what_concerns_the_whole_window_is_shown_on_all_pages(bar: MessageBar) -> None:
    bar.show_page("models")
    bar.show_message(describe("FS-205", path="/home"))
    for page in ("train", "search"):
        bar.show_page(page)
        assert seen(bar) == ["The disk is full."]


def test_a_deed_is_told_on_its_page_and_what_can_be_undone_stays_there(bar: MessageBar) -> None:
    bar.show_page("models")
    bar.show_message(Message("", "Exported", "to a file"))
    assert seen(bar) == ["Exported"]
    bar.show_message(Message("", "Deleted"), [("Undo", None)])
    assert seen(bar) == ["Deleted"], "the next thing happened"
    bar.show_message(Message("", "Renamed"))
    assert seen(bar) == ["Renamed", "Deleted"]
    bar.show_page("search")
    assert seen(bar) == []
    bar.show_page("models")
    assert seen(bar) == ["Deleted"]


def test_what_came_before_any_page_is_seen_on_the_first(bar: MessageBar) -> None:
    bar.show_message(Message("", "The settings were damaged."))
    bar.show_page("search")
    assert seen(bar) == ["The settings were damaged."]


def test_three_banners_of_a_page_are_seen_whatever_there_is_elsewhere(bar: MessageBar) -> None:
    bar.show_page("models")
    for number in range(3):
        bar.show_message(Message("", f"Deleted {number}"), [("Undo", None)])
    bar.show_page("library")
    bar.show_message(describe("FS-204", count=3))
    assert seen(bar) == ["3 photos could not be read."]


def test_a_file_name_cannot_bring_markup_into_the_banner(bar: MessageBar) -> None:
    bar.show_message(describe("FS-101", name="<img src=x><b>a&b</b>"))
    shown = "".join(label.text() for label in bar.banners()[0].findChildren(QLabel))
    assert "<img" not in shown
    assert "&lt;img src=x&gt;" in shown


def test_buttons_stand_below_the_text_where_there_is_little_room(
    qtbot: QtBot, bar: MessageBar
) -> None:
    message = describe("FS-503", name="my-meals-64", epoch=4, epochs=40, best=2)
    bar.show_message(message, [(caption, None) for caption in message.actions])
    bar.show()
    (banner,) = bar.banners()
    (text,) = (label for label in banner.findChildren(QLabel) if label.text())
    button = banner.buttons()[0]

    def is_beside() -> bool:
        return button.y() < text.geometry().bottom()

    for width in (1200, 430, 1200):
        bar.resize(width, 200)
        qtbot.waitUntil(lambda width=width: is_beside() is (width == 1200))
        assert all(b.width() >= b.sizeHint().width() for b in banner.buttons())
        assert text.width() > 0.6 * width


def test_the_buttons_of_a_banner_come_before_its_cross(qtbot: QtBot, bar: MessageBar) -> None:
    bar.show_message(Message("FS-1", "Title"), [("One", None), ("Two", None)])
    bar.show()
    (banner,) = bar.banners()
    first, second = banner.buttons()
    assert first.nextInFocusChain() is second
    assert second.nextInFocusChain() is banner.close_button
