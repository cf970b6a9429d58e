from __future__ import annotations

import itertools
import os
import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest

from engine.errors import IndexStateError, InputError, LibraryError
from engine.events import JobContext
from engine.library.catalogue import CATALOGUE, Catalogue
from engine.library.index_build import build_index
from engine.library.scan import scan
from engine.storage import content_hash
from tests.engine.library.pictures import ColourEncoder, jpeg, put
from tests.engine.library.shortcuts import store_codes

MODEL = "model-0123"


@pytest.fixture
def menu(catalogue: Catalogue, photos: Path) -> dict[str, int]:
    """Six photos, scanned; their ids by file name without suffix."""
    for number, name in enumerate(["b/ramen", "b/deep/udon", "a/pizza", "a/pasta", "cake", "b0/x"]):
        file = put(photos / f"{name}.jpg", jpeg(number))
        os.utime(file, ns=(10**18, 10**18 - number * 10**9))
    scan(catalogue, JobContext())
    records = catalogue.photos(catalogue.ids())
    return {record.path.stem: record.id for record in records}


def names(catalogue: Catalogue, **question: object) -> list[str]:
    records = catalogue.photos(catalogue.ids(**question))  # type: ignore[arg-type]
    return [record.path.stem for record in records]


def random_codes(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 8), dtype=np.uint8)


def test_photos_are_listed_by_path_or_newest_first(
    catalogue: Catalogue, menu: dict[str, int]
) -> None:
    assert names(catalogue) == ["cake", "pasta", "pizza", "ramen", "udon", "x"]
    assert names(catalogue, order="date") == ["ramen", "udon", "pizza", "pasta", "cake", "x"]
    assert catalogue.count() == 6


def test_a_folder_stands_for_all_below_it_and_nothing_beside_it(
    catalogue: Catalogue, menu: dict[str, int], photos: Path
) -> None:
    assert names(catalogue, folder=photos / "b") == ["ramen", "udon"]
    assert names(catalogue, folder=photos / "b" / "deep") == ["udon"]
    assert names(catalogue, folder=photos) == names(catalogue)
    assert names(catalogue, folder=photos.parent) == names(catalogue)
    assert names(catalogue, folder=photos / "c") == []
    assert names(catalogue, folder=photos.parent / "elsewhere") == []


def test_a_record_tells_what_is_known(
    catalogue: Catalogue, menu: dict[str, int], photos: Path, encoder: ColourEncoder
) -> None:
    put(photos / "copies" / "again.jpg", jpeg(2))
    scan(catalogue, JobContext())
    build_index(catalogue, encoder, JobContext())
    file = photos / "a" / "pizza.jpg"
    (record,) = catalogue.photos([menu["pizza"]])
    assert (record.path, record.label, record.state, record.copies) == (file, "a", "ok", 2)
    assert (record.width, record.height, record.size) == (64, 48, file.stat().st_size)
    assert record.mtime == pytest.approx(file.stat().st_mtime)
    assert record.content_hash == content_hash(file)
    assert catalogue.paths(record.id) == [file, photos / "copies" / "again.jpg"]


def test_the_copy_that_can_be_read_stands_for_a_photo(
    catalogue: Catalogue, menu: dict[str, int], photos: Path
) -> None:
    other = photos.with_name("z other")
    put(other / "pizza.jpg", jpeg(2))
    catalogue.add_root(other)
    scan(catalogue, JobContext())
    (record,) = catalogue.photos([menu["pizza"]])
    assert record.path == photos / "a" / "pizza.jpg"
    photos.rename(photos.with_name("unplugged"))
    scan(catalogue, JobContext())
    (record,) = catalogue.photos([menu["pizza"]])
    assert (record.path, record.state, record.copies) == (other / "pizza.jpg", "ok", 2)
    assert menu["pizza"] in catalogue.pending(MODEL)


def test_records_come_in_the_order_asked_for(catalogue: Catalogue, menu: dict[str, int]) -> None:
    wanted = [menu["x"], menu["cake"], 999_999, menu["udon"], menu["cake"]]
    assert [record.id for record in catalogue.photos(np.array(wanted))] == [
        key for key in wanted if key != 999_999
    ]


def test_a_photo_is_found_by_content(
    catalogue: Catalogue, menu: dict[str, int], photos: Path
) -> None:
    file = photos / "b" / "deep" / "udon.jpg"
    assert catalogue.id_of_hash(content_hash(file)) == menu["udon"]
    assert catalogue.id_of_hash("00" * 20) is None


