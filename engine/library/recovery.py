"""Opening a catalogue file whatever state it is in: missing, older, newer, damaged."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

from engine.errors import Message, describe
from engine.library.backup import day_of, is_sound, list_backups
from engine.library.database import connect, is_damage
from engine.library.schema import (
    APPLICATION_ID,
    create,
    migrate,
    refuse_newer,
    start_epoch,
)
from engine.storage import atomic_write

_HEADER = 100
_MAGIC = b"SQLite format 3\x00"
_COMPANIONS = ("-wal", "-shm", "")
_CHECK_ALWAYS_BELOW = 64 << 20  # bytes that are checked in a fraction of a second


def make_ready(catalogue: Path, *, thorough: bool) -> Message | None:
    """Leave a sound catalogue of the present version at a path.

    Args:
        catalogue: The file; made if missing.
        thorough: Read every page even of a large file.

    Returns:
        FS-208 if a damaged catalogue was set aside and replaced.

    Raises:
        LibraryError: FS-206, it belongs to a newer version; it is unchanged.
    """
    refuse_newer(_stored_version(catalogue), catalogue)
    recovered = None
    if _is_damaged(catalogue, thorough):
        recovered = _replace(catalogue)
    with contextlib.closing(connect(catalogue)) as connection:
        # The newest version number may still have been in the write-ahead log.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        refuse_newer(version, catalogue)
        connection.execute("PRAGMA journal_mode = WAL")
        if version == 0:
            create(connection)
        migrate(connection)
        if recovered:
            start_epoch(connection)
    return recovered


def is_catalogue(catalogue: Path) -> bool:
    """Whether there is a catalogue at a path, sound or not, that is more than just begun."""
    if _stored_version(catalogue) or list_backups(catalogue.parent):
        return True
    if not catalogue.exists():
        return False
    try:  # its first tables may still be in the write-ahead log
        with contextlib.closing(connect(catalogue, read_only=True)) as connection:
            return bool(connection.execute("PRAGMA user_version").fetchone()[0] > 0)
    except sqlite3.DatabaseError:
        return True


def _stored_version(catalogue: Path) -> int:
    """Return the version number in the file's header, without touching the file."""
    try:
        with catalogue.open("rb") as file:
            header = file.read(_HEADER)
    except FileNotFoundError:
        return 0
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        return 0
    return int.from_bytes(header[60:64], "big")


def _is_damaged(catalogue: Path, thorough: bool) -> bool:
    if not catalogue.exists() or catalogue.stat().st_size == 0:
        # Lost, unless it never was: the first start may have been killed before the first commit.
        return bool(list_backups(catalogue.parent))
    if not _is_ours(catalogue):
        return True
    if thorough or catalogue.stat().st_size < _CHECK_ALWAYS_BELOW:
        return not is_sound(catalogue)
    return False


def _is_ours(catalogue: Path) -> bool:
    try:
        # Read-only: the last writer to close would write the log into the damaged file.
        with contextlib.closing(connect(catalogue, read_only=True)) as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return False
        raise
    return bool(application == APPLICATION_ID or tables == 0)


def _replace(catalogue: Path) -> Message:
    """Set a damaged catalogue aside and put the newest sound backup in its place."""
    copy = _set_aside(catalogue)
    backup = next((path for path in list_backups(catalogue.parent) if is_sound(path)), None)
    if backup is None:
        return describe("FS-208", copy=copy, backup="there was none")
    with atomic_write(catalogue) as file, backup.open("rb") as source:
        shutil.copyfileobj(source, file)
    return describe("FS-208", copy=copy, backup=_in_words(day_of(backup)))


def _set_aside(catalogue: Path) -> str:
    """Rename the file and its companions; return the new name."""
    day = datetime.now(UTC).date().isoformat()
    number = 1
    aside = catalogue.with_name(f"catalogue-{day}.broken")
    while aside.exists():
        number += 1
        aside = catalogue.with_name(f"catalogue-{day}-{number}.broken")
    for suffix in _COMPANIONS:
        # The write-ahead log goes first: it must never be replayed into the backup.
        with contextlib.suppress(FileNotFoundError):
            catalogue.with_name(catalogue.name + suffix).rename(
                aside.with_name(aside.name + suffix)
            )
    return aside.name


def _in_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
