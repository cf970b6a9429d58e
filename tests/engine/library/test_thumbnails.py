from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import PhotoError
from engine.library.thumbnails import ThumbnailCache
from engine.photos import PhotoLimits
from engine.storage import content_hash
from tests.engine.library.pictures import jpeg, picture, put


@pytest.fixture
def soup(tmp_path: Path) -> Path:
    return put(tmp_path / "soup.jpg", jpeg(1, (640, 400)))


@pytest.fixture
def cache(tmp_path: Path) -> ThumbnailCache:
    return ThumbnailCache(tmp_path / "cache")


def stored(cache: ThumbnailCache) -> list[Path]:
    return sorted(cache._folder.rglob("*.*"))


def test_the_longer_side_is_as_asked(cache: ThumbnailCache, tmp_path: Path) -> None:
    for number, (size, expected) in enumerate(
        [((640, 400), (128, 80)), ((400, 640), (80, 128)), ((60, 30), (60, 30))]
    ):
        file = put(tmp_path / f"{number}.jpg", jpeg(number, size))
        image = cache.get(content_hash(file), file, 128)
        assert (image.size, image.mode) == (expected, "RGB")


def test_a_second_look_does_not_need_the_photo(cache: ThumbnailCache, soup: Path) -> None:
    key = content_hash(soup)
    assert cache.cached(key, 128) is None
    first = cache.get(key, soup, 128)
    soup.unlink()
    again = cache.get(key, soup, 128)
    assert np.abs(np.asarray(first, int) - np.asarray(again, int)).mean() < 6
    assert cache.cached(key, 256) is None
    with pytest.raises(PhotoError):
        cache.get(key, soup, 256)


def test_it_looks_like_the_photo(cache: ThumbnailCache, soup: Path) -> None:
    expected = picture(1, (640, 400)).resize((128, 80), Image.Resampling.LANCZOS)
    image = cache.get(content_hash(soup), soup, 128)
    assert np.abs(np.asarray(image, int) - np.asarray(expected, int)).mean() < 4


def test_a_photo_that_cannot_be_decoded_is_said_and_not_stored(
    cache: ThumbnailCache, tmp_path: Path
) -> None:
    file = put(tmp_path / "text.jpg", b"text")
    with pytest.raises(PhotoError) as caught:
        cache.get(content_hash(file), file, 128)
    assert caught.value.code == "FS-101"
    assert stored(cache) == []


def test_a_photo_beyond_the_limits_is_not_decoded(tmp_path: Path, soup: Path) -> None:
    cache = ThumbnailCache(tmp_path / "cache", limits=PhotoLimits(max_pixels=1000))
    with pytest.raises(PhotoError) as caught:
        cache.get(content_hash(soup), soup, 128)
    assert caught.value.code == "FS-103"


@pytest.mark.parametrize("damage", [b"", b"text", b"RIFF\x00\x00\x00\x00WEBPVP8 ", None])
def test_a_damaged_thumbnail_is_made_anew(
    cache: ThumbnailCache, soup: Path, damage: bytes | None
) -> None:
    key = content_hash(soup)
    good = cache.get(key, soup, 128)
    (file,) = stored(cache)
    file.write_bytes(file.read_bytes()[:200] if damage is None else damage)
    assert cache.cached(key, 128) is None
    assert cache.get(key, soup, 128).tobytes() == good.tobytes()
    assert cache.cached(key, 128) is not None


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path / "cache")
    old = time.time() - 30 * 86_400
    keys = []
    for number in range(20):
        file = put(tmp_path / f"{number}.jpg", jpeg(number, (300, 200)))
        keys.append(content_hash(file))
        cache.get(keys[-1], file, 128)
        (thumbnail,) = cache._folder.glob(f"??/{keys[-1]}-128.webp")
        os.utime(thumbnail, (old + number, old + number))
    assert cache.cached(keys[0], 128) is not None  # used today
    total = sum(file.stat().st_size for file in stored(cache))
    ThumbnailCache(tmp_path / "cache", total / 2).trim()
    left = sum(file.stat().st_size for file in stored(cache))
    assert total / 3 < left <= total / 2
    kept = [cache._file(key, 128).exists() for key in keys]
    assert kept[0]
    assert kept[1:] == sorted(kept[1:])


def test_the_limit_holds_without_being_asked(tmp_path: Path) -> None:
    limit = 20_000
    cache = ThumbnailCache(tmp_path / "cache", limit)
    for number in range(60):
        file = put(tmp_path / f"{number}.jpg", jpeg(number, (300, 200)))
        cache.get(content_hash(file), file, 256)
    assert 0 < sum(file.stat().st_size for file in stored(cache)) <= 1.1 * limit


def test_reading_writes_at_most_once_a_day(cache: ThumbnailCache, soup: Path) -> None:
    key = content_hash(soup)
    cache.get(key, soup, 128)
    (file,) = stored(cache)
    recent = time.time() - 3600
    os.utime(file, (recent, recent))
    cache.get(key, soup, 128)
    assert file.stat().st_mtime == pytest.approx(recent)
    os.utime(file, (recent - 90_000, recent - 90_000))
    cache.get(key, soup, 128)
    assert file.stat().st_mtime == pytest.approx(time.time(), abs=60)


def test_a_cache_that_cannot_be_written_still_shows_pictures(
    tmp_path: Path, soup: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path / "cache", b"a file in the way")
    image = ThumbnailCache(tmp_path / "cache").get(content_hash(soup), soup, 128)
    assert image.size == (128, 80)
    assert "no thumbnail could be stored" in caplog.text


def test_many_threads_make_one_file_each_picture(cache: ThumbnailCache, soup: Path) -> None:
    key = content_hash(soup)
    sizes: list[tuple[int, int]] = []
    threads = [
        threading.Thread(target=lambda: sizes.append(cache.get(key, soup, 128).size))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [(128, 80)] * 16
    assert len(stored(cache)) == 1
