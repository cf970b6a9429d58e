"""A copy of the catalogue a day; the newest good one replaces a damaged catalogue."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from engine.library.database import connect, is_damage
from engine.storage import publish

KEPT = 5
_INTERVAL = timedelta(days=1)
_PREFIX = "catalogue-"


def backup_if_due(catalogue: Path, now: datetime | None = None) -> Path | None:
    """Copy the catalogue if the last copy is older than a day; return the new copy.

    Raises:
        sqlite3.DatabaseError: The catalogue cannot be copied whole.
        OSError: The copy cannot be written.
    """
    now = now or datetime.now(UTC)
    existing = list_backups(catalogue.parent)
    if existing and now - _made_at(existing[0]) < _INTERVAL:
        return None
    target = _folder(catalogue.parent) / f"{_PREFIX}{now.date().isoformat()}.sqlite"
    target.parent.mkdir(exist_ok=True)
    temporary = target.with_suffix(".part")
    temporary.unlink(missing_ok=True)
    try:
        with contextlib.closing(connect(catalogue, read_only=True)) as connection:
            connection.execute("VACUUM INTO ?", (str(temporary),))
        publish(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    for old in list_backups(catalogue.parent)[KEPT:]:
        old.unlink()
    return target


def list_backups(library: Path) -> list[Path]:
    """Return the copies of a library's catalogue, newest first."""
    return sorted(_folder(library).glob(f"{_PREFIX}*.sqlite"), reverse=True)


def day_of(backup: Path) -> date:
    """Return the day on which a copy was made."""
    return date.fromisoformat(backup.stem.removeprefix(_PREFIX))


def is_sound(catalogue: Path) -> bool:
    """Whether SQLite finds no damage in a catalogue."""
    try:
        with contextlib.closing(connect(catalogue, read_only=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return False
        raise


def _folder(library: Path) -> Path:
    return library / "backups"


def _made_at(backup: Path) -> datetime:
    return datetime.fromtimestamp(backup.stat().st_mtime, UTC)
