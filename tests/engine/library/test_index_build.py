from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.codes import binarize
from engine.errors import LibraryError, PhotoError
from engine.events import JobCancelled, JobContext, Progress
from engine.library import index_writer
from engine.library.catalogue import Catalogue
from engine.library.index_build import IndexReport, build_index
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.paths import Paths
from engine.photos import PhotoLimits, load_photo
from tests.engine.library.pictures import ColourEncoder, jpeg, put


def fill(catalogue: Catalogue, folder: Path, count: int) -> None:
    for number in range(count):
        put(folder / f"{number:04}.jpg", jpeg(number, (40, 30)))
    scan(catalogue, JobContext())


def build(catalogue: Catalogue, encoder: ColourEncoder, **options: int) -> IndexReport:
    return build_index(catalogue, encoder, JobContext(), **options)


def literal_code(path: Path) -> bytes:
    """One photo at a time, nothing else."""
    encoder = ColourEncoder()
    pixels = encoder.prepare(load_photo(path, min_side=encoder.decode_side).image)
    return binarize(encoder.encode(pixels[np.newaxis]))[0].tobytes()


def assert_right(catalogue: Catalogue, key: str = ColourEncoder.key) -> None:
    """Every photo has the code that it has alone."""
    records = catalogue.photos(catalogue.ids())
    codes = catalogue.codes(key, [record.id for record in records])
    for record, code in zip(records, codes, strict=True):
        assert code.tobytes() == literal_code(record.path)


@pytest.mark.parametrize(("batch_size", "workers"), [(1, 1), (7, 3), (32, None), (500, 2)])
def test_every_photo_gets_its_own_code(
    catalogue: Catalogue,
    photos: Path,
    encoder: ColourEncoder,
    batch_size: int,
    workers: int | None,
) -> None:
    fill(catalogue, photos, 60)
    report = build_index(catalogue, encoder, JobContext(), batch_size=batch_size, workers=workers)
    assert (report.encoded, report.failed, report.skipped) == (60, 0, 0)
    assert_right(catalogue)
    assert {(record.width, record.height) for record in catalogue.photos(catalogue.ids())} == {
        (40, 30)
    }


