"""Another model is put to use, whatever else happens to the index meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine import ModelInfo
from foodsearch_gui.core.session import Session
from foodsearch_gui.widgets.message_bar import MessageBar
from tests.gui.cheap_engine import CheapEncoder, CheapEngine, draw_photos


@pytest.fixture
def started(session: Session, tmp_path: Path, qtbot: QtBot) -> Session:
    """A session with a library that is indexed with the bundled model."""
    session.start()
    qtbot.waitUntil(lambda: session.searcher is not None and session.device is not None)
    draw_photos(tmp_path / "meals", 12)
    session.add_roots([tmp_path / "meals"])
    qtbot.waitUntil(
        lambda: session.coverage is not None and session.coverage.indexed == 12, timeout=10_000
    )
    qtbot.waitUntil(lambda: not session.jobs.active())
    return session


def cheap(session: Session, model: ModelInfo) -> CheapEncoder:
    assert isinstance(session.engine, CheapEngine)
    return session.engine.encoder(model)


def test_a_scan_during_indexing_does_not_keep_a_model_from_use(
    started: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    other = started.store.duplicate(started.model.id, "Other")
    draw_photos(tmp_path / "meals" / "new", 6, seed=1)
    gate = cheap(started, started.model).gate
    gate.clear()
    started.rescan()
    qtbot.waitUntil(lambda: started.running("index") is not None)
    qtbot.waitUntil(lambda: started.running("scan") is None)
    started.model_switch.use(other)
    draw_photos(tmp_path / "meals" / "newer", 6, seed=2)
    started.rescan()
    qtbot.waitUntil(lambda: started.running("scan") is None)
    gate.set()
    qtbot.waitUntil(lambda: started.model.id == other.id, timeout=10_000)
    qtbot.waitUntil(
        lambda: started.coverage is not None and started.coverage.indexed == 24, timeout=10_000
    )
    assert not started.model_switch.is_on_its_way(other)


def test_the_model_asked_for_last_is_used(started: Session, qtbot: QtBot) -> None:
    one, two = (started.store.duplicate(started.model.id, name) for name in ("One", "Two"))
    cheap(started, one).gate.clear()
    started.model_switch.use(one)
    started.model_switch.use(two)
    cheap(started, one).gate.set()
    qtbot.waitUntil(lambda: started.model.id == two.id, timeout=10_000)
    assert not started.model_switch.is_on_its_way(two)


def test_only_the_newest_banner_says_which_model_answers(started: Session, qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    started.banner.connect(bar.show_message)
    started.banner_withdrawn.connect(bar.withdraw)
    first, other = started.model, started.store.duplicate(started.model.id, "Other")
    for model in (other, first):
        started.model_switch.use(model)
        qtbot.waitUntil(lambda model=model: started.model.id == model.id, timeout=10_000)
        titles = [banner.message.title for banner in bar.banners()]
        assert titles == [f"“{model.name}” answers your searches now."]
        assert [button.text() for button in bar.banners()[0].buttons()] == ["Undo"]
        qtbot.waitUntil(lambda: not started.jobs.active())
    started.choose_model(other.id)
    assert bar.banners() == [], "it would say what is not true any more"
