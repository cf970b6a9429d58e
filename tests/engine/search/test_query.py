"""Searching a real catalogue whose photos have codes chosen by the test."""

from __future__ import annotations

import dataclasses
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import InputError
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.models.manifest import Manifest
from engine.models.store import ModelInfo
from engine.paths import Paths
from engine.preprocessing import Preprocessing
from engine.search.query import Answer, Searcher
from tests.engine.library.shortcuts import store_codes

NUM_BITS = 64
DISHES = ("curry", "noodles", "soup")
PER_DISH = 20
QUERY = np.zeros(8, np.uint8)
FAR = b"\xff" * 8


def make_model(**changes: Any) -> ModelInfo:
    manifest = Manifest(
        id="test-64",
        name="Test",
        method="itq",
        backbone="test_resnet",
        num_bits=NUM_BITS,
        classes=(),
        preprocessing=Preprocessing(32, 0.875, "bicubic", (0.5,) * 3, (0.5,) * 3),
        files={"model.safetensors": "ab" * 32, "report.json": "cd" * 32},
        created="2026-01-02T03:04:05+00:00",
    )
    return ModelInfo(dataclasses.replace(manifest, **changes), Path("nowhere"), False, 1, True)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Sixty files of distinct content in three folders; the catalogue does not decode them."""
    root = tmp_path / "photos"
    for dish in DISHES:
        (root / dish).mkdir(parents=True)
        for number in range(PER_DISH):
            (root / dish / f"{number:02}.jpg").write_bytes(f"{dish} {number}".encode())
    return root


@pytest.fixture
def catalogue(home: Path, photos: Path) -> Iterator[Catalogue]:
    with open_library(Paths.resolve(home)) as catalogue:
        catalogue.add_root(photos)
        scan(catalogue, JobContext())
        yield catalogue


@pytest.fixture
def model() -> ModelInfo:
    return make_model()


@pytest.fixture
def searcher(catalogue: Catalogue, model: ModelInfo) -> Iterator[Searcher]:
    searcher = Searcher(catalogue, model)
    yield searcher
    searcher.close()


def at_distance(distance: int, variant: int = 0) -> bytes:
    """A code so far from QUERY; variants of equal distance lie far from each other."""
    bits = np.zeros(NUM_BITS, np.uint8)
    bits[(np.arange(distance) + variant * distance) % NUM_BITS] = 1
    return np.packbits(bits).tobytes()


def give_codes(catalogue: Catalogue, model: ModelInfo, codes: dict[int, bytes]) -> None:
    packed = np.frombuffer(b"".join(codes.values()), np.uint8).reshape(len(codes), -1)
    store_codes(catalogue, model.key, list(codes), packed)


def random_codes(ids: Any, seed: int = 0) -> dict[int, bytes]:
    rng = np.random.default_rng(seed)
    return {int(key): rng.bytes(NUM_BITS // 8) for key in ids}


def bits_of(code: bytes) -> list[int]:
    return [bit for bit in range(NUM_BITS) if code[bit // 8] >> (7 - bit % 8) & 1]


def found(answer: Answer) -> list[tuple[int, int]]:
    return [(hit.distance, hit.photo_id) for hit in answer.hits]


def ranking(codes: dict[int, bytes]) -> list[tuple[int, int]]:
    return sorted((len(bits_of(code)), key) for key, code in codes.items())


def test_answers_like_a_full_sort(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    assert searcher.refresh()
    assert len(searcher) == 60
    answer = searcher.search(QUERY, top=10)
    assert found(answer) == ranking(codes)[:10]
    assert [hit.rank for hit in answer.hits] == list(range(1, 11))
    assert (answer.searched, answer.beyond, answer.hidden_duplicates) == (60, 50, 0)
    assert answer.nearest == answer.hits[0].distance
    for hit in answer.hits:
        assert list(hit.disagree) == bits_of(codes[hit.photo_id])
        assert hit.photo == catalogue.photos([hit.photo_id])[0]
        assert hit.duplicates == ()
    assert len(searcher.search(QUERY, top=100).hits) == 60
    assert searcher.search(QUERY, top=100).beyond == 0


def test_equal_codes_come_by_id(catalogue: Catalogue, model: ModelInfo, searcher: Searcher) -> None:
    ids = catalogue.ids()[::-1]
    give_codes(catalogue, model, dict.fromkeys(map(int, ids), FAR))
    searcher.refresh()
    answer = searcher.search(QUERY, top=60, hide_duplicates=False)
    assert [hit.photo_id for hit in answer.hits] == sorted(ids)


def test_the_radius_is_inclusive_and_the_nearest_is_told_beyond_it(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    ids = [int(key) for key in catalogue.ids()[:4]]
    codes = dict(zip(ids, (at_distance(9), at_distance(14, 1), at_distance(20), FAR), strict=True))
    give_codes(catalogue, model, codes)
    searcher.refresh()
    nothing = searcher.search(QUERY, radius=8)
    assert (nothing.hits, nothing.nearest, nothing.beyond, nothing.searched) == ((), 9, 4, 4)
    assert found(searcher.search(QUERY, radius=9)) == [(9, ids[0])]
    two = searcher.search(QUERY, radius=19)
    assert found(two) == [(9, ids[0]), (14, ids[1])]
    assert two.beyond == 2
    assert len(searcher.search(QUERY, radius=64).hits) == 4


def test_an_empty_index_has_no_nearest(searcher: Searcher) -> None:
    assert not searcher.refresh()
    answer = searcher.search(QUERY)
    assert (answer.hits, answer.searched, answer.beyond, answer.nearest) == ((), 0, 0, None)
    assert answer.suggestion == ()


def test_near_duplicates_hide_behind_the_nearest(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    first, *others = (int(key) for key in sorted(catalogue.ids()))
    codes = {first: at_distance(3), others[0]: at_distance(1), others[1]: at_distance(5, 1)}
    codes |= {others[2]: at_distance(4), others[3]: at_distance(5)}
    give_codes(catalogue, model, codes)
    searcher.refresh()
    answer = searcher.search(QUERY)
    # 1 leads 3 and hides it; 4 is three bits away, leads, and hides the 5 that contains it.
    assert found(answer) == [(1, others[0]), (4, others[2]), (5, others[1])]
    assert [hit.duplicates for hit in answer.hits] == [(first,), (others[3],), ()]
    assert (answer.hidden_duplicates, answer.beyond) == (2, 0)
    everything = searcher.search(QUERY, hide_duplicates=False)
    assert found(everything) == ranking(codes)
    assert everything.hidden_duplicates == 0


def test_hidden_duplicates_do_not_cost_hits(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    ids = sorted(int(key) for key in catalogue.ids())
    codes = dict.fromkeys(ids[:50], QUERY.tobytes())
    codes |= {key: at_distance(10, n) for n, key in enumerate(ids[50:54])}
    give_codes(catalogue, model, codes)
    searcher.refresh()
    answer = searcher.search(QUERY, top=3)
    assert found(answer) == [(0, ids[0]), (10, ids[50]), (10, ids[51])]
    assert answer.hits[0].duplicates == tuple(ids[1:50])
    assert (answer.hidden_duplicates, answer.beyond) == (49, 2)
    within = searcher.search(QUERY, top=3, radius=4)
    assert found(within) == [(0, ids[0])]
    assert (within.hidden_duplicates, within.beyond) == (49, 4)


def test_as_many_duplicates_hide_behind_a_photo_whatever_is_asked_for(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    # The first photo leads, thirty others lie between it and its last two near-duplicates.
    ids = catalogue.ids(order="id").tolist()
    leader = bits_of(at_distance(8))

    def changed(bits: list[int]) -> bytes:
        code = np.zeros(NUM_BITS, np.uint8)
        code[bits] = 1
        return np.packbits(code).tobytes()

    codes = {ids[0]: changed(leader)}
    codes |= {key: changed(list(range(20 + n, 29 + n))) for n, key in enumerate(ids[1:31])}
    codes |= {ids[31]: changed([*leader, 62, 63]), ids[32]: changed([*leader, 61, 63])}
    give_codes(catalogue, model, codes)
    searcher.refresh()
    for top in (1, 2, 5, 50):
        first = searcher.search(QUERY, top=top).hits[0]
        assert first.duplicates == (ids[31], ids[32]), top
    assert searcher.search(QUERY, top=1, radius=9).hits[0].duplicates == ()
    assert searcher.search(QUERY, top=1, exclude={ids[31]}).hits[0].duplicates == (ids[32],)


def test_codes_of_a_model_that_learned_dishes_hide_nothing(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.search.query.near_duplicate_distance", lambda method, bits: None)
    model = make_model()
    give_codes(catalogue, model, dict.fromkeys(map(int, catalogue.ids()), FAR))
    searcher = Searcher(catalogue, model)
    searcher.refresh()
    assert len(searcher.search(QUERY, top=30).hits) == 30
    searcher.close()


def test_a_folder_restricts_the_search(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher, photos: Path
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    searcher.refresh()
    inside = {int(key): codes[int(key)] for key in catalogue.ids(folder=photos / "soup")}
    answer = searcher.search(QUERY, top=8, folder=photos / "soup")
    assert found(answer) == ranking(inside)[:8]
    assert (answer.searched, answer.beyond) == (PER_DISH, 12)
    assert searcher.search(QUERY, folder=photos, top=60).searched == 60
    elsewhere = searcher.search(QUERY, folder=photos.parent / "elsewhere")
    assert (elsewhere.hits, elsewhere.searched, elsewhere.nearest) == ((), 0, None)


def test_a_folder_is_looked_up_anew_after_a_refresh(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher, photos: Path
) -> None:
    give_codes(catalogue, model, random_codes(catalogue.ids()))
    searcher.refresh()
    assert searcher.search(QUERY, folder=photos / "soup").searched == PER_DISH
    (photos / "curry" / "00.jpg").rename(photos / "soup" / "new.jpg")
    scan(catalogue, JobContext())
    searcher.refresh()
    assert searcher.search(QUERY, folder=photos / "soup").searched == PER_DISH + 1


def test_required_bits_restrict_the_search(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher, photos: Path
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    searcher.refresh()
    chosen = {k: c for k, c in codes.items() if 3 in bits_of(c) and 60 not in bits_of(c)}
    answer = searcher.search(QUERY, top=60, require={3: 1, 60: 0})
    assert found(answer) == ranking(chosen)
    assert answer.searched == len(chosen)
    soup = set(catalogue.ids(folder=photos / "soup").tolist())
    both = searcher.search(QUERY, top=60, require={3: 1, 60: 0}, folder=photos / "soup")
    assert found(both) == ranking({k: c for k, c in chosen.items() if k in soup})


def test_excluded_photos_are_not_found(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher, photos: Path
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    searcher.refresh()
    gone = frozenset(key for _, key in ranking(codes)[:40])
    answer = searcher.search(QUERY, top=5, exclude=gone | {10**6})
    assert found(answer) == ranking(codes)[40:45]
    assert (answer.searched, answer.beyond, answer.nearest) == (20, 15, ranking(codes)[40][0])
    soup = set(catalogue.ids(folder=photos / "soup").tolist())
    assert searcher.search(QUERY, exclude=gone, folder=photos / "soup").searched == len(soup - gone)


def test_the_folders_of_the_hits_vote(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher, photos: Path
) -> None:
    curry, noodles = (
        [int(key) for key in catalogue.ids(folder=photos / dish)] for dish in DISHES[:2]
    )
    codes = {curry[0]: at_distance(10), noodles[0]: at_distance(10, 1), noodles[1]: FAR}
    give_codes(catalogue, model, codes)
    searcher.refresh()
    votes = searcher.search(QUERY).suggestion
    assert [(v.label, v.count) for v in votes] == [("noodles", 2), ("curry", 1)]
    assert sum(v.weight for v in votes) == pytest.approx(1)


def test_what_is_asked_of_the_matches_changes_nothing_about_what_the_photo_shows(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    searcher.refresh()
    votes = searcher.search(QUERY).suggestion
    assert searcher.search(QUERY, radius=0).suggestion == votes
    assert searcher.search(QUERY, require={3: 1}).suggestion == votes
    assert searcher.search(QUERY, ignore=range(40), top=1).suggestion == votes


def test_the_photo_that_is_asked_about_has_no_vote(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    soup = int(catalogue.ids(folder=catalogue.root_paths()[0] / "soup")[0])
    curry = int(catalogue.ids(folder=catalogue.root_paths()[0] / "curry")[0])
    give_codes(catalogue, model, {soup: at_distance(0), curry: at_distance(6)})
    searcher.refresh()
    (record,) = catalogue.photos([soup])
    answer = searcher.search(QUERY, query_hash=record.content_hash)
    assert found(answer) == [(0, soup), (6, curry)]
    assert [(vote.label, vote.weight) for vote in answer.suggestion] == [("curry", 1.0)]
    assert searcher.search(QUERY).suggestion[0].label == "soup"


def test_photos_whose_files_are_away_are_still_shown(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher, photos: Path
) -> None:
    give_codes(catalogue, model, random_codes(catalogue.ids()))
    searcher.refresh()
    shutil.rmtree(photos)
    scan(catalogue, JobContext())
    searcher.refresh()
    answer = searcher.search(QUERY)
    assert {hit.photo.state for hit in answer.hits} == {"offline"}


def test_refresh_takes_over_what_changed(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher, photos: Path
) -> None:
    codes = random_codes(catalogue.ids())
    ids = list(codes)
    give_codes(catalogue, model, {key: codes[key] for key in ids[:30]})
    assert searcher.refresh()
    assert not searcher.refresh()
    give_codes(catalogue, model, {key: codes[key] for key in ids[30:]})
    give_codes(catalogue, model, {ids[0]: FAR})
    gone = catalogue.photos([ids[1]])[0].path
    os.unlink(gone)
    scan(catalogue, JobContext(), remove_missing=True)
    assert searcher.refresh()
    del codes[ids[1]]
    codes[ids[0]] = FAR
    assert found(searcher.search(QUERY, top=60)) == ranking(codes)
    fresh = Searcher(catalogue, model)
    fresh.refresh()
    assert found(fresh.search(QUERY, top=60)) == ranking(codes)
    fresh.close()


def test_photos_that_just_left_the_library_are_left_out(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    searcher.refresh()
    nearest = ranking(codes)[0][1]
    os.unlink(catalogue.photos([nearest])[0].path)
    scan(catalogue, JobContext(), remove_missing=True)
    answer = searcher.search(QUERY, top=5)
    assert [hit.photo_id for hit in answer.hits] == [key for _, key in ranking(codes)[1:5]]
    assert [hit.rank for hit in answer.hits] == [1, 2, 3, 4]


def test_code_of_gives_the_code_of_an_indexed_photo(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    searcher.refresh()
    for key, code in codes.items():
        stored = searcher.code_of(key)
        assert stored is not None
        assert stored.tobytes() == code
    assert searcher.code_of(10**6) is None


@pytest.mark.parametrize(
    "options",
    [
        {"require": {64: 1}},
        {"require": {-1: 1}},
        {"require": {0: 2}},
        {"top": 0},
        {"radius": -1},
    ],
)
def test_impossible_wishes_are_refused_in_words(searcher: Searcher, options: Any) -> None:
    with pytest.raises(InputError) as caught:
        searcher.search(QUERY, **options)
    assert caught.value.code == "FS-002"


@pytest.fixture
def save_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.search.query.SAVE_ROWS", 0)


@pytest.mark.usefixtures("save_always")
def test_the_next_searcher_starts_from_the_saved_index(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    searcher.refresh()
    searcher.close()
    again = Searcher(catalogue, model)
    assert len(again) == 60  # before it looked at the catalogue
    assert found(again.search(QUERY, top=60)) == ranking(codes)
    assert not again.refresh()
    again.close()


@pytest.mark.usefixtures("save_always")
def test_a_damaged_saved_index_is_rebuilt(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    searcher.refresh()
    searcher.close()
    [stored] = (catalogue.folder / "index" / model.key).glob("codes-*")
    stored.write_bytes(bytes(len(codes) * 8))
    again = Searcher(catalogue, model)
    assert len(again) == 0
    assert again.refresh()
    assert found(again.search(QUERY, top=60)) == ranking(codes)
    again.close()


@pytest.mark.usefixtures("save_always")
def test_an_index_that_cannot_be_saved_still_searches(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher, caplog: pytest.LogCaptureFixture
) -> None:
    (catalogue.folder / "index").write_text("in the way")
    give_codes(catalogue, model, random_codes(catalogue.ids()))
    with caplog.at_level(logging.WARNING):
        searcher.refresh()
    assert "could not be saved" in caplog.text
    assert len(searcher.search(QUERY).hits) == 24


@pytest.mark.usefixtures("save_always")
def test_a_library_opened_read_only_is_searched_without_writing(
    home: Path, catalogue: Catalogue, model: ModelInfo
) -> None:
    give_codes(catalogue, model, random_codes(catalogue.ids()))
    with open_library(Paths.resolve(home), read_only=True) as looking:
        searcher = Searcher(looking, model)
        searcher.refresh()
        assert len(searcher.search(QUERY).hits) == 24
        searcher.close()
    assert not (catalogue.folder / "index").exists()


def test_another_thread_may_refresh_during_searches(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    ids = [int(key) for key in catalogue.ids()]
    give_codes(catalogue, model, random_codes(ids))
    searcher.refresh()
    stop = threading.Event()

    def change() -> None:
        for seed in range(30):
            give_codes(catalogue, model, random_codes(ids[:30], seed))
            searcher.refresh()
        stop.set()

    thread = threading.Thread(target=change)
    thread.start()
    while not stop.is_set():
        assert len(searcher.search(QUERY, top=60).hits) >= 30
    thread.join()


def test_a_closed_searcher_does_not_refresh(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    give_codes(catalogue, model, random_codes(catalogue.ids()))
    searcher.close()
    searcher.close()
    assert not searcher.refresh()


def test_loads_neither_faiss_nor_torch_nor_qt() -> None:
    program = (
        "import sys, engine.search.query;print({'faiss', 'torch', 'PySide6'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


def test_ignored_bits_count_in_no_distance(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    searcher.refresh()
    ignored = {0, 7, 8, 63}
    counted = {key: set(bits_of(code)) - ignored for key, code in codes.items()}
    answer = searcher.search(QUERY, top=60, hide_duplicates=False, ignore=ignored)
    assert found(answer) == sorted((len(bits), key) for key, bits in counted.items())
    assert all(set(hit.disagree) == counted[hit.photo_id] for hit in answer.hits)
    assert answer.counting == 60
    within = searcher.search(QUERY, radius=25, top=60, hide_duplicates=False, ignore=ignored)
    assert found(within) == [pair for pair in found(answer) if pair[0] <= 25]


def test_weights_order_the_hits_and_are_told(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    codes = random_codes(catalogue.ids())
    give_codes(catalogue, model, codes)
    searcher.refresh()
    weights = np.random.default_rng(1).integers(0, 9, NUM_BITS) / 4
    costs = {key: sum(weights[bits_of(code)]) for key, code in codes.items()}
    answer = searcher.search(QUERY, top=60, hide_duplicates=False, weights=weights)
    order = sorted(codes, key=lambda key: (costs[key], len(bits_of(codes[key])), key))
    assert [hit.photo_id for hit in answer.hits] == order
    assert [hit.weighted for hit in answer.hits] == [costs[key] for key in order]
    assert [hit.distance for hit in answer.hits] == [len(bits_of(codes[key])) for key in order]
    without = searcher.search(QUERY, top=1, ignore=range(32), weights=weights).hits[0]
    assert without.weighted == min(
        sum(weights[[bit for bit in bits_of(code) if bit >= 32]]) for code in codes.values()
    )
    plain = searcher.search(QUERY, top=60)
    assert plain.suggestion == answer.suggestion
    assert plain.hits[0].weighted is None


def test_a_suggestion_names_the_photos_that_voted(
    catalogue: Catalogue, model: ModelInfo, searcher: Searcher
) -> None:
    give_codes(catalogue, model, random_codes(catalogue.ids()))
    searcher.refresh()
    answer = searcher.search(QUERY, top=3)
    labels = {photo.id: photo.label for photo in catalogue.photos(catalogue.ids())}
    voters = [key for vote in answer.suggestion for key in vote.photos]
    nearest = [hit.photo_id for hit in searcher.search(QUERY, top=10).hits]
    assert sorted(voters) == sorted(nearest), "however few hits are shown"
    for vote in answer.suggestion:
        assert {labels[key] for key in vote.photos} == {vote.label}
        assert len(vote.photos) == vote.count
