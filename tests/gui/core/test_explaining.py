from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

import engine
from engine import JobContext, ModelInfo
from engine.explain.occlusion import ROUNDS
from foodsearch_gui.core.explaining import Explaining
from foodsearch_gui.core.gpu_engine import GpuEngine, QueryPhoto
from foodsearch_gui.core.inspection import Inspected
from foodsearch_gui.core.pair_maps import PairMaps
from foodsearch_gui.core.session import Session
from tests.gui.cheap_engine import CheapEngine, draw_photos

ALL = list(range(64))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return draw_photos(tmp_path / "photos", 1)[0]


@pytest.fixture
def photo(file: Path) -> QueryPhoto:
    return to_read(file)


@pytest.fixture
def model(paths: engine.Paths) -> ModelInfo:
    return engine.ModelStore(paths).get("starter-64")


class Heard:
    """What an :class:`Explaining` told: the bits of each answer, by the number of the request."""

    def __init__(self, explaining: Explaining) -> None:
        self.answers: list[tuple[int, list[int | None]]] = []
        self.completed: list[int] = []
        self.failed: list[tuple[int, str]] = []
        self._explaining = explaining
        explaining.arrived.connect(self._take)
        explaining.failed.connect(lambda number, error: self.failed.append((number, error.code)))

    def _take(self, number: int, found: engine.Explanation) -> None:
        self.answers.append((number, [bit_map.bit for bit_map in found.maps]))
        if not self._explaining.is_busy:
            self.completed.append(number)


@pytest.fixture
def explaining(session: Session) -> Iterator[Explaining]:
    session.start()
    made = Explaining(session)
    yield made
    made.cancel()


def test_the_first_bit_comes_alone_and_later_all_together(
    explaining: Explaining, model: ModelInfo, photo: QueryPhoto, qtbot: QtBot
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
    explaining: Explaining, model: ModelInfo, photo: QueryPhoto, qtbot: QtBot
) -> None:
    heard = Heard(explaining)
    number = explaining.request(photo, model, ALL[:12], kind="gradient")
    qtbot.waitUntil(lambda: heard.completed == [number])
    assert [len(bits) for _, bits in heard.answers] == [1, 8, 3]


def test_an_older_request_is_dropped_and_blocks_nothing(
    session: Session, explaining: Explaining, model: ModelInfo, photo: QueryPhoto, qtbot: QtBot
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
    explaining: Explaining, model: ModelInfo, photo: QueryPhoto, tmp_path: Path, qtbot: QtBot
) -> None:
    heard = Heard(explaining)
    number = explaining.request(photo, model, kind="attention")
    qtbot.waitUntil(lambda: heard.failed == [(number, "FS-002")])
    explaining.request(to_read(tmp_path / "gone.jpg"), model)
    qtbot.waitUntil(lambda: len(heard.failed) == 2)
    assert heard.answers == heard.completed == []


