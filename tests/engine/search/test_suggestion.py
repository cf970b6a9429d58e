"""What suggestions are worth, on a real catalogue whose photos have codes chosen by the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.events import JobCancelled, JobContext
from engine.library.catalogue import Catalogue
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.paths import Paths
from engine.search.query import Searcher
from tests.engine.library.shortcuts import store_codes
from tests.engine.search.test_query import NUM_BITS, make_model

DISHES = ("curry", "noodles", "soup")
PER_DISH = 30


@pytest.fixture
def catalogue(home: Path, tmp_path: Path) -> Iterator[Catalogue]:
    root = tmp_path / "photos"
    for dish in DISHES:
        (root / dish).mkdir(parents=True)
        for number in range(PER_DISH):
            (root / dish / f"{number:02}.jpg").write_bytes(f"{dish} {number}".encode())
    with open_library(Paths.resolve(home)) as catalogue:
        catalogue.add_root(root)
        scan(catalogue, JobContext())
        yield catalogue


def give_codes(catalogue: Catalogue, centres: np.ndarray, flips: float) -> None:
    """Photos of a dish lie around its centre; each bit is flipped with this chance."""
    rng = np.random.default_rng(4)
    photos = catalogue.photos(catalogue.ids())
    rows = np.array([centres[DISHES.index(str(photo.label))] for photo in photos])
    bits = rows ^ (rng.random(rows.shape) < flips)
    store_codes(catalogue, make_model().key, [p.id for p in photos], np.packbits(bits, axis=1))


def test_sharp_codes_are_believed_and_strangers_called_so(catalogue: Catalogue) -> None:
    centres = np.random.default_rng(1).integers(0, 2, (3, NUM_BITS)).astype(bool)
    give_codes(catalogue, centres, 0.2)
    searcher = Searcher(catalogue, make_model())
    searcher.refresh()
    before = searcher.search(np.packbits(centres[1]))
    assert (before.similar_enough, before.suggestion[0].confidence) == (None, None)
    searcher.calibrate()
    answer = searcher.search(np.packbits(centres[1]))
    assert answer.suggestion[0].label == "noodles"
    assert answer.suggestion[0].confidence is not None
    assert answer.suggestion[0].confidence > 0.8
    assert answer.similar_enough
    stranger = searcher.search(np.packbits(centres.sum(axis=0) < 2))  # far from every centre
    assert stranger.similar_enough is False
    kept = searcher.calibration
    searcher.close()
    again = Searcher(catalogue, make_model())
    assert again.calibration == kept, "it is kept beside the index"
    again.close()


def test_codes_that_say_nothing_are_not_believed(catalogue: Catalogue) -> None:
    give_codes(catalogue, np.zeros((3, NUM_BITS), bool), 0.5)
    searcher = Searcher(catalogue, make_model())
    searcher.refresh()
    searcher.calibrate()
    rng = np.random.default_rng(2)
    answers = [searcher.search(rng.integers(0, 256, 8, dtype=np.uint8)) for _ in range(20)]
    told = [vote.confidence for answer in answers for vote in answer.suggestion]
    assert all(0.1 < chance < 0.7 for chance in told if chance is not None)
    assert np.mean([bool(answer.similar_enough) for answer in answers]) < 0.2
    searcher.close()


def test_near_duplicates_do_not_flatter(catalogue: Catalogue) -> None:
    """Every photo has a copy of its own label; without it the labels are noise."""
    rng = np.random.default_rng(3)
    photos = catalogue.photos(catalogue.ids())
    codes = {}
    for dish in DISHES:
        mine = [photo.id for photo in photos if photo.label == dish]
        for one, other in zip(mine[::2], mine[1::2], strict=True):
            codes[one] = codes[other] = rng.integers(0, 256, 8, dtype=np.uint8)
    store_codes(catalogue, make_model().key, list(codes), np.stack(list(codes.values())))
    searcher = Searcher(catalogue, make_model())
    searcher.refresh()
    searcher.calibrate()
    answers = [searcher.search(rng.integers(0, 256, 8, dtype=np.uint8)) for _ in range(20)]
    assert np.mean([bool(answer.similar_enough) for answer in answers]) < 0.3
    searcher.close()


def test_too_few_labels_measure_nothing(catalogue: Catalogue) -> None:
    ids = catalogue.ids()[:20].tolist()
    codes = np.random.default_rng(0).integers(0, 256, (20, 8), dtype=np.uint8)
    store_codes(catalogue, make_model().key, ids, codes)
    searcher = Searcher(catalogue, make_model())
    searcher.refresh()
    searcher.calibrate()
    assert searcher.calibration is None
    assert searcher.search(codes[0]).similar_enough is None
    searcher.close()


def test_a_damaged_measure_is_none(catalogue: Catalogue) -> None:
    give_codes(catalogue, np.zeros((3, NUM_BITS), bool), 0.3)
    searcher = Searcher(catalogue, make_model())
    searcher.refresh()
    searcher.calibrate()
    searcher.close()
    (file,) = catalogue.index_folder(make_model().key).glob("suggestions.json")
    for text in ("", "{", "[]", '{"intercept": 1}', file.read_text().replace("90", '"x"')):
        file.write_text(text)
        searcher = Searcher(catalogue, make_model())
        assert searcher.calibration is None, text
        searcher.close()


def test_measuring_can_be_stopped(catalogue: Catalogue) -> None:
    give_codes(catalogue, np.zeros((3, NUM_BITS), bool), 0.3)
    searcher = Searcher(catalogue, make_model())
    searcher.refresh()
    ctx = JobContext()
    ctx.cancel()
    with pytest.raises(JobCancelled):
        searcher.calibrate(ctx)
    searcher.close()
