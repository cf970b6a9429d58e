"""Codes of several models in several libraries: who is indexed how far, whose codes are spare."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InputError
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.libraries import open_library
from engine.library.overview import list_codes
from engine.library.preferred import better_model, preferred_model
from engine.library.scan import scan
from engine.library.tidy import spare_bytes, tidy_codes
from engine.models.store import ModelStore
from engine.paths import Paths
from tests.engine.library.pictures import jpeg, put
from tests.engine.models.conftest import make_bundle


@pytest.fixture
def store(paths: Paths, tmp_path: Path) -> ModelStore:
    """Two bundled models, of which the newer one is the default, and one of the user's."""
    bundled = tmp_path / "bundled"
    for id in ("dishes-8", "starter-64"):
        make_bundle(bundled / f"{id}.fsmodel", id=id, name=id)
    (bundled / "default.json").write_text('{"id": "dishes-8"}')
    store = ModelStore(paths, bundled)
    store.import_file(make_bundle(tmp_path / "mine.fsmodel", id="mine"))
    return store


def fill(catalogue: Catalogue, folder: Path, count: int) -> None:
    for number in range(count):
        put(folder / f"{number:04}.jpg", jpeg(number, (40, 30)))
    scan(catalogue, JobContext())


def encode(catalogue: Catalogue, key: str, count: int | None = None) -> None:
    """Store a code of a model for the first photos."""
    random = np.random.default_rng(0)
    rows = [(int(id), random.bytes(1), 40, 30) for id in catalogue.ids()[:count]]
    catalogue.record_index(key, rows, [])


def keys(catalogue: Catalogue) -> set[str]:
    return set(catalogue.code_counts())


def test_every_library_is_listed_with_its_codes(
    paths: Paths, catalogue: Catalogue, photos: Path
) -> None:
    fill(catalogue, photos, 5)
    encode(catalogue, "a-1")
    encode(catalogue, "b-2", 2)
    os.unlink(photos / "0000.jpg")
    scan(catalogue, JobContext())
    with open_library(paths, "Work"):
        home, work = list_codes(paths)  # both are open: nobody is disturbed
    assert (home.name, home.photos, work.name, work.photos) == ("Home", 4, "Work", 0)
    assert [(count.indexed, count.total) for count in map(home.coverage, ("a-1", "b-2"))] in (
        [(4, 4), (2, 4)],
        [(4, 4), (1, 4)],
    )
    assert home.coverage("unknown").indexed == 0
    assert dict(work.codes) == {}


def test_a_library_that_cannot_be_read_says_why(paths: Paths) -> None:
    for name, content in {"Torn": b"SQLite format 3\x00" + b"\xff" * 5000, "Empty": b""}.items():
        put(paths.libraries / name / "catalogue.sqlite", content)
    with open_library(paths, "Later") as later:
        later._database._writer.execute("PRAGMA user_version = 200000")
        troubles = {one.name: one.trouble and one.trouble.code for one in list_codes(paths)}
    assert troubles == {"Empty": "FS-211", "Later": "FS-206", "Torn": "FS-210"}
    assert (paths.libraries / "Torn" / "catalogue.sqlite").read_bytes().startswith(b"SQLite")


def test_only_codes_of_models_that_are_gone_are_freed(
    paths: Paths, catalogue: Catalogue, photos: Path, store: ModelStore
) -> None:
    fill(catalogue, photos, 700)
    mine = store.get("mine")
    for key in ("gone-0123456789ab", mine.key, store.get("starter-64").key):
        encode(catalogue, key)
    index = catalogue.index_folder("gone-0123456789ab")
    put(index / "codes-1.u8", bytes(1000))
    with open_library(paths, "Work") as work:
        fill(work, photos.parent / "work", 3)
        work.add_root(photos.parent / "work")
        scan(work, JobContext())
        encode(work, "gone-0123456789ab")
    expected = spare_bytes(store, list_codes(paths))
    stamp = catalogue.changes_since(mine.key, 0).stamp
    report = tidy_codes(paths, store, opened=catalogue)
    assert (report.codes, report.refused) == (703, ())
    assert not index.exists()
    assert 0.5 * expected < report.bytes < 2.5 * expected
    assert keys(catalogue) == {mine.key, store.get("starter-64").key}
    assert spare_bytes(store, list_codes(paths)) == 0
    assert catalogue.changes_since(mine.key, stamp).complete  # indexes elsewhere start anew
    assert len(catalogue.codes(mine.key, catalogue.ids())) == 700
    assert tidy_codes(paths, store, opened=catalogue).codes == 0


def test_a_removed_model_can_come_back_and_needs_a_new_index(
    paths: Paths, catalogue: Catalogue, photos: Path, store: ModelStore
) -> None:
    fill(catalogue, photos, 4)
    key = store.get("mine").key
    encode(catalogue, key)
    store.remove("mine")
    assert catalogue.coverage(key).indexed == 4  # kept for the undo
    assert tidy_codes(paths, store, opened=catalogue).codes == 4
    store.restore("mine")
    assert list(catalogue.pending(key)) == list(catalogue.ids())


def test_codes_of_a_model_that_cannot_be_read_now_are_kept(
    paths: Paths, catalogue: Catalogue, photos: Path, store: ModelStore
) -> None:
    fill(catalogue, photos, 2)
    mine = store.get("mine")
    encode(catalogue, mine.key)
    (mine.path / "manifest.json").write_bytes(b"{")
    assert tidy_codes(paths, store, opened=catalogue).codes == 0
    assert spare_bytes(store, list_codes(paths)) == 0
    assert keys(catalogue) == {mine.key}


def test_a_library_that_is_open_elsewhere_is_left_and_named(
    paths: Paths, catalogue: Catalogue, photos: Path, store: ModelStore
) -> None:
    fill(catalogue, photos, 2)
    encode(catalogue, "gone-0123456789ab")
    report = tidy_codes(paths, store)  # this process holds it, and does not say so
    assert [message.code for message in report.refused] == ["FS-207"]
    assert report.codes == 0
    assert keys(catalogue) == {"gone-0123456789ab"}


def test_a_library_goes_on_with_the_model_it_is_indexed_with(
    catalogue: Catalogue, photos: Path, store: ModelStore
) -> None:
    assert preferred_model(store, catalogue).id == "dishes-8"
    assert better_model(store, catalogue) is None
    fill(catalogue, photos, 4)
    starter, dishes = store.get("starter-64"), store.get("dishes-8")
    encode(catalogue, starter.key)
    assert preferred_model(store, catalogue).id == "starter-64"
    found = better_model(store, catalogue)
    assert found is not None
    assert found.id == "dishes-8"
    encode(catalogue, dishes.key, 3)
    assert preferred_model(store, catalogue).id == "starter-64"
    encode(catalogue, dishes.key)
    assert preferred_model(store, catalogue).id == "dishes-8"
    assert better_model(store, catalogue) is None


def test_a_choice_counts_more_than_an_index(
    catalogue: Catalogue, photos: Path, store: ModelStore
) -> None:
    fill(catalogue, photos, 2)
    encode(catalogue, store.get("starter-64").key)
    encode(catalogue, store.get("mine").key)
    assert preferred_model(store, catalogue).id == "starter-64"  # nobody chose "mine"
    store.set_default("mine")
    assert preferred_model(store, catalogue).id == "mine"
    assert better_model(store, catalogue) is None


def test_without_any_model_there_is_none_to_prefer(
    paths: Paths, catalogue: Catalogue, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no model"):
        preferred_model(ModelStore(paths, tmp_path / "nothing"), catalogue)
