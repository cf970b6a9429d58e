from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from engine.errors import LibraryError
from engine.events import JobContext
from engine.library import schema
from engine.library.backup import backup_if_due, list_backups
from engine.library.catalogue import CATALOGUE, Catalogue
from engine.library.database import connect
from engine.library.index_build import build_index
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.paths import Paths
from tests.engine.library.pictures import ColourEncoder, jpeg, put
from tests.engine.library.shortcuts import store_codes

PHOTOS = 40


@pytest.fixture
def filled(paths: Paths, photos: Path) -> Path:
    """The file of a closed library with photos, codes, a judgement and a backup."""
    for number in range(PHOTOS):
        put(photos / f"dish{number % 4}" / f"{number}.jpg", jpeg(number))
    with open_library(paths) as catalogue:
        catalogue.add_root(photos)
        scan(catalogue, JobContext())
        build_index(catalogue, ColourEncoder(), JobContext())
        catalogue.judge("query", int(catalogue.ids()[3]), True)
    return catalogue.folder / CATALOGUE


def tables(file: Path) -> dict[str, list[tuple[object, ...]]]:
    with contextlib.closing(connect(file, read_only=True)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()
            for (name,) in names.fetchall()
        }


def overwrite(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:-100] = random.Random(0).randbytes(len(content) - 4196)
    file.write_bytes(content)


