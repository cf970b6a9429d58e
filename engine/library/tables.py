"""What the parts of the catalogue share: the database, liveness, and bytes as paths."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from engine.library.database import Database


class Tables:
    """Base of the catalogue's parts, each of which owns a few tables.

    Args:
        database: Where the tables are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database


# The one definition of what search sees; photos.live and photos.changed are kept equal to it.
_UPDATE_LIVE = """
UPDATE photos SET live = 1 - live, changed = :stamp
WHERE id IN ({which}) AND live <> (
    damaged = 0 AND EXISTS (
        SELECT 1 FROM files JOIN roots ON roots.id = files.root_id
        WHERE files.photo_id = photos.id AND roots.removed = 0))
"""
LISTED = "SELECT value FROM json_each(:ids)"
OF_ROOT = "SELECT photo_id FROM files WHERE root_id = :root_id"


def update_live(
    connection: sqlite3.Connection, which: str, stamp: int, **parameters: object
) -> None:
    """Correct ``live`` of the photos that a sub-select names, and stamp those that changed."""
    connection.execute(_UPDATE_LIVE.format(which=which), {"stamp": stamp, **parameters})


def root_path(stored: bytes) -> Path:
    """Return a root's path from its stored bytes."""
    return Path(os.fsdecode(stored))


def file_path(root: bytes, folder: bytes, name: bytes) -> Path:
    """Return a file's path; stored folders have ``/`` between their parts on every system."""
    return Path(os.fsdecode(root), os.fsdecode(folder), os.fsdecode(name))


def stored_folder(path: Path, root: Path) -> bytes:
    """Return a folder below (or equal to) a root as it is stored."""
    return os.fsencode("/".join(path.relative_to(root).parts))


def storable(text: str) -> str:
    """Return a text with the undecodable parts of file names replaced; SQLite refuses those."""
    return text.encode("utf-8", "replace").decode("utf-8")
