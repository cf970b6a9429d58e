"""Snapshots, tails and tombstones of the flat index."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.index import snapshot
from engine.index.flat import FOLD_ROWS, FlatIndex
from tests.engine.index.backends import draw_codes

KEY = "dishes-64-0123456789ab"


def random_index(count: int = 1000, num_bits: int = 64, seed: int = 0) -> FlatIndex:
    index = FlatIndex(num_bits)
    rng = np.random.default_rng(seed)
    index.add(np.arange(count) * 3, draw_codes(rng, count, num_bits, "random"))
    return index


def content(index: FlatIndex) -> tuple[list[int], bytes]:
    return index.ids.tolist(), index.codes_of(index.ids).tobytes()


def saved(folder: Path, stamp: int = 7, **how: Any) -> FlatIndex:
    index = random_index(**how)
    index.save(folder, KEY, stamp)
    return index


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("num_bits", [12, 64, 100])
@pytest.mark.parametrize("count", [0, 1, 1000])
def test_opens_what_was_saved(tmp_path: Path, count: int, num_bits: int) -> None:
    index = saved(tmp_path, count=count, num_bits=num_bits)
    opened = FlatIndex.open(tmp_path, KEY, num_bits)
    assert opened is not None
    assert opened[1] == 7
    assert content(opened[0]) == content(index)
    query = np.zeros((1, (num_bits + 7) // 8), np.uint8)
    assert opened[0].search(query, 20).ids[0].tolist() == index.search(query, 20).ids[0].tolist()


def test_a_saved_index_goes_on_changing(tmp_path: Path) -> None:
    index = saved(tmp_path)
    index.remove(np.array([0, 3]))
    index.add(np.array([6, 5000]), np.zeros((2, 8), np.uint8))
    index.save(tmp_path, KEY, 8)
    opened = FlatIndex.open(tmp_path, KEY, 64)
    assert opened is not None
    assert opened[1] == 8
    assert content(opened[0]) == content(index)
    assert len(index) == 999
    assert index.search(np.zeros((1, 8), np.uint8), 2).ids[0].tolist() == [6, 5000]


def test_old_generations_are_deleted_and_foreign_files_kept(tmp_path: Path) -> None:
    index = saved(tmp_path)
    (tmp_path / "codes-notes.txt").write_text("mine")
    index.save(tmp_path, KEY, 8)
    assert files(tmp_path) == {"codes-2.u8", "ids-2.i64", "snapshot.json", "codes-notes.txt"}


def test_a_mapped_index_survives_the_deletion_of_its_files(tmp_path: Path) -> None:
    index = saved(tmp_path)
    frozen = index.frozen()
    before = content(frozen)
    index.remove(np.array([0]))
    index.save(tmp_path, KEY, 8)
    assert content(frozen) == before
    assert len(index) == 999


@pytest.mark.parametrize("last_step", ["codes", "ids", "note"])
def test_a_crash_while_saving_leaves_the_snapshot_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last_step: str
) -> None:
    index = saved(tmp_path)
    before = content(index)
    index.remove(np.array([0]))
    path_of = {"codes": "codes-2.u8", "ids": "ids-2.i64", "note": "snapshot.json"}[last_step]
    write = snapshot.atomic_write

    def crash(path: Path) -> Any:
        if path.name == path_of:
            raise OSError("the disk is full")
        return write(path)

    monkeypatch.setattr("engine.index.snapshot.atomic_write", crash)
    monkeypatch.setattr("engine.storage.atomic_write", crash)
    with pytest.raises(OSError, match="full"):
        index.save(tmp_path, KEY, 8)
    assert len(index) == 999  # the index itself goes on
    opened = FlatIndex.open(tmp_path, KEY, 64)
    assert opened is not None
    assert (opened[1], content(opened[0])) == (7, before)
    monkeypatch.undo()
    index.save(tmp_path, KEY, 9)
    opened = FlatIndex.open(tmp_path, KEY, 64)
    assert opened is not None
    assert (opened[1], content(opened[0])) == (9, content(index))
    assert len(files(tmp_path)) == 3


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def edit(**changes: object) -> Any:
    def change(folder: Path) -> None:
        note = json.loads((folder / "snapshot.json").read_text())
        (folder / "snapshot.json").write_text(json.dumps(note | changes))

    return change


DAMAGE = {
    "no note": lambda folder: (folder / "snapshot.json").unlink(),
    "empty note": lambda folder: (folder / "snapshot.json").write_bytes(b""),
    "note is no object": lambda folder: (folder / "snapshot.json").write_text("[1, 2]"),
    "note is no text": lambda folder: (folder / "snapshot.json").write_bytes(b"\xff\xfe\x00"),
    "note with a stranger": edit(colour="red"),
    "other format": edit(format_version=2),
    "other generation": edit(generation=5),
    "larger count": edit(count=1001),
    "negative count": edit(count=-1),
    "count is a text": edit(count="1000"),
    "huge count": edit(count=10**30),
    "no codes": lambda folder: (folder / "codes-1.u8").unlink(),
    "no ids": lambda folder: (folder / "ids-1.i64").unlink(),
    "short codes": lambda folder: (folder / "codes-1.u8").write_bytes(b"\0" * 7999),
    "long ids": lambda folder: (folder / "ids-1.i64").write_bytes(b"\0" * 8008),
    "flipped bit in the codes": lambda folder: flip(folder / "codes-1.u8"),
    "flipped bit in the ids": lambda folder: flip(folder / "ids-1.i64"),
    "zeroed codes": lambda folder: (folder / "codes-1.u8").write_bytes(b"\0" * 8000),
    "codes are a folder": lambda folder: (
        (folder / "codes-1.u8").unlink(),
        (folder / "codes-1.u8").mkdir(),
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_snapshot_is_not_read(tmp_path: Path, damage: str) -> None:
    saved(tmp_path)
    DAMAGE[damage](tmp_path)
    assert FlatIndex.open(tmp_path, KEY, 64) is None


def test_a_snapshot_of_another_model_is_not_read(tmp_path: Path) -> None:
    saved(tmp_path)
    assert FlatIndex.open(tmp_path, "dishes-64-ba9876543210", 64) is None
    assert FlatIndex.open(tmp_path, KEY, 48) is None
    assert FlatIndex.open(tmp_path / "missing", KEY, 64) is None


def test_the_files_are_plain_arrays(tmp_path: Path) -> None:
    index = saved(tmp_path)
    ids = np.fromfile(tmp_path / "ids-1.i64", "<i8")
    codes = np.fromfile(tmp_path / "codes-1.u8", np.uint8).reshape(-1, 8)
    assert ids.tolist() == index.ids.tolist() == sorted(ids.tolist())
    assert codes.tobytes() == index.codes_of(ids).tobytes()


def test_changes_beyond_a_tenth_are_folded_in() -> None:
    rng = np.random.default_rng(0)
    index = random_index(10 * FOLD_ROWS)
    index.add(np.array([1, 4]), draw_codes(rng, 2, 64, "random"))
    block, tail = index._block_and_tail
    assert (len(block), len(tail)) == (10 * FOLD_ROWS, 2)
    index.remove(np.arange(FOLD_ROWS - 2) * 3)
    assert index._block_and_tail[0].dead == FOLD_ROWS - 2
    index.remove(np.arange(FOLD_ROWS + 1) * 3)
    block, tail = index._block_and_tail
    assert (block.dead, len(tail)) == (0, 0)
    assert len(index) == 9 * FOLD_ROWS + 1


def test_codes_are_given_back_in_the_order_asked() -> None:
    index = random_index(100)
    codes = index.codes_of(index.ids)
    index.add(np.array([1]), np.full((1, 8), 9, np.uint8))
    assert index.codes_of(np.array([6, 1, 0])).tolist() == [
        codes[2].tolist(),
        [9] * 8,
        codes[0].tolist(),
    ]
    assert index.codes_of(np.empty(0, np.int64)).shape == (0, 8)
    with pytest.raises(KeyError, match="7"):
        index.codes_of(np.array([0, 7]))
    index.remove(np.array([0]))
    with pytest.raises(KeyError, match="0"):
        index.codes_of(np.array([0]))


def test_matching_finds_codes_by_their_bits() -> None:
    index = FlatIndex(12)
    bits = np.random.default_rng(0).integers(0, 2, (500, 12), dtype=np.uint8)
    index.add(np.arange(500), np.packbits(bits, axis=1))
    index.remove(np.array([3]))
    index.add(np.array([600]), np.packbits(np.ones((1, 12), np.uint8), axis=1))
    assert 600 in index.matching({})
    require = {0: 1, 5: 0, 11: 1}
    wanted = [
        i for i in range(500) if i != 3 and (bits[i, 0], bits[i, 5], bits[i, 11]) == (1, 0, 1)
    ]
    assert index.matching(require).tolist() == wanted
    assert 600 in index.matching({0: 1, 11: 1})


def test_replace_forgets_everything_else() -> None:
    index = random_index(100)
    index.replace(np.array([5, 2]), np.array([[1] * 8, [2] * 8], np.uint8))
    assert content(index) == ([2, 5], bytes([2] * 8 + [1] * 8))


def test_searches_see_a_whole_state_while_another_thread_changes_it() -> None:
    codes = [np.full((2000, 8), 0, np.uint8), np.full((2000, 8), 255, np.uint8)]
    ids = [np.arange(2000), np.arange(5000, 7000)]
    index = FlatIndex(64)
    index.add(ids[0], codes[0])
    done = threading.Event()

    def change() -> None:
        for turn in range(200):
            index.replace(ids[turn % 2], codes[turn % 2])
        done.set()

    thread = threading.Thread(target=change)
    thread.start()
    states = set()
    while not done.is_set():
        result = index.frozen().search(np.zeros((1, 8), np.uint8), 5000)
        states.add((len(result.ids[0]), len(set(result.distances[0].tolist()))))
    thread.join()
    index.close()
    assert states == {(2000, 1)}


def test_a_failed_reading_back_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.index.flat.read_snapshot", lambda folder, **what: None)
    index = random_index(10)
    with pytest.raises(OSError, match="cannot be read back"):
        index.save(tmp_path, KEY, 1)
    assert len(index) == 10


def test_a_closed_index_lets_go_of_its_files_and_threads(tmp_path: Path) -> None:
    index = saved(tmp_path)
    index.search(np.zeros((1, 8), np.uint8), 1)
    index.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("scan")]
    assert len(index) == 0
    shutil.rmtree(tmp_path)
