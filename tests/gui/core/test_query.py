from __future__ import annotations

from pathlib import Path

from foodsearch_gui.core.query import Query, QueryHistory


def named(name: str) -> Query:
    return Query(Path(name), name)


def test_history_goes_back_and_forward_like_a_browser() -> None:
    history = QueryHistory()
    assert history.current is None
    assert not history.go(-1)
    first, second, third, other = map(named, "abcd")
    for query in (first, second, third):
        history.push(query)
    assert history.go(-1)
    assert history.go(-1)
    assert history.current is first
    assert not history.can_go_back
    assert history.go(1)
    history.push(other)
    assert not history.can_go_forward, "what was ahead is forgotten"
    assert history.go(-1)
    assert history.current is second


def test_what_became_known_stays_with_its_query() -> None:
    history = QueryHistory()
    history.push(named("a"))
    known = named("a known")
    history.replace(known)
    history.push(named("b"))
    history.go(-1)
    assert history.current is known


def test_history_is_bounded() -> None:
    history = QueryHistory()
    for number in range(1000):
        history.push(named(str(number)))
    steps = 0
    while history.go(-1):
        steps += 1
    assert steps == 49
    assert history.current.name == "950"
