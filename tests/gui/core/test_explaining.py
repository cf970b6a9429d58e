from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import engine
from engine import ModelInfo
from foodsearch_gui.core.explaining import Explaining
from foodsearch_gui.core.gpu_engine import GpuEngine, QueryPhoto
from foodsearch_gui.core.session import Session
from tests.gui.cheap_engine import CheapEngine, draw_photos

ALL = list(range(64))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return draw_photos(tmp_path / "photos", 1)[0]


@pytest.fixture
def model(paths: engine.Paths) -> ModelInfo:
    return engine.ModelStore(paths).get("starter-64")


class Heard:
    """What an :class:`Explaining` told: the bits of each answer, by the number of the request."""

    def __init__(self, explaining: Explaining) -> None:
        self.answers: list[tuple[int, list[int | None]]] = []
        self.completed: list[int] = []
        self.failed: list[tuple[int, str]] = []
        explaining.arrived.connect(
            lambda number, found: self.answers.append((number, [m.bit for m in found.maps]))
        )
        explaining.completed.connect(self.completed.append)
        explaining.failed.connect(lambda number, error: self.failed.append((number, error.code)))


@pytest.fixture
def explaining(session: Session) -> Iterator[Explaining]:
    session.start()
    made = Explaining(session)
    yield made
    made.cancel()


def test_the_first_bit_comes_alone_and_later_all_together(
    explaining: Explaining, model: ModelInfo, photo: Path, qtbot: QtBot
) -> None:
    heard = Heard(explaining)
    first = explaining.request(photo, model, [7, *ALL])
    qtbot.waitUntil(lambda: heard.completed == [first])
    assert heard.answers == [(first, [7]), (first, ALL)]
    second = explaining.request(photo, model)  # now it is known that all cost one pass
    qtbot.waitUntil(lambda: heard.completed == [first, second])
    assert heard.answers[2:] == [(second, ALL)]
    assert not explaining.is_busy


def test_bits_that_cost_a_pass_each_come_in_portions(
    explaining: Explaining, model: ModelInfo, photo: Path, qtbot: QtBot
) -> None:
    heard = Heard(explaining)
    number = explaining.request(photo, model, ALL[:12], kind="gradient")
    qtbot.waitUntil(lambda: heard.completed == [number])
    assert [len(bits) for _, bits in heard.answers] == [1, 8, 3]


def test_an_older_request_is_dropped_and_blocks_nothing(
    session: Session, explaining: Explaining, model: ModelInfo, photo: Path, qtbot: QtBot
) -> None:
    assert isinstance(session.engine, CheapEngine)
    gate = session.engine.encoder(model).gate
    heard = Heard(explaining)
    gate.clear()
    for _ in range(5):
        newest = explaining.request(photo, model, [1, 2])
    gate.set()
    qtbot.waitUntil(lambda: heard.completed == [newest])
    assert {number for number, _ in heard.answers} == {newest}


def test_what_cannot_be_explained_is_told_once(
    explaining: Explaining, model: ModelInfo, photo: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    heard = Heard(explaining)
    number = explaining.request(photo, model, kind="attention")
    qtbot.waitUntil(lambda: heard.failed == [(number, "FS-002")])
    explaining.request(tmp_path / "gone.jpg", model)
    qtbot.waitUntil(lambda: len(heard.failed) == 2)
    assert heard.answers == heard.completed == []


def test_the_real_engine_explains_the_photo_it_encodes(
    paths: engine.Paths, model: ModelInfo, photo: Path
) -> None:
    real, context = GpuEngine("cpu"), engine.JobContext()
    real.start(context)
    asked = QueryPhoto(photo, photo.name, engine.PhotoLimits())
    logits = real.encode_query(model, asked).logits
    found = real.explain(model, asked, [3, 60], "best", context)
    assert [each.bit for each in found.maps] == [3, 60]
    for each in found.maps:
        assert each.kind == "exact"
        assert each.values.sum() + each.constant == pytest.approx(logits[each.bit], rel=1e-3)