def replace_by_another_program(file: Path) -> None:
    file.unlink()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE other (x); INSERT INTO other VALUES (1)")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "header": lambda file: file.write_bytes(b"garbage!" + file.read_bytes()[8:]),
    "truncated": lambda file: os.truncate(file, file.stat().st_size // 2),
    "overwritten": overwrite,
    "emptied": lambda file: os.truncate(file, 0),
    "lost": lambda file: file.unlink(),
    "not ours": replace_by_another_program,
    "text": lambda file: file.write_text("dear diary " * 1000),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_catalogue_is_set_aside_and_the_backup_takes_its_place(
    paths: Paths, filled: Path, damage: str
) -> None:
    before = tables(filled)
    DAMAGES[damage](filled)
    broken = filled.read_bytes() if filled.exists() else None
    with open_library(paths) as catalogue:
        assert catalogue.recovered is not None
        assert catalogue.recovered.code == "FS-208"
        assert catalogue.count() == PHOTOS
        assert catalogue.coverage(ColourEncoder.key).indexed == PHOTOS
        assert catalogue.judgements("query") == {int(catalogue.ids()[3]): True}
        assert scan(catalogue, JobContext()).opened == 0
    after = tables(filled)
    for name in ("roots", "photos", "files", "codes", "judgements"):
        assert after[name] == before[name]
    aside = list(filled.parent.glob("catalogue-*.broken"))
    assert [file.read_bytes() for file in aside] == ([broken] if broken is not None else [])


@pytest.mark.parametrize("damage", ["truncated", "emptied", "lost"])
def test_a_reader_mends_a_damaged_catalogue_too(paths: Paths, filled: Path, damage: str) -> None:
    DAMAGES[damage](filled)
    with open_library(paths, read_only=True) as catalogue:
        assert catalogue.recovered is not None
        assert catalogue.count() == PHOTOS


def test_without_a_backup_a_damaged_catalogue_gives_way_to_an_empty_one(
    paths: Paths, filled: Path
) -> None:
    for backup in list_backups(filled.parent):
        backup.unlink()
    filled.write_bytes(b"x" * 10_000)
    with open_library(paths) as catalogue:
        assert catalogue.recovered is not None
        assert (catalogue.count(), catalogue.roots()) == (0, [])
    assert (filled.parent / aside_name(filled)).read_bytes() == b"x" * 10_000


def aside_name(file: Path) -> str:
    return next(file.parent.glob("catalogue-*.broken")).name


def test_a_damaged_backup_is_passed_over_for_an_older_one(paths: Paths, filled: Path) -> None:
    newest = list_backups(filled.parent)[0]
    good = newest.read_bytes()
    newest.with_name("catalogue-2020-01-01.sqlite").write_bytes(good)
    newest.write_bytes(good[: len(good) // 3])
    filled.write_bytes(b"")
    with open_library(paths) as catalogue:
        assert catalogue.recovered is not None
        assert "1 Jan 2020" in str(catalogue.recovered)
        assert catalogue.count() == PHOTOS


def test_each_damaged_catalogue_of_a_day_is_kept(paths: Paths, filled: Path) -> None:
    for text in (b"first", b"second", b"third"):
        filled.write_bytes(text * 1000)
        open_library(paths).close()
    contents = {file.read_bytes()[:5] for file in filled.parent.glob("catalogue-*.broken")}
    assert contents == {b"first", b"secon", b"third"}


def test_a_lost_log_is_never_replayed_into_the_backup(paths: Paths, filled: Path) -> None:
    with open_library(paths) as catalogue:
        catalogue.judge("other", 1, True)
        log = filled.with_name(filled.name + "-wal").read_bytes()
        catalogue.back_up()
    filled.write_bytes(b"x" * 5000)
    filled.with_name(filled.name + "-wal").write_bytes(log)
    with open_library(paths) as catalogue:
        assert catalogue.recovered is not None
        assert catalogue.judgements("other") == {}
        assert catalogue.count() == PHOTOS
    (kept,) = filled.parent.glob("catalogue-*.broken-wal")
    assert kept.read_bytes() == log


def test_an_index_made_before_a_restore_is_told_to_start_anew(paths: Paths, filled: Path) -> None:
    with open_library(paths) as catalogue:
        store_codes(catalogue, "colours-48", [1], np.zeros((1, 6), np.uint8))
        newest = catalogue.changes_since("colours-48", 0).stamp
    filled.write_bytes(b"")
    with open_library(paths) as catalogue:
        for _ in range(5):  # more has happened since than before
            store_codes(catalogue, "colours-48", [1], np.zeros((1, 6), np.uint8))
        changes = catalogue.changes_since("colours-48", newest)
        assert changes.complete
        assert len(changes.ids) == PHOTOS


def test_damage_met_while_working_is_said_and_mended_at_the_next_start(
    paths: Paths, filled: Path
) -> None:
    catalogue = open_library(paths)
    with filled.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (filled.stat().st_size - 4096))
    with pytest.raises(LibraryError) as caught:
        catalogue.changes_since("colours-48", 0)
    assert caught.value.code == "FS-210"
    catalogue.close()
    assert (filled.parent / "library.pid").exists()  # so that the next start looks at every page
    with open_library(paths) as catalogue:
        assert catalogue.recovered is not None
        assert catalogue.count() == PHOTOS


def test_a_newer_major_version_is_refused_and_its_file_left_alone(
    paths: Paths, filled: Path
) -> None:
    with contextlib.closing(connect(filled)) as connection:
        connection.execute(f"PRAGMA user_version = {(schema.MAJOR + 2) * 65536 + 7}")
        connection.execute("PRAGMA application_id = 1")  # nothing else in it must be understood
    before = {file: file.read_bytes() for file in filled.parent.rglob("*") if file.is_file()}
    for read_only in (False, True):
        with pytest.raises(LibraryError) as caught:
            open_library(paths, read_only=read_only)
        assert caught.value.code == "FS-206"
        assert f"{schema.MAJOR + 2}.7" in str(caught.value)
    assert {
        file: file.read_bytes() for file in filled.parent.rglob("*") if file.is_file()
    } == before


def test_a_newer_minor_version_opens(paths: Paths, filled: Path) -> None:
    with contextlib.closing(connect(filled)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.MAJOR * 65536 + 9}")
    with open_library(paths) as catalogue:
        assert catalogue.count() == PHOTOS
        assert catalogue.recovered is None


def test_an_older_minor_version_is_brought_up_to_date(
    paths: Paths, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ("ALTER TABLE photos ADD COLUMN taken TEXT", "CREATE TABLE tags (name TEXT)")
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    for _ in range(2):  # the second time there is nothing left to do
        with open_library(paths, read_only=True) as catalogue:
            assert catalogue.count() == PHOTOS
    with contextlib.closing(connect(filled)) as connection:
        assert connection.execute("SELECT taken FROM photos").fetchone() == (None,)
        assert connection.execute("SELECT * FROM tags").fetchall() == []
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    assert schema.version_of(version) == (schema.MAJOR, 2)


def test_a_migration_that_fails_changes_nothing(
    paths: Paths, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", ("CREATE TABLE tags (x); CREATE TABLE photos (x)",))
    before = tables(filled)
    with pytest.raises(sqlite3.OperationalError):
        open_library(paths)
    assert tables(filled) == before


def test_a_start_killed_before_the_first_table_is_no_damage(paths: Paths) -> None:
    folder = paths.libraries / "Home"
    folder.mkdir(parents=True)
    (folder / CATALOGUE).touch()
    with open_library(paths) as catalogue:
        assert catalogue.recovered is None
        assert catalogue.count() == 0


def test_a_backup_a_day_is_made_and_five_are_kept(catalogue: Catalogue) -> None:
    file = catalogue.folder / CATALOGUE
    start = datetime.now(UTC)
    made = []
    for hours in range(0, 24 * 9, 12):
        now = start + timedelta(hours=hours)
        backup = backup_if_due(file, now)
        if backup is not None:
            os.utime(backup, (now.timestamp(), now.timestamp()))
            made.append(backup)
    assert len(made) == 9
    assert list_backups(catalogue.folder) == made[:-6:-1]
    assert not list(file.parent.rglob("*.part"))


def test_a_library_without_folders_is_not_worth_a_backup(paths: Paths) -> None:
    with open_library(paths) as catalogue:
        pass
    assert list_backups(catalogue.folder) == []


def test_a_backup_that_cannot_be_written_stops_nobody(
    paths: Paths, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    (catalogue.folder / "backups").write_text("a file in the way")
    catalogue.close()
    assert "no backup" in caplog.text
    open_library(paths).close()


def test_opening_is_quick(paths: Paths, filled: Path) -> None:
    start = time.perf_counter()
    open_library(paths).close()
    assert time.perf_counter() - start < 2.0
