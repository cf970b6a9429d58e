"""The words about an answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine import Answer, Coverage
from engine.search.votes import Vote
from foodsearch_gui.core.query import Query, SearchOptions
from foodsearch_gui.core.steering import Steering, Wish
from foodsearch_gui.pages import search_texts
from tests.gui.hits import make_hit

ANSWER = Answer(
    hits=(make_hit(1, 5, Path("soup.jpg"), distance=3),),
    searched=48_213,
    beyond=48_212,
    nearest=3,
    hidden_duplicates=0,
    suggestion=(Vote("miso_soup", 0.61, 3), Vote("curry", 0.22, 1), Vote("pie", 0.02, 1)),
    ms=3.2,
    counting=64,
)
QUERY = Query(Path("mine.jpg"), "mine.jpg", encode_ms=41.4)


def test_the_line_about_an_answer() -> None:
    assert search_texts.summary(ANSWER, QUERY) == ("1 of 48,213 photos · encode 41 ms, search 3 ms")
    hidden = replace(ANSWER, hidden_duplicates=3, ms=0.4)
    assert search_texts.summary(hidden, replace(QUERY, encode_ms=None)) == (
        "1 of 48,213 photos · search <1 ms · 3 near-duplicates hidden"
    )


def test_an_answer_from_a_part_of_the_library_says_so() -> None:
    said = search_texts.summary(ANSWER, QUERY, Coverage(indexed=256, total=2999))
    assert said.endswith(" · 256 of 2,999 photos searchable so far")
    assert "so far" not in search_texts.summary(ANSWER, QUERY, Coverage(indexed=9, total=9))


def test_neighbours_suggest_a_name() -> None:
    said = search_texts.suggestion(ANSWER)
    assert search_texts.plain(said) == "Looks like: miso soup 61 % of the votes · curry 22 %"
    assert search_texts.suggestion(replace(ANSWER, suggestion=())) == ""


def test_a_suggestion_says_how_sure_it_is_and_leads_to_its_evidence() -> None:
    votes = (
        Vote("miso_soup", 0.61, 7, (4, 9), 3, 0.87),
        Vote("curry & rice", 0.3, 2, (5,), 9, 0.08),
        Vote("pie", 0.09, 1, (6,), 20, 0.01),
    )
    near = replace(ANSWER, suggestion=votes, similar_enough=True)
    said = search_texts.suggestion(near)
    assert search_texts.plain(said) == (
        "Of your dishes most like: miso soup 87 % sure (7 of the 10 nearest)"
        " · curry & rice 8 % sure (2 of the 10 nearest)"
    )
    assert '<a href="1">curry &amp; rice</a>' in said
    assert "“miso soup”" in search_texts.evidence(votes[0]).title


def test_what_is_not_similar_enough_is_said_to_be_a_guess() -> None:
    votes = (Vote("soup", 0.4, 4, (4,), 20, 0.31), Vote("pie", 0.3, 6, (5,), 21, 0.2))
    far = replace(ANSWER, suggestion=votes, similar_enough=False)
    assert search_texts.plain(search_texts.suggestion(far)) == (
        "Nothing similar enough to say what it is. Best guess: soup (4 of the 10 nearest)"
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (SearchOptions(top=500), ("48,212 more come after these.", "")),
        (SearchOptions(radius=18), ("48,212 more beyond 18 of 64.", "Show")),
        (SearchOptions(radius=18, top=1), ("48,212 more come after these.", "Show more")),
        (SearchOptions(top=1), ("48,212 more come after these.", "Show more")),
    ],
)
def test_what_is_not_shown(options: SearchOptions, expected: tuple[str, str]) -> None:
    assert search_texts.beyond(ANSWER, options) == expected
    assert search_texts.beyond(replace(ANSWER, beyond=0), options) == ("", "")


def test_nothing_found() -> None:
    empty = replace(ANSWER, hits=(), nearest=9)
    assert search_texts.nothing_found(empty, SearchOptions(radius=6), Steering()) == (
        "Nothing within 6 of 64 bits.",
        "The nearest photo is at 9.",
    )
    nothing = replace(empty, nearest=None)
    title, text = search_texts.nothing_found(nothing, SearchOptions(folder=Path("x")), Steering())
    assert (title, text) == ("Nothing to search here.", "No photo of this folder has a code yet.")
    pinned = Steering(bits=((3, Wish.ON),))
    title, _ = search_texts.nothing_found(nothing, SearchOptions(), pinned)
    assert title == "No photo has the bits you asked for."
    ignored = Steering(bits=((3, Wish.IGNORE),))
    assert search_texts.nothing_found(nothing, SearchOptions(), ignored)[1] == text
