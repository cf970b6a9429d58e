"""What is told of the bits while the library is still being indexed."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

import engine
from engine import JobContext, LabelName
from foodsearch_gui.core.bit_knowledge import BitKnowledge
from foodsearch_gui.core.session import Session
from tests.gui.cheap_engine import draw_photos


@pytest.fixture
def counts(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The counts so far; during each of the first three, more photos are indexed."""
    made: list[int] = []
    describe = engine.describe_bits

    def count(*arguments: Any, **options: Any) -> Any:
        made.append(len(made))
        if len(made) <= 3:
            session.index_changed.emit()
        return describe(*arguments, **options)

    monkeypatch.setattr(engine, "describe_bits", count)
    return made


@pytest.fixture
def knowledge(session: Session, tmp_path: Path, qtbot: QtBot) -> BitKnowledge:
    draw_photos(tmp_path / "meals", 6)
    session.start()
    qtbot.waitUntil(lambda: session.catalogue is not None)
    session.add_roots([tmp_path / "meals"])
    qtbot.waitUntil(lambda: session.coverage is not None and session.coverage.indexed == 6)
    qtbot.waitUntil(lambda: not any(map(session.running, ("scan", "index", "refresh"))))
    return session.knowledge


def test_a_count_is_told_though_the_index_has_grown_since(
    knowledge: BitKnowledge, counts: list[int], qtbot: QtBot
) -> None:
    told: list[int] = []
    knowledge.changed.connect(lambda: told.append(len(counts)) if knowledge.attributes else None)
    knowledge.refresh()
    qtbot.waitUntil(lambda: bool(told))
    assert told[0] == 1
    assert knowledge.attributes[0].photos == 6
    qtbot.waitUntil(lambda: not knowledge.is_counting)
    assert len(counts) == 4, "it is counted again until nothing is new"


def test_while_photos_are_indexed_one_count_follows_another_only_when_there_is_more(
    session: Session, knowledge: BitKnowledge, counts: list[int], qtbot: QtBot
) -> None:
    is_indexed = threading.Event()

    def index(context: JobContext) -> None:
        while not is_indexed.wait(0.001):
            context.checkpoint()

    session.desk.remember("index", session.gpu.submit("Indexing", index))
    knowledge.refresh()
    qtbot.waitUntil(lambda: not knowledge.is_counting)
    assert (len(counts), len(knowledge.attributes)) == (1, 64)
    knowledge.refresh()
    assert knowledge.is_counting, "what was told may be old"
    qtbot.waitUntil(lambda: not knowledge.is_counting)
    is_indexed.set()
    qtbot.waitUntil(lambda: session.running("index") is None)


def test_a_check_that_nobody_asked_for_gives_way_and_is_done_later(
    session: Session,
    knowledge: BitKnowledge,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_over, measure = threading.Event(), engine.measure_library_maps

    def slowly(*arguments: Any, ctx: JobContext, **options: Any) -> engine.MapTest:
        while not is_over.wait(0.001):
            ctx.checkpoint()
        return measure(*arguments, ctx=ctx, **options)

    monkeypatch.setattr(engine, "measure_library_maps", slowly)
    knowledge.refresh()
    qtbot.waitUntil(lambda: knowledge.can_measure)
    wanted = session.gpu.submit("Training", lambda context: is_over.wait(10))
    knowledge.check_maps("exact")
    assert session.running("map-test") is None, "somebody is at work"
    is_over.set()
    qtbot.waitUntil(lambda: wanted.state.is_final)
    is_over.clear()
    knowledge.check_maps("exact")
    assert session.running("map-test") is not None
    with qtbot.waitSignal(session.gpu.submit("Indexing", lambda _context: None).finished):
        pass
    assert not knowledge.map_tests
    is_over.set()
    qtbot.waitUntil(lambda: not session.jobs.active())
    knowledge.check_maps("exact")
    qtbot.waitUntil(lambda: "exact" in knowledge.map_tests)


def test_the_name_that_the_user_gave_goes_before_that_of_the_labels(
    session: Session, knowledge: BitKnowledge, qtbot: QtBot
) -> None:
    assert session.model is not None
    knowledge.refresh()
    qtbot.waitUntil(lambda: bool(knowledge.attributes))
    assert knowledge.names() == ("",) * 64
    found = LabelName(("soup",), True, 0.9, 0.8)
    knowledge.attributes = tuple(replace(told, label_name=found) for told in knowledge.attributes)
    given = (*[None] * 7, "fried")
    session.model = replace(
        session.model, manifest=replace(session.model.manifest, bit_names=(*given, *[None] * 56))
    )
    names = knowledge.names()
    assert (names[6], names[7], names[8]) == ("soup", "fried", "soup")