def test_folders_are_counted(catalogue: Catalogue, menu: dict[str, int], photos: Path) -> None:
    put(photos / "a" / "pizza again.jpg", jpeg(2))
    scan(catalogue, JobContext())
    assert catalogue.folders() == [
        (photos, 1),
        (photos / "a", 2),
        (photos / "b", 1),
        (photos / "b" / "deep", 1),
        (photos / "b0", 1),
    ]


@pytest.mark.parametrize("relation", ["same", "inside", "around", "link", "file", "nothing"])
def test_a_root_that_overlaps_or_is_no_folder_is_refused(
    catalogue: Catalogue, photos: Path, relation: str
) -> None:
    (photos / "inner").mkdir()
    (photos.parent / "link").symlink_to(photos / "inner")
    path = {
        "same": photos / "inner" / "..",
        "inside": photos / "inner",
        "around": photos.parent,
        "link": photos.parent / "link",
        "file": put(photos.parent / "a.jpg", b"x"),
        "nothing": photos.parent / "nothing",
    }[relation]
    with pytest.raises(InputError) as caught:
        catalogue.add_root(path)
    codes = {"around": "FS-212", "file": "FS-002", "nothing": "FS-002"}
    assert caught.value.code == codes.get(relation, "FS-213")
    assert [root.path for root in catalogue.roots()] == [photos]


def test_of_several_folders_the_good_ones_are_added(catalogue: Catalogue, photos: Path) -> None:
    for name in ("lunch/today", "dinner", "photos/inner"):
        (photos.parent / name).mkdir(parents=True)
    (photos.parent / "link").symlink_to(photos / "inner")
    names = ["lunch/today", "nothing", "link", ".", "lunch", "photos", "photos/gone", "dinner"]
    result = catalogue.add_roots([photos.parent / name for name in names])
    assert {root.path.name for root in result.added} == {"lunch", "dinner"}
    assert {error.details["name"].name for error in result.covered} == {"today", "link", "photos"}
    assert {error.details["name"].name for error in result.refused} == {
        *("nothing", "gone", photos.parent.name)
    }
    assert len(catalogue.roots()) == 3


def test_folders_are_offered_without_those_that_are_covered(
    catalogue: Catalogue, photos: Path
) -> None:
    for name in ("lunch/today", "dinner", "photos/inner"):
        (photos.parent / name).mkdir(parents=True)
    (photos.parent / "link").symlink_to(photos / "inner")
    (photos.parent / "supper").symlink_to(photos.parent / "dinner")
    names = ["lunch/today", "lunch", "link", "photos", "photos/inner", "dinner", "lunch", "supper"]
    found = catalogue.uncovered([photos.parent / name for name in names])
    assert [folder.name for folder in found] == ["lunch", "dinner"]


def test_a_folder_beside_a_root_with_the_same_beginning_is_no_overlap(
    catalogue: Catalogue, photos: Path
) -> None:
    beside = photos.with_name(photos.name + " 2")
    beside.mkdir()
    root = catalogue.add_root(beside)
    assert (root.path, root.state, root.photos) == (beside, "online", 0)


def test_removing_a_root_hides_its_photos_and_restoring_brings_them_back(
    catalogue: Catalogue, menu: dict[str, int], photos: Path
) -> None:
    other = photos.with_name("other")
    put(other / "ramen copy.jpg", jpeg(0))
    catalogue.add_root(other)
    scan(catalogue, JobContext())
    store_codes(catalogue, MODEL, list(menu.values()), random_codes(6))
    (root, _) = catalogue.roots()
    assert root.photos == 6
    assert catalogue.root_paths() == [root.path, other]
    catalogue.remove_root(root.id)
    assert catalogue.root_paths() == [other]
    assert names(catalogue) == ["ramen copy"]
    assert [folder.path for folder in catalogue.roots()] == [other]
    assert catalogue.restore_root(root.id).photos == 6
    assert catalogue.count() == 6
    assert catalogue.pending(MODEL).tolist() == []
    assert scan(catalogue, JobContext()).opened == 0


def test_adding_a_removed_root_again_finds_its_photos_known(
    catalogue: Catalogue, menu: dict[str, int], photos: Path
) -> None:
    (root,) = catalogue.roots()
    catalogue.remove_root(root.id)
    assert catalogue.count() == 0
    assert catalogue.add_root(photos).id == root.id
    assert catalogue.count() == 6
    assert scan(catalogue, JobContext()).opened == 0


