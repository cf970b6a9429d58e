from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine import Paths
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.models.photo_grid import PAGE, PAGES_KEPT, PhotoGridModel, PhotoRole
from tests.gui.hits import make_hit
from tests.gui.photos import RepeatedPhotos, draw_photo


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [draw_photo(tmp_path / f"plate {number}.jpg", number) for number in range(5)]


@pytest.fixture
def thumbs(qapp: object, paths: Paths) -> Iterator[ThumbPool]:
    pool = ThumbPool(paths.thumbnails, 10_000_000, threads=1)
    yield pool
    assert pool.shutdown()


@pytest.fixture
def model(thumbs: ThumbPool) -> Iterator[PhotoGridModel]:
    made = PhotoGridModel(thumbs, "test")
    yield made
    shiboken6.delete(made)


def ids(count: int) -> np.ndarray:
    return np.arange(1, count + 1, dtype=np.int64)


@pytest.mark.parametrize("count", [0, 1, 700])
def test_is_a_sound_qt_model(
    model: PhotoGridModel, files: list[Path], qtmodeltester: ModelTester, count: int
) -> None:
    model.set_fetch(RepeatedPhotos(files))
    model.set_ids(ids(count))
    qtmodeltester.check(model)
    model.set_ids(ids(count + 3))  # rows are inserted at the end
    model.set_ids(ids(2)[::-1])  # a reset
    model.set_ids(ids(0))


def test_is_sound_with_hits(
    model: PhotoGridModel, files: list[Path], qtmodeltester: ModelTester
) -> None:
    qtmodeltester.check(model)
    model.set_hits([make_hit(rank, 40 + rank, files[rank]) for rank in range(1, 4)], 64)
    model.set_hits([make_hit(1, 7, files[0])], 64)
    model.set_hits([], 64)


def test_details_are_read_in_pages_and_few_pages_are_kept(
    model: PhotoGridModel, files: list[Path]
) -> None:
    source = RepeatedPhotos(files)
    model.set_fetch(source)
    model.set_ids(ids(100_000))
    assert source.fetched == 0
    model.index(5).data()
    model.index(6).data()
    assert source.fetched == PAGE
    for page in range(PAGES_KEPT + 1):
        model.index(page * PAGE).data()
    assert source.fetched == (PAGES_KEPT + 1) * PAGE
    model.index(5).data()  # pushed out by the others
    assert source.fetched == (PAGES_KEPT + 2) * PAGE


def test_a_photo_that_left_the_library_is_called_missing(model: PhotoGridModel) -> None:
    model.set_fetch(lambda wanted: [])
    model.set_ids(ids(1))
    assert model.index(0).data(PhotoRole.STATE) == "missing"
    assert model.index(0).data() == "no longer in the library"
    assert model.index(0).data(PhotoRole.THUMB) is None


def test_a_row_speaks_to_a_screen_reader(model: PhotoGridModel, files: list[Path]) -> None:
    hits = [
        make_hit(1, 7, files[0], label=None),
        make_hit(3, 9, files[1], distance=5, duplicates=(11, 12)),
    ]
    model.set_hits(hits, 64, query_id=7)
    model.set_judgements({9: True})
    spoken = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]
    assert spoken[0] == "Result 1, plate 0.jpg, distance 0 of 64, 64 bits agree, this photo"
    assert spoken[1] == (
        "Result 3, plate 1.jpg, distance 5 of 64, 59 bits agree, 2 more like it hidden, soup, "
        "good match"
    )


def test_roles_of_a_hit(model: PhotoGridModel, files: list[Path]) -> None:
    model.set_hits([make_hit(2, 9, files[1], distance=5, duplicates=(3,))], 64)
    index = model.index(0)
    found = {role: index.data(role) for role in PhotoRole}
    assert found[PhotoRole.ID] == 9
    assert found[PhotoRole.PATH] == files[1]
    assert (found[PhotoRole.DISTANCE], found[PhotoRole.BITS], found[PhotoRole.RANK]) == (5, 64, 2)
    assert (found[PhotoRole.DUPLICATES], found[PhotoRole.LABEL]) == (1, "soup")
    assert (found[PhotoRole.JUDGEMENT], found[PhotoRole.IS_QUERY]) == (None, False)


def test_thumbnails_arrive_and_are_announced_together(
    qtbot: QtBot, model: PhotoGridModel, files: list[Path]
) -> None:
    model.set_fetch(RepeatedPhotos(files))
    model.set_ids(ids(20))
    announced: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: announced.append((first.row(), last.row())))
    model.want(0, 19)
    assert model.index(3).data(PhotoRole.STATE) == "loading"

    def all_there() -> bool:
        return all(model.index(row).data(PhotoRole.THUMB) is not None for row in range(20))

    qtbot.waitUntil(all_there)
    qtbot.waitUntil(
        lambda: {row for a, b in announced for row in range(a, b + 1)} == set(range(20))
    )
    assert len(announced) <= 5, "five files, at most one announcement each"
    assert model.index(3).data(PhotoRole.STATE) == "ok"


def test_a_deleted_file_is_missing_and_a_broken_one_damaged(
    qtbot: QtBot, model: PhotoGridModel, files: list[Path]
) -> None:
    files[0].unlink()
    files[1].write_bytes(b"no picture at all")
    model.set_hits([make_hit(1, 1, files[0]), make_hit(2, 2, files[1])], 64)
    model.want(0, 1)

    def states() -> list[str]:
        return [model.index(row).data(PhotoRole.STATE) for row in range(2)]

    qtbot.waitUntil(lambda: "loading" not in states())
    assert states() == ["missing", "damaged"]
    assert "cannot be read as an image" in model.index(1).data(Qt.ItemDataRole.ToolTipRole)


def test_photos_leave_as_files(model: PhotoGridModel, files: list[Path]) -> None:
    model.set_fetch(RepeatedPhotos(files))
    model.set_ids(ids(3))
    mime = model.mimeData([model.index(2), model.index(0)])
    assert [Path(url.toLocalFile()) for url in mime.urls()] == [files[1], files[3]]
    assert model.supportedDragActions() == Qt.DropAction.CopyAction
    assert model.flags(model.index(0)) & Qt.ItemFlag.ItemIsDragEnabled


def test_photos_added_at_the_end_leave_the_others_in_place(
    model: PhotoGridModel, files: list[Path]
) -> None:
    model.set_fetch(RepeatedPhotos(files))
    model.set_ids(ids(10))
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    model.set_ids(ids(300))
    assert model.rowCount() == 300
    assert not resets
    assert model.index(9).data() == "plate 0.jpg"
    model.set_ids(ids(300)[1:])
    assert resets == [True]