def test_what_comes_slowly_is_stored_before_a_batch_is_full(
    catalogue: Catalogue,
    photos: Path,
    encoder: ColourEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(index_writer, "_LONGEST", 0.0)
    fill(catalogue, photos, 4)
    ids = catalogue.ids().tolist()
    with index_writer.IndexWriter(catalogue, encoder.key) as writer:
        writer.put(index_writer.Encoded(ids[0], bytes(8), 40, 30))
        deadline = time.monotonic() + 10
        while not catalogue.coverage(encoder.key).indexed:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_second_build_encodes_only_what_is_new(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    fill(catalogue, photos, 10)
    build(catalogue, encoder)
    assert build(catalogue, encoder).encoded == 0
    put(photos / "new.jpg", jpeg(99))
    put(photos / "copy.jpg", jpeg(3, (40, 30)))
    photos.joinpath("0005.jpg").rename(photos / "renamed.jpg")
    scan(catalogue, JobContext())
    assert build(catalogue, encoder).encoded == 1
    assert_right(catalogue)


def test_a_damaged_photo_is_listed_and_the_others_are_encoded(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    put(photos / "a" / "cut.jpg", jpeg(50)[:400])
    put(photos / "b" / "cut too.jpg", jpeg(50)[:400])
    put(photos / "text.jpg", b"not a picture")
    fill(catalogue, photos / "good", 5)
    report = build(catalogue, encoder)
    assert (report.encoded, report.failed) == (5, 2)
    assert {problem.path.name for problem in catalogue.problems()} == {
        "cut.jpg",
        "cut too.jpg",
        "text.jpg",
    }
    assert all(problem.cause and problem.advice for problem in catalogue.problems())
    coverage = catalogue.coverage(encoder.key)
    assert (coverage.indexed, coverage.total, catalogue.count()) == (5, 5, 5)
    again = build(catalogue, encoder)
    assert (again.encoded, again.failed) == (0, 0)
    assert scan(catalogue, JobContext()).opened == 0


def test_a_photo_beyond_the_limits_is_listed_and_taken_after_they_were_raised(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    put(photos / "poster.jpg", jpeg(1, (400, 300)))
    fill(catalogue, photos, 2)
    small = PhotoLimits(max_pixels=100_000)
    assert build_index(catalogue, encoder, JobContext(), limits=small).failed == 1
    (problem,) = catalogue.problems()
    assert (problem.path.name, problem.code) == ("poster.jpg", "FS-103")
    catalogue.retry_problems()
    assert build(catalogue, encoder).encoded == 1
    assert catalogue.problems() == []


def test_a_damaged_photo_that_is_replaced_leaves_the_list(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    file = put(photos / "soup.jpg", jpeg(1)[:300])
    scan(catalogue, JobContext())
    build(catalogue, encoder)
    assert len(catalogue.problems()) == 1
    put(file, jpeg(1))
    scan(catalogue, JobContext())
    assert catalogue.problems() == []
    assert build(catalogue, encoder).encoded == 1


def test_a_damaged_photo_that_moves_is_listed_by_its_new_name(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    file = put(photos / "soup.jpg", jpeg(1)[:300])
    scan(catalogue, JobContext())
    build(catalogue, encoder)
    file.rename(photos / "stew.jpg")
    scan(catalogue, JobContext(), remove_missing=True)
    assert build(catalogue, encoder).failed == 1
    assert [problem.path.name for problem in catalogue.problems()] == ["stew.jpg"]
    (photos / "stew.jpg").unlink()
    scan(catalogue, JobContext(), remove_missing=True)
    assert catalogue.problems(include_ignored=True) == []


def test_a_photo_is_tried_again_when_asked_and_stays_listed_if_it_fails(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    put(photos / "soup.jpg", jpeg(1)[:300])
    put(photos / "text.jpg", b"text")
    fill(catalogue, photos / "good", 3)
    build(catalogue, encoder)
    before = {problem.path.name: problem for problem in catalogue.problems()}
    catalogue.retry_problems([before["soup.jpg"].id])
    assert catalogue.coverage(encoder.key).total == 4
    assert build(catalogue, encoder).failed == 1
    assert catalogue.problems() == list(before.values())
    catalogue.retry_problems()
    assert build(catalogue, encoder).failed == 2


def test_another_copy_is_read_when_the_first_cannot_be(
    paths: Paths, unprivileged: Path, encoder: ColourEncoder
) -> None:
    root = unprivileged / "photos"
    put(root / "1.jpg", jpeg(1))
    put(root / "2.jpg", jpeg(1))
    with open_library(Paths.resolve(unprivileged / "home")) as catalogue:
        catalogue.add_root(root)
        scan(catalogue, JobContext())
        (root / "1.jpg").chmod(0)
        assert build(catalogue, encoder).encoded == 1
        assert catalogue.problems() == []


@pytest.mark.parametrize("copies", [1, 2])
def test_a_passing_read_error_costs_no_model_its_photo(
    catalogue: Catalogue,
    photos: Path,
    encoder: ColourEncoder,
    monkeypatch: pytest.MonkeyPatch,
    copies: int,
) -> None:
    for number in range(copies):
        put(photos / f"copy {number}.jpg", jpeg(1))
    scan(catalogue, JobContext())
    build(catalogue, encoder)
    stamp = catalogue.changes_since(encoder.key, 0).stamp

    def unanswered(path: Path, **_: object) -> object:
        raise PhotoError("FS-107", name=path.name, reason="the drive does not answer")

    with monkeypatch.context() as patch:
        patch.setattr("engine.library.index_build.load_photo", unanswered)
        assert build(catalogue, Fixed()).failed == 1
    assert [problem.code for problem in catalogue.problems()] == ["FS-107"] * copies
    assert len(catalogue.changes_since(encoder.key, stamp).removed) == 0
    assert catalogue.coverage(encoder.key).indexed == 1
    assert build(catalogue, Fixed()).encoded == 1
    assert catalogue.problems() == []


def test_damage_is_not_forgotten_over_a_copy_that_cannot_be_read(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(photos / "1.jpg", jpeg(1)[:300])
    put(photos / "2.jpg", jpeg(1)[:300])
    scan(catalogue, JobContext())

    def half_answered(path: Path, **options: int) -> object:
        if path.name == "2.jpg":
            raise PhotoError("FS-107", name=path.name, reason="the drive does not answer")
        return load_photo(path, **options)

    monkeypatch.setattr("engine.library.index_build.load_photo", half_answered)
    assert build(catalogue, encoder).failed == 1
    assert {problem.code for problem in catalogue.problems()} <= {"FS-106", "FS-109"}
    assert catalogue.count() == 0


def test_photos_that_are_gone_or_changed_since_the_scan_are_left_to_the_next(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    fill(catalogue, photos, 6)
    (photos / "0000.jpg").unlink()
    put(photos / "0001.jpg", jpeg(77))  # its code must not be stored under the old content
    (photos / "0002.jpg").unlink()
    os.mkfifo(photos / "0002.jpg")
    report = build(catalogue, encoder)
    assert (report.encoded, report.failed, report.skipped) == (3, 0, 3)
    scan(catalogue, JobContext())
    assert build(catalogue, encoder).encoded == 1
    assert_right(catalogue)


def test_a_photo_that_changes_while_it_is_decoded_gets_no_code(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(catalogue, photos, 1)

    def decode_then_change(path: Path, **options: int) -> object:
        photo = load_photo(path, **options)
        put(path, jpeg(5))
        return photo

    monkeypatch.setattr("engine.library.index_build.load_photo", decode_then_change)
    assert build(catalogue, encoder).skipped == 1
    assert catalogue.coverage(encoder.key).indexed == 0


def test_offline_photos_are_left_out_without_a_complaint(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    fill(catalogue, photos, 3)
    photos.rename(photos.with_name("away"))
    scan(catalogue, JobContext())
    assert build(catalogue, encoder) == IndexReport(0, 0, pytest.approx(0, abs=1), 0)
    assert catalogue.problems() == []


class Stopping(ColourEncoder):
    """Cancels its own job after some batches."""

    def __init__(self, ctx: JobContext, after: int) -> None:
        self.ctx = ctx
        self.after = after
        self.batches = 0

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.batches += 1
        if self.batches == self.after:
            self.ctx.cancel()
        return super().encode(batch)


@pytest.mark.parametrize("after", [1, 2, 5])
def test_a_cancelled_build_loses_no_code_it_computed(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder, after: int
) -> None:
    fill(catalogue, photos, 60)
    ctx = JobContext()
    stopping = Stopping(ctx, after)
    with pytest.raises(JobCancelled):
        build_index(catalogue, stopping, ctx, batch_size=10)
    assert stopping.batches == after
    assert catalogue.coverage(encoder.key).indexed == 10 * after
    assert build(catalogue, encoder).encoded == 60 - 10 * after
    assert_right(catalogue)


class Crashing(ColourEncoder):
    """Fails with an error of its own at a later batch."""

    batches = 0

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.batches += 1
        if self.batches == 3:
            raise RuntimeError("a bug")
        return super().encode(batch)


def test_an_error_of_the_network_comes_through_and_loses_no_code(
    catalogue: Catalogue, photos: Path
) -> None:
    fill(catalogue, photos, 60)
    before = threading.active_count()
    with pytest.raises(RuntimeError, match="a bug"):
        build_index(catalogue, Crashing(), JobContext(), batch_size=10)
    assert catalogue.coverage(ColourEncoder.key).indexed == 20
    assert threading.active_count() == before


def test_a_failing_writer_stops_the_build_and_frees_every_thread(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(catalogue, photos, 600)

    def full(*_: object) -> None:
        raise LibraryError("FS-205", path="x")

    monkeypatch.setattr(Catalogue, "record_index", full)
    before = threading.active_count()
    with pytest.raises(LibraryError) as caught:
        build(catalogue, encoder)
    assert caught.value.code == "FS-205"
    assert threading.active_count() == before


def test_interactive_work_is_served_and_a_pause_holds(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    fill(catalogue, photos, 40)
    served: list[float] = []
    ctx = JobContext(serve=lambda: served.append(time.monotonic()))
    ctx.pause()
    thread = threading.Thread(target=build_index, args=(catalogue, encoder, ctx))
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    assert catalogue.coverage(encoder.key).indexed == 0
    assert len(served) > 3
    ctx.resume()
    thread.join(20)
    assert catalogue.coverage(encoder.key).indexed == 40
    assert len(served) > 40


class Watching(ColourEncoder):
    """Counts the photos that are begun while a batch is computed."""

    def __init__(self, on_processor: bool) -> None:
        self.on_processor = on_processor
        self.begun = 0
        self.meanwhile = 0

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        self.begun += 1
        time.sleep(0.1)
        return super().prepare(image)

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        time.sleep(0.05)  # what had been let through just before begins now
        before = self.begun
        time.sleep(0.15)
        self.meanwhile += self.begun - before
        return super().encode(batch)


@pytest.mark.parametrize("on_processor", [True, False])
def test_decoding_leaves_the_cores_to_a_network_on_the_processor_only(
    catalogue: Catalogue, photos: Path, on_processor: bool
) -> None:
    fill(catalogue, photos, 6)
    encoder = Watching(on_processor)
    assert build(catalogue, encoder, batch_size=2, workers=2).encoded == 6
    assert (encoder.meanwhile == 0) == on_processor
    assert_right(catalogue)


def test_progress_ends_at_the_total(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    put(photos / "text.jpg", b"text")
    fill(catalogue, photos, 20)
    seen: list[Progress] = []
    build_index(catalogue, encoder, JobContext(on_progress=seen.append))
    assert {(progress.stage, progress.total) for progress in seen} == {("Indexing", 21)}
    assert (seen[-1].done, seen[-1].details) == (21, {"failed": 1})


def test_commits_come_every_256_photos(
    catalogue: Catalogue, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    real = Catalogue.record_index

    def counting(self: Catalogue, key: str, encoded: list, failed: list) -> None:
        sizes.append(len(encoded) + len(failed))
        real(self, key, encoded, failed)

    monkeypatch.setattr(Catalogue, "record_index", counting)
    fill(catalogue, photos, 600)
    build(catalogue, ColourEncoder())
    assert sizes == [256, 256, 88]


class Fixed(ColourEncoder):
    """Another model over the same photos."""

    key = "fixed"

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        return np.full((32, 32, 3), 200, np.uint8)


def test_models_do_not_share_codes(
    catalogue: Catalogue, photos: Path, encoder: ColourEncoder
) -> None:
    fill(catalogue, photos, 5)
    build(catalogue, encoder)
    assert build(catalogue, Fixed()).encoded == 5
    assert catalogue.codes("fixed", catalogue.ids()).tolist() == [[255] * 6] * 5
    assert_right(catalogue)