def test_a_root_takes_the_place_of_those_it_contains(
    catalogue: Catalogue, menu: dict[str, int], photos: Path
) -> None:
    before = set(catalogue.ids().tolist())
    catalogue.replace_roots(photos.parent)
    assert catalogue.root_paths() == [photos.parent]
    scan(catalogue, JobContext())
    assert set(catalogue.ids().tolist()) == before, "contents keep their ids, and so their codes"
    with pytest.raises(InputError, match="in the library already"):
        catalogue.replace_roots(photos.parent)


def test_a_root_is_not_restored_into_an_overlap(catalogue: Catalogue, photos: Path) -> None:
    (root,) = catalogue.roots()
    catalogue.remove_root(root.id)
    catalogue.add_root(photos.parent)
    with pytest.raises(InputError):
        catalogue.restore_root(root.id)


def test_an_unknown_root_is_said_to_be_unknown(catalogue: Catalogue) -> None:
    for change in (catalogue.remove_root, catalogue.restore_root):
        with pytest.raises(InputError) as caught:
            change(77)
        assert caught.value.code == "FS-001"


def test_codes_come_back_in_the_order_asked_for(catalogue: Catalogue, menu: dict[str, int]) -> None:
    ids = np.array(sorted(menu.values()), np.int64)
    codes = random_codes(6)
    store_codes(catalogue, MODEL, ids, codes)
    np.testing.assert_array_equal(catalogue.codes(MODEL, ids[::-1]), codes[::-1])
    store_codes(catalogue, MODEL, ids[:2], codes[4:])
    np.testing.assert_array_equal(catalogue.codes(MODEL, ids[:3]), codes[[4, 5, 2]])
    with pytest.raises(IndexStateError) as caught:
        catalogue.codes("another model", ids)
    assert caught.value.code == "FS-301"
    with pytest.raises(ValueError, match="8 bytes"):
        store_codes(catalogue, MODEL, ids[:1], codes[:1, :7])


def test_pending_and_coverage_are_of_one_model(catalogue: Catalogue, menu: dict[str, int]) -> None:
    ids = sorted(menu.values())
    assert catalogue.pending(MODEL).tolist() == ids
    store_codes(catalogue, MODEL, ids[:4], random_codes(4))
    assert catalogue.pending(MODEL).tolist() == ids[4:]
    assert catalogue.pending("another").tolist() == ids
    coverage = catalogue.coverage(MODEL)
    assert (coverage.indexed, coverage.total) == (4, 6)


def test_photos_that_cannot_be_read_now_are_not_pending(
    catalogue: Catalogue, menu: dict[str, int], photos: Path
) -> None:
    photos.rename(photos.with_name("away"))
    scan(catalogue, JobContext())
    assert catalogue.pending(MODEL).tolist() == []
    assert catalogue.coverage(MODEL).total == 6


def test_an_index_that_follows_the_changes_equals_a_new_one(
    catalogue: Catalogue, menu: dict[str, int], photos: Path
) -> None:
    index: dict[int, bytes] = {}
    stamp = 0
    rng = np.random.default_rng(3)
    ids = list(menu.values())
    (root,) = catalogue.roots()
    steps = [
        lambda: store_codes(catalogue, MODEL, ids[:4], random_codes(4)),
        lambda: store_codes(catalogue, "another", ids, random_codes(6, 1)),
        lambda: (photos / "b" / "ramen.jpg").unlink(),
        lambda: store_codes(catalogue, MODEL, ids[2:], random_codes(4, 2)),
        lambda: put(photos / "b" / "ramen.jpg", jpeg(0)),
        lambda: catalogue.remove_root(root.id),
        lambda: None,
        lambda: catalogue.restore_root(root.id),
        lambda: (photos / "cake.jpg").rename(photos / "a" / "cake.jpg"),
        lambda: put(photos / "a" / "pizza.jpg", jpeg(77)),
    ]
    for number, step in enumerate(itertools.chain(steps, rng.permutation(np.array(steps[:5])))):
        step()
        scan(catalogue, JobContext())
        changes = catalogue.changes_since(MODEL, stamp)
        if changes.complete:
            index.clear()
        assert changes.complete == (number == 0)
        for photo_id in changes.removed.tolist():
            index.pop(photo_id, None)
        index |= {
            key: code.tobytes()
            for key, code in zip(changes.ids.tolist(), changes.codes, strict=True)
        }
        stamp = changes.stamp
        everything = catalogue.changes_since(MODEL, 0)
        assert index == {
            key: code.tobytes()
            for key, code in zip(everything.ids.tolist(), everything.codes, strict=True)
        }
        assert set(index) == set(catalogue.ids().tolist()) - set(catalogue.pending(MODEL).tolist())
        assert catalogue.changes_since(MODEL, stamp).ids.size == 0


