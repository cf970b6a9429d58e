"""Damaged and hostile files: no crash, no hang, each one named, the good ones indexed."""

from __future__ import annotations

import io
import random
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.index_build import build_index
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.paths import Paths
from tests.engine.library.pictures import ColourEncoder, jpeg, picture, put

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")


def encoded(rng: random.Random, format_name: str | None = None) -> tuple[bytes, str]:
    format_name = format_name or rng.choice(FORMATS)
    buffer = io.BytesIO()
    picture(rng.randrange(10**9), (80, 60)).save(buffer, format_name)
    return buffer.getvalue(), format_name.lower()


def truncated(rng: random.Random) -> tuple[bytes, str]:
    content, suffix = encoded(rng)
    return content[: rng.randrange(1, len(content))], suffix


def flipped(rng: random.Random) -> tuple[bytes, str]:
    content, suffix = encoded(rng)
    damaged = bytearray(content)
    for _ in range(rng.choice([1, 5, 50])):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    return bytes(damaged), suffix


def zero_bytes(rng: random.Random) -> tuple[bytes, str]:
    return b"", rng.choice(["jpg", "png", "heic"])


def zeros_inside(rng: random.Random) -> tuple[bytes, str]:
    content, suffix = encoded(rng)
    start = rng.randrange(len(content))
    return content[:start] + bytes(len(content) - start), suffix


def text(rng: random.Random) -> tuple[bytes, str]:
    return "".join(rng.choices("Menü du jour \n", k=rng.randrange(1, 3000))).encode(), "jpg"


def noise(rng: random.Random) -> tuple[bytes, str]:
    return rng.randbytes(rng.randrange(1, 5000)), rng.choice(["jpg", "tif", "gif", "avif", "mpo"])


def huge_png(rng: random.Random) -> tuple[bytes, str]:
    width, height = rng.randrange(20_000, 2**31), rng.randrange(20_000, 2**31)
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + encoded(rng, "PNG")[0][33:], "png"


def huge_bmp(rng: random.Random) -> tuple[bytes, str]:
    content = bytearray(encoded(rng, "BMP")[0])
    content[18:26] = struct.pack("<ii", rng.randrange(30_000, 2**31), rng.randrange(30_000, 2**31))
    return bytes(content), "bmp"


def huge_jpeg(rng: random.Random) -> tuple[bytes, str]:
    content = encoded(rng, "JPEG")[0]
    frame = content.index(b"\xff\xc0") + 5
    return content[:frame] + b"\xff\xff\xff\xff" + content[frame + 4 :], "jpg"


def zip_file(rng: random.Random) -> tuple[bytes, str]:
    return b"PK\x03\x04" + rng.randbytes(500), "jpg"


KINDS: list[Callable[[random.Random], tuple[bytes, str]]] = [
    *(truncated, flipped, zero_bytes, zeros_inside, text, noise),
    *(huge_png, huge_bmp, huge_jpeg, zip_file),
]


def make_hostile_folder(photos: Path, count: int) -> tuple[set[Path], set[Path], list[Path]]:
    """Return the hostile entries, the good photos, and files to vanish while the scan runs."""
    rng = random.Random(count)
    hostile = set()
    for number in range(count):
        content, suffix = KINDS[number % len(KINDS)](rng)
        name = f"{number % 7}/{KINDS[number % len(KINDS)].__name__} {number}.{suffix}"
        hostile.add(put(photos / name, content))
    for number in range(count // 20):
        folder = photos / f"folder {number}.jpg"
        folder.mkdir()
        hostile.add(folder)
    good = set()
    for number in range(count // 5):
        # A wrong extension is no fault: the content says what it is.
        content, _ = encoded(rng)
        good.add(put(photos / f"{number % 7}" / f"good {number}.jpg", content))
    fleeting = [
        put(photos / "fleeting" / f"{number}.jpg", jpeg(10**6 + number))
        for number in range(count // 5)
    ]
    return hostile, good, fleeting


def survive(catalogue: Catalogue, photos: Path, count: int) -> None:
    hostile, good, fleeting = make_hostile_folder(photos, count)
    some = fleeting[: len(fleeting) // 2]
    vanishing = threading.Thread(target=lambda: [path.unlink() for path in some])
    vanishing.start()
    scan(catalogue, JobContext())
    vanishing.join()
    for path in fleeting[len(some) :]:  # the others between the scan and the index build
        path.unlink()
    report = build_index(catalogue, ColourEncoder(), JobContext())
    indexed = {
        path
        for photo_id in catalogue.changes_since(ColourEncoder.key, 0).ids.tolist()
        for path in catalogue.paths(photo_id)
    }
    problems = {problem.path: problem for problem in catalogue.problems()}
    assert good <= indexed
    # Flipped bytes may spare the picture; then it is indexed. Nothing is passed over in silence.
    assert hostile == (hostile & indexed) ^ (hostile & problems.keys())
    assert problems.keys() <= hostile
    assert {path.name.split()[0] for path in hostile & indexed} <= {"flipped", "zeros_inside"}
    for problem in problems.values():
        assert problem.code in {"FS-101", "FS-103", "FS-106", "FS-108", "FS-109"}
        assert problem.cause.startswith("“")
        assert problem.path.name in problem.cause
        assert problem.advice
    assert report.encoded >= len(good)
    again = scan(catalogue, JobContext(), remove_missing=True)
    assert (again.opened, again.new) == (0, 0)
    assert build_index(catalogue, ColourEncoder(), JobContext()).failed == 0


def test_sixty_hostile_files(catalogue: Catalogue, photos: Path) -> None:
    survive(catalogue, photos, 60)


@pytest.mark.slow
def test_five_hundred_hostile_files(catalogue: Catalogue, photos: Path) -> None:
    survive(catalogue, photos, 500)


def test_an_unreadable_file_among_good_ones(unprivileged: Path) -> None:
    root = unprivileged / "photos"
    for number in range(10):
        put(root / f"{number}.jpg", jpeg(number))
    with open_library(Paths.resolve(unprivileged / "home")) as catalogue:
        catalogue.add_root(root)
        (root / "3.jpg").chmod(0)
        scan(catalogue, JobContext())
        (root / "4.jpg").chmod(0)  # readable when it was scanned, not when it is decoded
        report = build_index(catalogue, ColourEncoder(), JobContext())
        assert (report.encoded, report.failed) == (8, 1)
        assert {problem.path.name: problem.code for problem in catalogue.problems()} == {
            "3.jpg": "FS-107",
            "4.jpg": "FS-107",
        }


@pytest.mark.realdata
def test_every_real_query_is_indexed_upright(
    catalogue: Catalogue, photos: Path, photo_collections: Path
) -> None:
    for path in (photo_collections / "queries").iterdir():
        put(photos / path.name, path.read_bytes())
    scan(catalogue, JobContext())
    report = build_index(catalogue, ColourEncoder(), JobContext())
    records = catalogue.photos(catalogue.ids())
    assert (report.encoded, report.failed, catalogue.problems()) == (len(records), 0, [])
    for record in records:
        with Image.open(record.path) as image:
            lies_on_its_side = image.getexif().get(0x0112, 1) >= 5
            size = image.size[::-1] if lies_on_its_side else image.size
        assert (record.width, record.height) == size
