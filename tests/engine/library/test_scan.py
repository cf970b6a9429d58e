from __future__ import annotations

import os
import shutil
import socket
import threading
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.events import JobCancelled, JobContext, Progress
from engine.library.catalogue import Catalogue
from engine.library.hashing import HashPool
from engine.library.libraries import open_library
from engine.library.scan import ScanReport, scan
from engine.paths import Paths
from tests.engine.library.pictures import jpeg, put
from tests.engine.library.shortcuts import id_at

MODEL = "model-0123"


def rescan(catalogue: Catalogue, **options: object) -> ScanReport:
    return scan(catalogue, JobContext(), **options)  # type: ignore[arg-type]


def listed(catalogue: Catalogue) -> dict[str, str]:
    """Problem codes by file name."""
    return {problem.path.name: problem.code for problem in catalogue.problems()}


def fill(folder: Path, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        put(folder / f"{number}.jpg", b"picture %d" % number)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths of the files that are opened, as the operating system is told."""
    paths: list[str] = []
    real = os.open

    def watching(path: str, *arguments: int, **options: int) -> int:
        paths.append(os.fspath(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", watching)
    return paths


def test_an_unchanged_library_is_not_opened_again(
    catalogue: Catalogue, photos: Path, opened: list[str]
) -> None:
    fill(photos / "a", 30)
    put(photos / "notes.txt", b"no photo")
    first = rescan(catalogue)
    assert (first.new, first.opened, first.unchanged) == (30, 30, 0)
    assert len([path for path in opened if path.endswith(".jpg")]) == 30
    opened.clear()
    second = rescan(catalogue)
    assert (second.new, second.opened, second.unchanged) == (0, 0, 30)
    assert [path for path in opened if path.startswith(str(photos))] == []


def test_only_what_changed_is_opened(catalogue: Catalogue, photos: Path) -> None:
    fill(photos, 10)
    rescan(catalogue)
    put(photos / "3.jpg", b"another picture")
    put(photos / "10.jpg", b"picture 10")
    os.utime(photos / "4.jpg")
    (photos / "5.jpg").unlink()
    report = rescan(catalogue)
    assert (report.new, report.changed, report.gone, report.opened) == (1, 1, 1, 3)
    assert report.unchanged == 8
    assert catalogue.count() == 10


def test_a_renamed_folder_keeps_its_photos_and_codes(catalogue: Catalogue, photos: Path) -> None:
    fill(photos / "old", 40)
    rescan(catalogue)
    ids = catalogue.ids()
    (photos / "old").rename(photos / "new")
    report = rescan(catalogue)
    assert (report.moved, report.new, report.gone, report.held_back) == (40, 0, 0, ())
    assert catalogue.ids().tolist() == ids.tolist()
    assert {record.label for record in catalogue.photos(ids)} == {"new"}


def test_a_photo_that_comes_back_is_known(catalogue: Catalogue, photos: Path) -> None:
    fill(photos, 3)
    rescan(catalogue)
    photo_id = id_at(catalogue, photos / "1.jpg")
    (photos / "1.jpg").unlink()
    assert rescan(catalogue).gone == 1
    assert catalogue.count() == 2
    assert catalogue.photos([photo_id or 0]) == []
    put(photos / "later.jpg", b"picture 1")
    assert rescan(catalogue).new == 1
    assert id_at(catalogue, photos / "later.jpg") == photo_id


def test_files_with_one_content_are_one_photo(catalogue: Catalogue, photos: Path) -> None:
    for name in ("a/x.jpg", "b/x.jpg", "c.jpg"):
        put(photos / name, b"the same")
    rescan(catalogue)
    assert catalogue.count() == 1
    (record,) = catalogue.photos(catalogue.ids())
    assert (record.copies, record.path, record.label) == (3, photos / "c.jpg", "a")
    (photos / "c.jpg").unlink()
    rescan(catalogue)
    assert [record.path for record in catalogue.photos(catalogue.ids())] == [photos / "a/x.jpg"]


def test_a_missing_root_is_offline_and_loses_nothing(catalogue: Catalogue, photos: Path) -> None:
    fill(photos, 5)
    rescan(catalogue)
    photos.rename(photos.with_name("unplugged"))
    for _ in range(2):
        report = rescan(catalogue, remove_missing=True)
        assert report.offline == (photos,)
        assert report.gone == 0
    (root,) = catalogue.roots()
    assert (root.state, root.photos) == ("offline", 5)
    assert root.offline_since is not None
    assert {record.state for record in catalogue.photos(catalogue.ids())} == {"offline"}
    photos.with_name("unplugged").rename(photos)
    assert rescan(catalogue).opened == 0
    assert catalogue.roots()[0].state == "online"


def test_an_empty_root_is_held_back_as_offline(catalogue: Catalogue, photos: Path) -> None:
    fill(photos, 3)
    rescan(catalogue)
    photos.rename(photos.with_name("unplugged"))
    photos.mkdir()  # the empty folder on which a drive was mounted
    report = rescan(catalogue)
    (held,) = report.held_back
    assert (held.path, held.missing, held.total) == (photos, 3, 3)
    assert catalogue.roots()[0].state == "offline"
    assert catalogue.count() == 3
    assert rescan(catalogue, remove_missing=True).gone == 3
    assert catalogue.count() == 0
    assert catalogue.roots()[0].state == "online"


@pytest.mark.parametrize(
    ("total", "gone", "held"),
    [(100, 30, False), (100, 31, True), (20, 10, False), (20, 11, True), (20, 20, True)],
)
def test_a_large_loss_is_held_back(
    catalogue: Catalogue, photos: Path, total: int, gone: int, held: bool
) -> None:
    fill(photos, total)
    rescan(catalogue)
    for number in range(gone):
        (photos / f"{number}.jpg").unlink()
    report = rescan(catalogue)
    assert [(back.missing, back.total) for back in report.held_back] == [(gone, total)] * held
    assert catalogue.count() == total - gone * (not held)


def test_what_was_held_back_is_searchable_returns_or_is_removed(
    catalogue: Catalogue, photos: Path
) -> None:
    fill(photos / "stays", 10)
    fill(photos / "goes", 20, first=10)
    rescan(catalogue)
    (photos / "goes").rename(photos.parent / "away")
    for _ in range(2):
        assert len(rescan(catalogue).held_back) == 1
    states = [record.state for record in catalogue.photos(catalogue.ids())]
    assert (states.count("ok"), states.count("missing")) == (10, 20)
    assert len(catalogue.pending(MODEL)) == 10
    (photos.parent / "away").rename(photos / "goes")
    report = rescan(catalogue)
    assert (report.held_back, report.opened, report.unchanged) == ((), 0, 30)
    assert len(catalogue.pending(MODEL)) == 30
    shutil.rmtree(photos / "goes")
    (root,) = catalogue.roots()
    assert len(rescan(catalogue, remove_missing={root.id + 1}).held_back) == 1
    assert rescan(catalogue, remove_missing={root.id}).gone == 20
    assert catalogue.count() == 10


def test_a_missing_file_that_returns_with_another_content_is_there_again(
    catalogue: Catalogue, photos: Path
) -> None:
    fill(photos, 20)
    rescan(catalogue)
    for number in range(15):
        (photos / f"{number}.jpg").unlink()
    rescan(catalogue)
    put(photos / "7.jpg", b"another picture")
    assert rescan(catalogue).changed == 1
    (record,) = catalogue.photos([id_at(catalogue, photos / "7.jpg") or 0])
    assert record.state == "ok"


def test_a_move_between_roots_is_no_loss(catalogue: Catalogue, photos: Path) -> None:
    fill(photos, 20)
    rescan(catalogue)
    other = photos.with_name("other")
    shutil.move(photos, other)
    photos.mkdir()
    put(photos / "new.jpg", b"new")
    catalogue.add_root(other)
    report = rescan(catalogue)
    assert (report.moved, report.new, report.held_back) == (20, 1, ())


def test_removing_copies_is_no_loss(catalogue: Catalogue, photos: Path) -> None:
    fill(photos / "a", 30)
    fill(photos / "b", 30)
    rescan(catalogue)
    shutil.rmtree(photos / "b")
    report = rescan(catalogue)
    assert (report.gone, report.held_back, catalogue.count()) == (30, (), 30)


def test_hidden_and_excluded_folders_are_left_out(catalogue: Catalogue, photos: Path) -> None:
    for name in (".hidden/a.jpg", "@eaDir/a.jpg", "x/node_modules/y/a.jpg", ".b.jpg", "kept.jpg"):
        put(photos / name, name.encode())
    put(photos / "System Volume Information" / "a.jpg", b"s")
    rescan(catalogue)
    assert [path.path.name for path in catalogue.photos(catalogue.ids())] == ["kept.jpg"]


def test_new_exclusions_remove_without_a_question_and_old_ones_return(
    catalogue: Catalogue, photos: Path
) -> None:
    fill(photos / "raw", 30)
    fill(photos / "a" / "Proofs", 30, first=30)
    fill(photos / "b", 5, first=60)
    rescan(catalogue)
    before = catalogue.exclusions()
    catalogue.set_exclusions([*before, "RAW", "a/proof*", " "])
    report = rescan(catalogue)
    assert (report.gone, report.held_back, catalogue.count()) == (60, (), 5)
    catalogue.set_exclusions(before)
    rescan(catalogue)
    assert catalogue.count() == 65


def test_folders_marked_as_caches_are_left_out(catalogue: Catalogue, photos: Path) -> None:
    fill(photos / "program" / "thumbnails", 3)
    put(photos / "program" / "CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55")
    put(photos / "program.jpg", b"x")
    rescan(catalogue)
    assert catalogue.count() == 1


def test_links_are_followed_once_and_never_in_circles(catalogue: Catalogue, photos: Path) -> None:
    fill(photos / "real" / "deep", 4)
    outside = photos.with_name("outside")
    fill(outside, 3, first=10)
    (outside / "back").symlink_to(photos)
    (photos / "a link").symlink_to(photos / "real")
    (photos / "real" / "up").symlink_to(photos)
    (photos / "real" / "self").symlink_to("self")
    (photos / "out").symlink_to(outside)
    (photos / "out again").symlink_to(outside)
    (photos / "around").symlink_to(photos.parent)
    (photos / "one.jpg").symlink_to(outside / "10.jpg")
    rescan(catalogue)
    records = catalogue.photos(catalogue.ids())
    assert len(records) == 7
    assert {record.path.relative_to(photos).parts[0] for record in records} == {
        "real",
        "out",
        "one.jpg",
    }
    assert sum(record.copies for record in records) == 8


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes only on POSIX systems")
def test_names_that_are_not_utf_8_are_photos_too(catalogue: Catalogue, photos: Path) -> None:
    folder = os.fsencode(photos) + b"/caf\xe9"
    os.mkdir(folder)
    with open(folder + b"/cr\xe8me br\xfbl\xe9e.jpg", "wb") as file:
        file.write(jpeg(1))
    with open(folder + b"/\xff.jpg", "wb") as file:
        file.write(b"")
    rescan(catalogue)
    (record,) = catalogue.photos(catalogue.ids())
    assert record.path.read_bytes() == jpeg(1)
    assert id_at(catalogue, record.path) == record.id
    assert catalogue.folders() == [(Path(os.fsdecode(folder)), 1)]
    assert catalogue.ids(folder=Path(os.fsdecode(folder))).tolist() == [record.id]
    (problem,) = catalogue.problems()
    assert os.fsencode(problem.path.name) == b"\xff.jpg"
    problem.cause.encode()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_what_only_looks_like_a_photo_is_listed_and_never_opened(
    catalogue: Catalogue, photos: Path, opened: list[str]
) -> None:
    os.mkfifo(photos / "pipe.jpg")
    (photos / "folder.jpg").mkdir()
    put(photos / "folder.jpg" / "inside.jpg", b"x")
    put(photos / "empty.png", b"")
    (photos / "dangling.jpg").symlink_to("nowhere.jpg")
    (photos / "circle.jpg").symlink_to("circle.jpg")
    (photos / "nowhere").symlink_to("gone")
    server = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(photos)  # the name of a socket must be short
    try:
        server.bind("socket.jpg")
        report = rescan(catalogue)
    finally:
        os.chdir(here)
        server.close()
    assert listed(catalogue) == {
        "pipe.jpg": "FS-108",
        "folder.jpg": "FS-108",
        "socket.jpg": "FS-108",
        "empty.png": "FS-106",
        "dangling.jpg": "FS-107",
        "circle.jpg": "FS-107",
    }
    assert (report.problems, report.opened, catalogue.count()) == (6, 1, 1)
    assert [path for path in opened if "pipe" in path] == []
    first_seen = {problem.path: problem.first_seen for problem in catalogue.problems()}
    (photos / "empty.png").unlink()
    (photos / "folder.jpg").rename(photos / "folder")
    rescan(catalogue)
    assert set(listed(catalogue)) == {"pipe.jpg", "socket.jpg", "dangling.jpg", "circle.jpg"}
    assert {problem.path: problem.first_seen for problem in catalogue.problems()}.items() <= (
        first_seen.items()
    )


def test_a_pipe_that_takes_a_files_place_is_not_waited_for(
    catalogue: Catalogue, photos: Path
) -> None:
    (root,) = catalogue.roots()
    os.mkfifo(photos / "was a file.jpg")
    with HashPool({root.id: photos}, JobContext()) as pool:
        assert list(pool.hash_all([(root.id, b"", b"was a file.jpg")])) == [None]


def test_an_unreadable_folder_is_listed_and_its_photos_stay(
    paths: Paths, unprivileged: Path
) -> None:
    root = unprivileged / "photos"
    fill(root / "open", 5)
    fill(root / "private" / "deep", 30, first=5)
    with open_library(Paths.resolve(unprivileged / "home")) as catalogue:
        catalogue.add_root(root)
        rescan(catalogue)
        (root / "private").chmod(0)
        report = rescan(catalogue)
        assert listed(catalogue) == {"private": "FS-203"}
        assert (report.unchanged, report.gone, report.held_back) == (35, 0, ())
        assert catalogue.count() == 35
        (root / "private").chmod(0o700)
        rescan(catalogue)
        assert listed(catalogue) == {}


def test_an_unreadable_file_is_listed_and_tried_again_only_when_asked(
    paths: Paths, unprivileged: Path
) -> None:
    root = unprivileged / "photos"
    fill(root, 3)
    (root / "1.jpg").chmod(0)
    with open_library(Paths.resolve(unprivileged / "home")) as catalogue:
        catalogue.add_root(root)
        assert rescan(catalogue).opened == 3
        (problem,) = catalogue.problems()
        assert (problem.path, problem.code) == (root / "1.jpg", "FS-107")
        assert "You may not read" in problem.cause
        (root / "1.jpg").chmod(0o600)
        report = rescan(catalogue)
        assert (report.opened, report.problems, catalogue.count()) == (0, 1, 2)
        catalogue.retry_problems()
        assert rescan(catalogue).opened == 1
        assert (listed(catalogue), catalogue.count()) == ({}, 3)


def test_an_ignored_problem_is_hidden_but_kept(catalogue: Catalogue, photos: Path) -> None:
    put(photos / "empty.jpg", b"")
    rescan(catalogue)
    (problem,) = catalogue.problems()
    catalogue.ignore_problem(problem.id)
    rescan(catalogue)
    assert catalogue.problems() == []
    (kept,) = catalogue.problems(include_ignored=True)
    assert (kept.id, kept.ignored, kept.first_seen) == (problem.id, True, problem.first_seen)
    catalogue.ignore_problem(problem.id, False)
    assert len(catalogue.problems()) == 1


def test_files_that_vanish_while_the_scan_runs_are_passed_over(
    catalogue: Catalogue, photos: Path
) -> None:
    fill(photos, 200)
    rescan(catalogue)
    for number in range(200):
        put(photos / f"{number}.jpg", b"changed %d" % number)

    def remove_one(progress: Progress) -> None:
        if progress.stage == "Counting":
            for number in range(0, 200, 20):
                (photos / f"{number}.jpg").unlink(missing_ok=True)

    report = scan(catalogue, JobContext(on_progress=remove_one))
    assert (report.changed, report.gone, report.problems) == (190, 10, 0)
    assert catalogue.count() == 190


def test_a_root_that_vanishes_while_the_scan_runs_loses_nothing(
    catalogue: Catalogue, photos: Path
) -> None:
    fill(photos, 50)
    rescan(catalogue)
    fill(photos, 50, first=50)
    (photos / "0.jpg").unlink()

    def unplug(progress: Progress) -> None:
        if progress.stage == "Counting" and photos.exists():
            photos.rename(photos.with_name("unplugged"))

    report = scan(catalogue, JobContext(on_progress=unplug))
    assert (report.offline, report.gone) == ((photos,), 0)
    assert catalogue.count() == 50
    assert catalogue.roots()[0].state == "offline"
    assert catalogue.problems() == []


def test_a_cancelled_scan_keeps_what_it_found_and_the_next_does_the_rest(
    catalogue: Catalogue, photos: Path
) -> None:
    fill(photos, 700)

    def stop(progress: Progress) -> None:
        if progress.stage == "Scanning" and progress.done > 300:
            ctx.cancel()

    ctx = JobContext(on_progress=stop)
    ctx._clock = iter(range(10**6)).__next__  # every report comes through
    with pytest.raises(JobCancelled):
        scan(catalogue, ctx)
    found = catalogue.count()
    assert 300 <= found < 700
    report = rescan(catalogue)
    assert (report.opened, report.unchanged, catalogue.count()) == (700 - found, found, 700)


def test_a_paused_scan_holds_and_goes_on(catalogue: Catalogue, photos: Path) -> None:
    fill(photos, 20)
    ctx = JobContext()
    ctx.pause()
    thread = threading.Thread(target=scan, args=(catalogue, ctx))
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    assert catalogue.count() == 0
    ctx.resume()
    thread.join(10)
    assert catalogue.count() == 20


def test_progress_counts_first_and_then_knows_the_total(catalogue: Catalogue, photos: Path) -> None:
    fill(photos, 50)
    seen: list[Progress] = []
    scan(catalogue, JobContext(on_progress=seen.append))
    stages = [progress.stage for progress in seen]
    assert stages == sorted(stages)
    assert {progress.total for progress in seen if progress.stage == "Counting"} == {None}
    assert (seen[-1].stage, seen[-1].done, seen[-1].total) == ("Scanning", 50, 50)


def test_a_file_that_is_still_being_written_is_read_again(
    catalogue: Catalogue, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(photos / "growing.jpg", b"first half")
    real = os.fstat
    grown = False

    def grow_after_looking(handle: int) -> os.stat_result:
        nonlocal grown
        facts = real(handle)
        if not grown and os.readlink(f"/proc/self/fd/{handle}").endswith("growing.jpg"):
            grown = True
            with file.open("ab") as more:
                more.write(b", second half")
        return facts

    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not tell the path of an open file")
    monkeypatch.setattr(os, "fstat", grow_after_looking)
    rescan(catalogue)
    report = rescan(catalogue)
    assert report.opened == 1
    assert rescan(catalogue).opened == 0
    assert catalogue.count() == 1


def test_an_error_of_the_scan_is_an_engine_error_only_where_the_user_can_act(
    catalogue: Catalogue, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> None:
        raise ZeroDivisionError

    fill(photos, 3)
    monkeypatch.setattr(Catalogue, "record_files", bug)
    with pytest.raises(ZeroDivisionError) as caught:
        rescan(catalogue)
    assert not isinstance(caught.value, EngineError)