def test_judgements_are_kept_changed_and_forgotten(
    catalogue: Catalogue, menu: dict[str, int]
) -> None:
    catalogue.judge("query", menu["cake"], True)
    catalogue.judge("query", menu["udon"], False)
    catalogue.judge("other", menu["cake"], False)
    assert catalogue.judgements("query") == {menu["cake"]: True, menu["udon"]: False}
    catalogue.judge("query", menu["cake"], False)
    catalogue.judge("query", menu["udon"], None)
    assert catalogue.judgements("query") == {menu["cake"]: False}
    assert catalogue.judgements("never asked") == {}


def test_recent_queries_come_newest_first_each_once(catalogue: Catalogue) -> None:
    for number in range(5):
        catalogue.remember_query(Path(f"/x/{number}.jpg"), f"hash{number}", f"{number}.jpg")
    catalogue.remember_query(None, "pasted", "Pasted picture")
    catalogue.remember_query(Path("/y/1.jpg"), "hash1", os.fsdecode(b"gr\xfcn.jpg"))
    recent = catalogue.recent_queries(4)
    assert [query.content_hash for query in recent] == ["hash1", "pasted", "hash4", "hash3"]
    assert recent[0].path == Path("/y/1.jpg")
    assert recent[1].path is None
    for number in range(300):
        catalogue.remember_query(None, f"many{number}", "x")
    assert len(catalogue.recent_queries(1000)) == 200


def test_a_reader_sees_one_state_however_much_is_written(
    catalogue: Catalogue, menu: dict[str, int]
) -> None:
    question = "SELECT count(*) FROM codes"
    with catalogue._database.read() as connection:
        assert connection.execute(question).fetchone() == (0,)
        store_codes(catalogue, MODEL, list(menu.values()), random_codes(6))
        assert connection.execute(question).fetchone() == (0,)
    with catalogue._database.read() as connection:
        assert connection.execute(question).fetchone() == (6,)


def test_readers_and_writers_work_side_by_side(catalogue: Catalogue, menu: dict[str, int]) -> None:
    ids = list(menu.values())
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                changes = catalogue.changes_since(MODEL, 0)
                # Each transaction writes all codes alike: a torn read would show two kinds.
                assert len(np.unique(changes.codes)) <= 1
                catalogue.photos(catalogue.ids())
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(60):
        store_codes(catalogue, MODEL, ids, np.full((6, 8), number, np.uint8))
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []


def test_a_closed_library_says_so(catalogue: Catalogue) -> None:
    catalogue.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        catalogue.count()


def test_a_full_disk_is_said_and_loses_nothing(
    catalogue: Catalogue, menu: dict[str, int], photos: Path, encoder: ColourEncoder
) -> None:
    ids = sorted(menu.values())
    store_codes(catalogue, MODEL, ids[:2], random_codes(2))
    with catalogue._database.write() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(6, 400):
        put(photos / "many" / f"{number}.jpg", jpeg(number, (16, 12)))
    with pytest.raises(LibraryError) as caught:
        scan(catalogue, JobContext())
    assert caught.value.code == "FS-205"
    with catalogue._database.write() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    scan(catalogue, JobContext())
    assert catalogue.count() == 400
    with catalogue._database.write() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LibraryError) as caught:
        build_index(catalogue, encoder, JobContext())
    assert caught.value.code == "FS-205"
    assert str(catalogue.folder) in str(caught.value)
    with catalogue._database.write() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    build_index(catalogue, encoder, JobContext())
    assert catalogue.coverage(encoder.key).indexed == 400
    np.testing.assert_array_equal(catalogue.codes(MODEL, ids[:2]), random_codes(2))


def test_the_file_stays_sound_while_used(catalogue: Catalogue, menu: dict[str, int]) -> None:
    with catalogue._database.read() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert (catalogue.folder / CATALOGUE).is_file()
