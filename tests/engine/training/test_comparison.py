"""What a training changed, shown on the photos it held back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.codes import binarize, hamming
from engine.errors import EngineError
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.photos import load_photo
from engine.search.encode import Encoder
from engine.training.comparison import Comparison, compare_models
from engine.training.run import Run
from tests.engine.training.runs import CLASSES, CPU, begin, complete, draw_photos


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return draw_photos(tmp_path / "mine", each=12)


@pytest.fixture
def trained(paths: Paths, folder: Path) -> tuple[Encoder, Encoder, Run]:
    """A model of random bits, another one, and the run it was made in."""
    return make_models(paths, folder)


def make_models(paths: Paths, folder: Path, epochs: int = 1) -> tuple[Encoder, Encoder, Run]:
    first = complete(paths, begin(paths, folder, name="before", epochs=1, lr=1e-9))
    run = begin(paths, folder, name="after", epochs=epochs, lr=3e-3)
    second = complete(paths, run)
    return Encoder(first.model, CPU), Encoder(second.model, CPU), run


def compare(trained: tuple[Encoder, Encoder, Run], **settings: Any) -> Comparison:
    return compare_models(*trained, **settings)


def code_of(encoder: Encoder, path: Path) -> np.ndarray:
    image = load_photo(path, min_side=encoder.decode_side).image
    return binarize(encoder.encode(encoder.prepare(image)[np.newaxis])[0])


def test_held_back_photos_are_searched_among_those_trained_on(
    trained: tuple[Encoder, Encoder, Run], folder: Path
) -> None:
    found = compare(trained)
    facts = trained[2].read_facts()
    queries = {folder / name for name in facts["queries"]}
    gallery = {folder / name for name in facts["gallery"]}
    assert not queries & gallery
    assert len(queries) + len(gallery) == 36
    assert {pair.path for pair in found.pairs} == queries
    for pair in found.pairs:
        assert pair.label == pair.path.parent.name
        for encoder, strip in zip(trained[:2], (pair.before, pair.after), strict=True):
            assert len(strip.hits) == 6
            assert {hit.path for hit in strip.hits} <= gallery
            asked = code_of(encoder, pair.path)
            distances = sorted(int(hamming(asked, code_of(encoder, path))) for path in gallery)
            assert [hit.distance for hit in strip.hits] == distances[:6]
            assert all(hit.is_right == (hit.label == pair.label) for hit in strip.hits)


def test_the_figures_are_those_of_the_validation_over_all_queries(
    paths: Paths, folder: Path
) -> None:
    trained = make_models(paths, folder, epochs=12)
    whole, part = compare(trained), compare(trained, queries=3)
    (model,) = (model for model in ModelStore(paths).list() if model.id == "after")
    assert whole.after_map == pytest.approx(model.manifest.metrics["validation_map"])
    assert (part.before_map, part.after_map) == (whole.before_map, whole.after_map)
    assert {pair.label for pair in part.pairs} == set(CLASSES), "one of each class"


def test_the_difference_tells_how_sure_it_is(paths: Paths, folder: Path) -> None:
    before, after, run = make_models(paths, folder, epochs=12)
    found = compare((before, after, run))
    assert found.difference.queries == len(run.read_facts()["queries"])
    assert found.difference.value == pytest.approx(found.after_map - found.before_map)
    assert found.difference.low <= found.difference.value <= found.difference.high
    same = compare((after, after, run))
    assert (same.difference.value, same.difference.is_clear) == (0, False)


def test_every_call_shows_the_same(trained: tuple[Encoder, Encoder, Run]) -> None:
    assert compare(trained, queries=4) == compare(trained, queries=4)


def test_photos_that_are_gone_are_passed_over(
    trained: tuple[Encoder, Encoder, Run], folder: Path
) -> None:
    facts = trained[2].read_facts()
    (folder / facts["queries"][0]).unlink()
    (folder / facts["queries"][1]).write_bytes(b"no picture any more")
    (folder / facts["gallery"][0]).unlink()
    shutil.copy(folder / facts["gallery"][1], folder / "bowl" / "new.png")
    found = compare(trained)
    gone = {folder / facts["queries"][0], folder / facts["queries"][1]}
    assert {pair.path for pair in found.pairs} == {folder / n for n in facts["queries"]} - gone
    shown = {hit.path for pair in found.pairs for hit in pair.after.hits}
    assert folder / facts["gallery"][0] not in shown
    assert folder / "bowl" / "new.png" not in shown


def test_what_cannot_be_shown_says_why(
    trained: tuple[Encoder, Encoder, Run], folder: Path, paths: Paths
) -> None:
    unheld = begin(paths, folder, name="unheld", epochs=1, validation_share=0.0)
    complete(paths, unheld)
    with pytest.raises(EngineError, match="held no photos back") as caught:
        compare_models(*trained[:2], unheld)
    assert caught.value.code == "FS-519"
    folder.rename(folder.with_name("away"))
    with pytest.raises(EngineError) as caught:
        compare(trained)
    assert caught.value.code == "FS-513"
