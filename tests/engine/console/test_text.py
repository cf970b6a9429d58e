from __future__ import annotations

import os

import pytest

from engine.console.text import count, duration, printable, size, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("crème brûlée 寿司.jpg", "crème brûlée 寿司.jpg"),
        ("a\nb\x1b[31m\x07", "a\\nb\\x1b[31m\\x07"),
        (os.fsdecode(b"caf\xe9.jpg"), "caf\\udce9.jpg"),
        ("right\u202eto left", "right\\u202eto left"),
    ],
)
def test_file_names_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_table_aligns_its_columns() -> None:
    assert table(("name", "bits"), [("a", 64), ("longer", 8)], right="bits") == [
        "name    bits",
        "a         64",
        "longer     8",
    ]


def test_an_empty_table_is_its_header() -> None:
    assert table(("name", "bits"), []) == ["name  bits"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (59.4, "59 s"), (97, "1 min 37 s"), (3600, "1 h 0 min"), (9000, "2 h 30 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_numbers_agree_with_their_nouns() -> None:
    assert [count(number, "photo") for number in (0, 1, 1203)] == [
        "0 photos",
        "1 photo",
        "1,203 photos",
    ]
    assert count(2, "query", "queries") == "2 queries"


def test_sizes() -> None:
    assert (size(7_192_653), size(999)) == ("7.2 MB", "1.0 kB")
