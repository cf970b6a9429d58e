"""What is told of the bits while the library is still being indexed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

import engine
from engine import JobContext
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