@pytest.mark.parametrize("kind", ["best", "occlusion"])
def test_maps_that_cost_many_passes_come_beside_a_training(
    session: Session,
    explaining: Explaining,
    model: ModelInfo,
    photo: QueryPhoto,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    portions: list[tuple[int, ...]] = []
    explain = session.engine.explain

    def in_portions(model: ModelInfo, photo: QueryPhoto, bits: tuple[int, ...], *rest: Any) -> Any:
        portions.append(tuple(bits))
        return explain(model, photo, bits, *rest) if len(portions) % 3 == 0 else None

    def train(context: JobContext) -> None:
        while not is_trained.wait(0.001):
            context.checkpoint()

    monkeypatch.setattr(session.engine, "explain", in_portions)
    is_trained = threading.Event()
    training = session.gpu.submit("Training", train)
    heard = Heard(explaining)
    number = explaining.request(photo, model, [4, 5], kind=kind)
    qtbot.waitUntil(lambda: heard.completed == [number])
    assert not training.state.is_final
    is_trained.set()
    assert portions[:3] == [portions[0]] * 3
    assert [bit for _, bits in heard.answers for bit in bits] == [4, 5]


@pytest.fixture
def real() -> GpuEngine:
    made = GpuEngine("cpu")
    made.start(JobContext())
    return made


def test_the_real_engine_explains_the_photo_it_encodes(
    real: GpuEngine, model: ModelInfo, photo: QueryPhoto
) -> None:
    logits = real.encode_query(model, photo).logits
    found = real.explain(model, photo, [3, 60], "best", JobContext())
    assert found is not None
    assert [each.bit for each in found.maps] == [3, 60]
    for each in found.maps:
        assert each.kind == "exact"
        assert each.values.sum() + each.constant == pytest.approx(logits[each.bit], rel=1e-3)


def test_places_are_blurred_once_for_all_bits_of_a_photo(
    real: GpuEngine, model: ModelInfo, file: Path
) -> None:
    query, match = to_read(file), to_read(file)
    context = JobContext()
    for _ in range(ROUNDS):  # two photos in turn, a round each
        assert real.explain(model, query, [3], "occlusion", context) is None
        assert real.explain(model, match, [3], "occlusion", context) is None
    first = real.explain(model, query, [3], "occlusion", context)
    other = real.explain(model, query, [60], "occlusion", context)
    assert first is not None
    assert other is not None
    whole = real.explainer(model).explain(file, [3, 60], kind="occlusion")
    for found, expected in zip((*first.maps, *other.maps), whole.maps, strict=True):
        np.testing.assert_allclose(found.values, expected.values, atol=1e-4)


@pytest.fixture
def passes(real: GpuEngine, model: ModelInfo) -> list[object]:
    """The forward passes of the model so far."""
    made: list[object] = []
    stem = real.encoder(model).network.backbone.model.conv_stem
    stem.register_forward_hook(lambda *_: made.append(1))
    return made


def test_a_photo_that_was_searched_is_explained_without_another_pass(
    real: GpuEngine, model: ModelInfo, file: Path, passes: list[object]
) -> None:
    photo, context = to_read(file), JobContext()
    real.encode_query(model, photo)
    for bit in (3, 60):
        assert real.explain(model, photo, [bit], "best", context) is not None
    assert len(passes) == 1
    for _ in range(3):  # matches; and a photo that is brought anew may differ
        real.explain(model, to_read(file), [3], "best", context)
    assert len(passes) == 4
    real.explain(model, photo, [3], "best", context)
    assert len(passes) == 4, "what was searched stays known until the next search"
    real.encode_query(model, to_read(file))
    for _ in range(2):
        real.explain(model, to_read(file), [3], "best", context)
    before = len(passes)
    real.explain(model, photo, [3], "best", context)
    assert len(passes) == before + 1, "readings are not kept for ever"


def test_another_model_reads_the_photo_itself(
    real: GpuEngine, model: ModelInfo, file: Path, passes: list[object]
) -> None:
    photo, context = to_read(file), JobContext()
    real.encode_query(model, photo)
    another = replace(model, manifest=replace(model.manifest, id="another"))
    assert another.key != model.key
    assert real.explain(another, photo, [3], "best", context) is not None
    assert len(passes) == 1, "it has an encoder of its own"
    assert [key for _, key in real._readings] == [model.key, another.key]


def test_what_was_blurred_for_another_model_is_begun_anew(
    real: GpuEngine, model: ModelInfo, file: Path
) -> None:
    photo = to_read(file)
    another = replace(model, manifest=replace(model.manifest, id="another"))
    for asked, done in ((model, 1), (model, 2), (another, 1)):
        assert real.explain(asked, photo, [3], "occlusion", JobContext()) is None
        begun = real._occlusions[photo]
        assert (begun.key, begun.done) == (asked.key, done)


def test_an_export_does_not_read_the_searched_photo_again(
    real: GpuEngine, model: ModelInfo, file: Path, passes: list[object]
) -> None:
    photo = to_read(file)
    real.encode_query(model, photo)
    nothing = engine.Answer((), 0, 0, None, 0, (), 1.0, 64)
    *_, page = real.explain_answer(
        model, photo, nothing, (), 3, names=(), judged={"exact": "Fair."}
    )
    assert page is not None
    assert page.notes[-1].endswith(": Fair.")
    assert len(passes) == 1


def test_a_query_and_its_match_are_decoded_once(
    real: GpuEngine, model: ModelInfo, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    load = engine.read_query
    monkeypatch.setattr(
        engine,
        "read_query",
        lambda source, **options: read.append(source) or load(source, **options),
    )
    query, match = to_read(file), to_read(file)
    for bit in range(3):
        for photo in (query, match):
            real.explain(model, photo, [bit], "best", JobContext())
    assert len(read) == 2


class Asked:
    """Two photos side by side, and how often the engine is asked for maps of each."""

    def __init__(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        self.maps = PairMaps(session)
        self.photos: list[QueryPhoto] = []
        explain = session.engine.explain

        def count(model: ModelInfo, photo: QueryPhoto, *rest: Any) -> Any:
            self.photos.append(photo)
            return explain(model, photo, *rest)

        monkeypatch.setattr(session.engine, "explain", count)


@pytest.fixture
def asked(session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    session.start()
    qtbot.waitUntil(lambda: session.model is not None)
    made = Asked(session, monkeypatch)
    yield made
    made.maps.forget()


def test_the_same_maps_wanted_twice_are_asked_for_once(
    asked: Asked, file: Path, qtbot: QtBot
) -> None:
    photo = Inspected(file, file.name)
    for _ in range(3):
        asked.maps.show(photo, photo, 5)
    qtbot.waitUntil(lambda: not asked.maps.is_busy)
    assert len(asked.photos) == 2
    asked.maps.show(photo, photo, 9)
    qtbot.waitUntil(lambda: not asked.maps.is_busy)
    assert len(set(asked.photos)) == 2, "neither is decoded again for another bit"


def test_a_file_that_was_edited_gets_maps_of_its_own(
    asked: Asked, file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    photo = Inspected(file, file.name)
    asked.maps.show(photo, photo, 5, ("before", "same"))
    qtbot.waitUntil(lambda: not asked.maps.is_busy)
    query, match = asked.maps.maps
    file.write_bytes(draw_photos(tmp_path / "others", 1, seed=9)[0].read_bytes())
    asked.maps.show(photo, photo, 5, ("after", "same"))
    assert asked.maps.maps == (None, match)
    qtbot.waitUntil(lambda: not asked.maps.is_busy)
    assert asked.maps.maps[0].logit != query.logit


def to_read(file: Path) -> QueryPhoto:
    return QueryPhoto(file, file.name, engine.PhotoLimits())
