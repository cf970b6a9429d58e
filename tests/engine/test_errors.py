from __future__ import annotations

import errno
import os
import pickle
import re
import string

import pytest

from engine.errors import InputError, LibraryError, PhotoError, describe
from engine.messages import MESSAGES

PLACEHOLDERS = {
    code: {
        field
        for text in (*texts[:3], *texts[3])
        for _, field, _, _ in string.Formatter().parse(text)
        if field
    }
    for code, texts in MESSAGES.items()
}

COUNTS = ("count", "missing", "total", "photos", "new", "changed", "gone")


@pytest.mark.parametrize("code", MESSAGES)
def test_texts_keep_the_house_rules(code: str) -> None:
    values = {name: 2 if name in COUNTS else "X" for name in PLACEHOLDERS[code]}
    message = describe(code, **values)
    assert re.fullmatch(r"FS-\d{3}", message.code)
    text = str(message)
    assert "!" not in text
    assert "failed to" not in text.lower()
    assert "{" not in text
    assert message.title.endswith((".", "?"))


def test_an_error_names_what_it_is_about() -> None:
    error = PhotoError("FS-101", name="menu.pdf")
    assert "menu.pdf" in str(error)
    assert error.message.actions == ("Choose another",)


def test_errors_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(InputError("FS-001", kind="model", name="x", known="a, b")))
    assert isinstance(error, InputError)
    assert (error.code, error.details["name"]) == ("FS-001", "x")


def test_a_missing_detail_is_a_bug() -> None:
    with pytest.raises(KeyError):
        describe("FS-101")


def test_a_reason_begins_a_sentence_or_follows_a_colon() -> None:
    reason = "it is not a folder"
    assert str(InputError("FS-002", name="x", reason=reason, advice="Go on.")) == (
        "“x” cannot be used. It is not a folder. Go on."
    )
    assert "“x”: it is not a folder." in str(LibraryError("FS-211", path="x", reason=reason))


def test_numbers_and_their_words_agree() -> None:
    assert describe("FS-204", count=1).title == "1 photo could not be read."
    assert describe("FS-204", count=1203).title == "1,203 photos could not be read."
    assert describe("FS-505", count=1).title == "1 photo is in both training and test."


def test_the_words_of_the_operating_system_are_replaced() -> None:
    reason = os.strerror(errno.EISDIR)
    error = PhotoError("FS-107", name="soups", reason=reason)
    assert str(error).startswith("“soups” cannot be opened. It is a folder.")
    assert describe("FS-107", name="x", reason="something else").cause == "Something else."


def test_nothing_is_offered_where_there_is_nothing_to_choose() -> None:
    error = InputError("FS-001", kind="library", name="Lab", known="none")
    assert str(error) == "There is no library named “Lab”."
