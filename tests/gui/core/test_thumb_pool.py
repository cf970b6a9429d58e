from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage, QPixmapCache
from pytestqt.qtbot import QtBot

import engine
from engine import PhotoRecord
from foodsearch_gui.core.thumb_pool import LooseFile, ThumbPool


class GatedCache:
    """Stands for the disk cache; makes pictures only while the gate is open."""

    def __init__(self, folder: Path, max_bytes: float) -> None:
        self.gate = threading.Event()
        self.asked: list[str] = []

    def get(self, content_hash: str, path: Path, size: int) -> Image.Image:
        self.asked.append(content_hash)
        assert self.gate.wait(5)
        return Image.new("RGB", (size, size // 2), "red")


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> GatedCache:
    shared = GatedCache(Path(), 0)
    monkeypatch.setattr(engine, "ThumbnailCache", lambda folder, max_bytes: shared)
    return shared


@pytest.fixture
def pool(tmp_path: Path, qtbot: QtBot) -> Iterator[ThumbPool]:
    thumbs = ThumbPool(tmp_path / "thumbnails", 1_000_000, threads=1)
    yield thumbs
    assert thumbs.shutdown()


def photo(number: int, path: Path = Path("x.jpg")) -> PhotoRecord:
    return PhotoRecord(number, path, None, 8, 8, 1, 0.0, "ok", 1, f"hash{number}")


def real_photo(folder: Path) -> PhotoRecord:
    path = folder / "meal.png"
    Image.new("RGB", (64, 32), (10, 200, 30)).save(path)
    return photo(1, path)


def test_a_thumbnail_arrives_and_is_at_hand_from_then_on(
    pool: ThumbPool, tmp_path: Path, qtbot: QtBot
) -> None:
    meal = real_photo(tmp_path)
    assert pool.pixmap(meal, 32) is None
    with qtbot.waitSignal(pool.ready, timeout=3000) as signal:
        pass
    key, picture = signal.args
    assert key == pool.key(meal, 32) == "hash1:32"
    assert isinstance(picture, QImage)
    assert (picture.width(), picture.height()) == (32, 16)
    assert abs(picture.pixelColor(5, 5).green() - 200) < 20
    assert pool.pixmap(meal, 32) is not None
    assert pool.is_idle


def test_the_newest_request_is_served_first(
    pool: ThumbPool, cache: GatedCache, qtbot: QtBot
) -> None:
    pool.request(photo(0), 32)
    qtbot.waitUntil(lambda: cache.asked == ["hash0"])
    for number in (1, 2, 3):
        pool.request(photo(number), 32)
    pool.request(photo(1), 32)  # asked again: it is wanted most now
    cache.gate.set()
    qtbot.waitUntil(lambda: pool.is_idle)
    assert cache.asked == ["hash0", "hash1", "hash3", "hash2"]


def test_what_scrolled_away_is_forgotten_and_can_be_asked_for_again(
    pool: ThumbPool, cache: GatedCache, qtbot: QtBot
) -> None:
    arrived: list[str] = []
    pool.ready.connect(lambda key, _picture: arrived.append(key))
    pool.request(photo(0), 32, owner="grid", generation=1)
    qtbot.waitUntil(lambda: cache.asked == ["hash0"])
    pool.request(photo(1), 32, owner="grid", generation=1)
    pool.request(photo(2), 32, owner="dock", generation=0)
    pool.request(photo(3), 32, owner="grid", generation=2)
    cache.gate.set()
    qtbot.waitUntil(lambda: pool.is_idle)
    assert cache.asked == ["hash0", "hash3", "hash2"]
    pool.request(photo(1), 32, owner="grid", generation=2)
    qtbot.waitUntil(lambda: "hash1:32" in arrived)


def test_many_requests_are_all_served(pool: ThumbPool, cache: GatedCache, qtbot: QtBot) -> None:
    arrived: set[str] = set()
    pool.ready.connect(lambda key, _picture: arrived.add(key))
    cache.gate.set()
    for number in range(300):
        pool.request(photo(number), 16)
    qtbot.waitUntil(lambda: len(arrived) == 300)
    assert pool.is_idle


def test_a_missing_file_is_tried_once_and_says_why(
    pool: ThumbPool, tmp_path: Path, qtbot: QtBot
) -> None:
    gone = photo(1, tmp_path / "gone.jpg")
    with qtbot.waitSignal(pool.failed, timeout=3000) as signal:
        assert pool.pixmap(gone, 32) is None
    assert signal.args[1].code == "FS-107"
    assert pool.failure(gone, 32) is signal.args[1]
    pool.request(gone, 32)
    assert pool.is_idle
    pool.retry()
    with qtbot.waitSignal(pool.failed, timeout=3000):
        pool.request(gone, 32)


def test_a_file_of_no_library_is_known_by_its_path_and_stored_by_its_content(
    pool: ThumbPool, tmp_path: Path, qtbot: QtBot
) -> None:
    meal = LooseFile(real_photo(tmp_path).path)
    assert meal == LooseFile(meal.path)
    for number in (1, 2):
        QPixmapCache.clear()
        with qtbot.waitSignal(pool.ready, timeout=3000) as signal:
            assert pool.pixmap(meal, 32) is None
        assert signal.args[0] == pool.key(meal, 32)
        assert len(list((tmp_path / "thumbnails").rglob("*.webp"))) == number
        Image.new("RGB", (64, 48)).save(meal.path)
    gone = LooseFile(tmp_path / "gone.jpg")
    with qtbot.waitSignal(pool.failed, timeout=3000) as signal:
        pool.request(gone, 32)
    assert signal.args[1].code == "FS-107"


def test_shutdown_forgets_what_waits(pool: ThumbPool, cache: GatedCache, qtbot: QtBot) -> None:
    pool.request(photo(0), 32)
    qtbot.waitUntil(lambda: len(cache.asked) == 1)
    for number in range(1, 50):
        pool.request(photo(number), 32)
    threading.Timer(0.05, cache.gate.set).start()
    assert pool.shutdown()
    assert len(cache.asked) == 1
