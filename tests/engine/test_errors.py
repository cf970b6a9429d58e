from __future__ import annotations

import pickle
import re
import string

import pytest

from engine.errors import InputError, PhotoError, describe
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


@pytest.mark.parametrize("code", MESSAGES)
def test_texts_keep_the_house_rules(code: str) -> None:
    message = describe(code, **dict.fromkeys(PLACEHOLDERS[code], "X"))
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
    assert "“x”: it is not a folder." in str(PhotoError("FS-107", name="x", reason=reason))
