"""The tables of a catalogue, and how older files are brought up to date.

``user_version`` holds ``major * 65536 + minor``. A minor step adds something and is made
silently; a file of a newer major version is refused unchanged (FS-206): its meaning is unknown.

``photos`` has one row a distinct content, ``files`` one row a place where that content lies; a
photo whose files are all gone keeps its row and its codes, for it may come back. ``photos.live``
says whether search sees it. ``changed`` stamps tell an index what happened since it last looked.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from engine.errors import LibraryError

APPLICATION_ID = 0x466F6F64  # "Food"
MAJOR = 1
DEFAULT_EXCLUSIONS = (
    ".*",  # hidden, which covers .git and macOS's ._ files
    "@eaDir",
    "#recycle",
    "$RECYCLE.BIN",
    "System Volume Information",
    "node_modules",
)
_STAMPS_AN_EPOCH = 1 << 31

TABLES = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;
CREATE TABLE roots (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    removed INTEGER NOT NULL DEFAULT 0,
    offline_since TEXT
);
CREATE TABLE photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    damaged INTEGER NOT NULL DEFAULT 0,
    live INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (hash, size)
);
CREATE INDEX photos_changed ON photos (changed);
CREATE INDEX photos_live ON photos (id) WHERE live = 1;
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    root_id INTEGER NOT NULL REFERENCES roots ON DELETE CASCADE,
    folder BLOB NOT NULL,
    name BLOB NOT NULL,
    photo_id INTEGER NOT NULL REFERENCES photos,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    missing INTEGER NOT NULL DEFAULT 0,
    UNIQUE (root_id, folder, name)
);
CREATE INDEX files_photo ON files (photo_id);
CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    root_id INTEGER NOT NULL REFERENCES roots ON DELETE CASCADE,
    folder BLOB NOT NULL,
    name BLOB NOT NULL,
    photo_id INTEGER REFERENCES photos ON DELETE CASCADE,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    code TEXT NOT NULL,
    cause TEXT NOT NULL,
    advice TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    ignored INTEGER NOT NULL DEFAULT 0,
    retry INTEGER NOT NULL DEFAULT 0,
    UNIQUE (root_id, folder, name)
);
CREATE INDEX problems_photo ON problems (photo_id);
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    num_bytes INTEGER NOT NULL
);
CREATE TABLE codes (
    model_id INTEGER NOT NULL REFERENCES models ON DELETE CASCADE,
    photo_id INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    code BLOB NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (model_id, photo_id)
) WITHOUT ROWID;
CREATE INDEX codes_changed ON codes (model_id, changed);
CREATE INDEX codes_photo ON codes (photo_id);
CREATE TABLE judgements (
    query_hash TEXT NOT NULL,
    photo_id INTEGER NOT NULL REFERENCES photos,
    verdict INTEGER NOT NULL,
    judged_at TEXT NOT NULL,
    PRIMARY KEY (query_hash, photo_id)
) WITHOUT ROWID;
CREATE INDEX judgements_photo ON judgements (photo_id);
CREATE TABLE queries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content_hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    path BLOB,
    asked_at TEXT NOT NULL
);
"""

# One script a minor step, the first leading from 1.0 to 1.1. Steps only ever add.
MIGRATIONS: tuple[str, ...] = ()


def version_of(number: int) -> tuple[int, int]:
    """Return (major, minor) of a ``user_version``."""
    return number >> 16, number & 0xFFFF


def refuse_newer(number: int, path: Path) -> None:
    """Raise FS-206 if a file of this ``user_version`` was made by a newer major version."""
    major, minor = version_of(number)
    if major > MAJOR:
        raise LibraryError("FS-206", version=f"{major}.{minor}", path=path)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty catalogue."""
    _run_script(
        connection,
        TABLES
        + f"PRAGMA application_id = {APPLICATION_ID};"
        + f"PRAGMA user_version = {MAJOR << 16};"
        + "INSERT INTO meta VALUES ('exclusions', '"
        + json.dumps(DEFAULT_EXCLUSIONS)
        + "');",
    )
    start_epoch(connection)
    migrate(connection)


def migrate(connection: sqlite3.Connection, steps: Sequence[str] | None = None) -> None:
    """Bring an older minor version up to date, each step in a transaction of its own."""
    steps = MIGRATIONS if steps is None else steps
    _, minor = version_of(connection.execute("PRAGMA user_version").fetchone()[0])
    for done, script in enumerate(steps[minor:], minor + 1):
        _run_script(connection, script + f"; PRAGMA user_version = {(MAJOR << 16) + done};")


def _run_script(connection: sqlite3.Connection, script: str) -> None:
    # executescript() commits what is open before it starts, so the transaction is in the script.
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {script} COMMIT;")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def start_epoch(connection: sqlite3.Connection) -> None:
    """Make all earlier stamps worthless: rows have vanished, or an older file was restored.

    Stamps grow from the present second times 2**31, so that an epoch started after a restore is
    newer than the one that was lost, of which nothing is known.
    """
    row = connection.execute("SELECT value FROM meta WHERE key = 'stamp'").fetchone()
    last = row[0] // _STAMPS_AN_EPOCH if row else 0
    stamp = max(int(time.time()), last + 1) * _STAMPS_AN_EPOCH
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('stamp', ?)", (stamp,))


def next_stamp(connection: sqlite3.Connection) -> int:
    """Return a stamp larger than all before; call it once in a transaction that changes rows."""
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'stamp'")
    return current_stamp(connection)


def current_stamp(connection: sqlite3.Connection) -> int:
    """Return the newest stamp."""
    stamp: int = connection.execute("SELECT value FROM meta WHERE key = 'stamp'").fetchone()[0]
    return stamp


def is_same_epoch(a: int, b: int) -> bool:
    """Whether no rows vanished between two stamps."""
    return a // _STAMPS_AN_EPOCH == b // _STAMPS_AN_EPOCH
