"""Where the contents lie: the rows a scan compares with the disk and brings up to date."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.library.database import BATCH, as_json
from engine.library.problems import give_another_chance
from engine.library.schema import next_stamp
from engine.library.tables import LISTED, Tables, update_live

_SAVE_FILE = """
INSERT INTO files (root_id, folder, name, photo_id, size, mtime_ns) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (root_id, folder, name) DO UPDATE SET
    photo_id = excluded.photo_id, size = excluded.size, mtime_ns = excluded.mtime_ns, missing = 0
"""


@dataclass(frozen=True)
class KnownFile:
    """A file as an earlier scan saw it."""

    id: int
    photo_id: int
    size: int
    mtime_ns: int
    missing: bool


@dataclass(frozen=True)
class HashedFile:
    """A file as it is now, with the identity of its content."""

    root_id: int
    folder: bytes
    name: bytes
    size: int
    mtime_ns: int
    content_hash: bytes


class FileTables(Tables):
    """Files of the library's folders."""

    def known_files(self, root_id: int, folder: bytes) -> dict[bytes, KnownFile]:
        """Return the files that directly lie in a folder, by name."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT name, id, photo_id, size, mtime_ns, missing FROM files"
                " WHERE root_id = ? AND folder = ?",
                (root_id, folder),
            ).fetchall()
        return {
            name: KnownFile(key, photo_id, size, mtime_ns, bool(missing))
            for name, key, photo_id, size, mtime_ns, missing in rows
        }

    def known_folders(self, root_id: int) -> list[bytes]:
        """Return the folders of a root that directly hold files."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT DISTINCT folder FROM files WHERE root_id = ?", (root_id,)
            ).fetchall()
        return [row[0] for row in rows]

    def record_files(self, files: Sequence[HashedFile]) -> list[int]:
        """Store new and changed files; a content that is known finds its photo again.

        Args:
            files: At most as many as one transaction may hold.

        Returns:
            The photo of each file.
        """
        with self._database.write() as connection:
            stamp = next_stamp(connection)
            left_behind = [key for file in files for key in _forget_place(connection, file)]
            photo_ids = [_photo_with(connection, file) for file in files]
            connection.executemany(
                _SAVE_FILE,
                [
                    (file.root_id, file.folder, file.name, photo_id, file.size, file.mtime_ns)
                    for file, photo_id in zip(files, photo_ids, strict=True)
                ],
            )
            # A new copy of a damaged content is decoded once more, to be listed by its own name.
            give_another_chance(connection, photo_ids, stamp)
            update_live(connection, LISTED, stamp, ids=as_json(left_behind))
        return photo_ids

    def set_missing(self, file_ids: Sequence[int], missing: bool) -> None:
        """Note that files are not where they were, though their photos stay in the library."""
        for start in range(0, len(file_ids), BATCH):
            with self._database.write() as connection:
                connection.execute(
                    "UPDATE files SET missing = ? WHERE id IN (SELECT value FROM json_each(?))",
                    (missing, as_json(file_ids[start : start + BATCH])),
                )

    def drop_files(self, file_ids: Sequence[int]) -> None:
        """Forget files that are gone; photos without any file leave the search."""
        for start in range(0, len(file_ids), BATCH):
            ids = as_json(file_ids[start : start + BATCH])
            with self._database.write() as connection:
                photos = connection.execute(
                    "SELECT DISTINCT photo_id FROM files"
                    " WHERE id IN (SELECT value FROM json_each(?))",
                    (ids,),
                ).fetchall()
                connection.execute(
                    "DELETE FROM problems WHERE (root_id, folder, name) IN"
                    " (SELECT root_id, folder, name FROM files"
                    "  WHERE id IN (SELECT value FROM json_each(?)))",
                    (ids,),
                )
                connection.execute(
                    "DELETE FROM files WHERE id IN (SELECT value FROM json_each(?))", (ids,)
                )
                stamp = next_stamp(connection)
                update_live(connection, LISTED, stamp, ids=as_json(row[0] for row in photos))

    def count_files(self, photo_ids: Iterable[int]) -> Counter[int]:
        """Return how many files the library's folders have of each photo."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT photo_id, count(*) FROM files JOIN roots ON roots.id = root_id"
                " WHERE removed = 0 AND photo_id IN (SELECT value FROM json_each(?))"
                " GROUP BY photo_id",
                (as_json(photo_ids),),
            ).fetchall()
        return Counter(dict(rows))


def _forget_place(connection: sqlite3.Connection, file: HashedFile) -> list[int]:
    """Forget what was wrong with a file's earlier content; return its earlier photo, if any."""
    place = (file.root_id, file.folder, file.name)
    connection.execute("DELETE FROM problems WHERE root_id = ? AND folder = ? AND name = ?", place)
    rows = connection.execute(
        "SELECT photo_id FROM files WHERE root_id = ? AND folder = ? AND name = ?", place
    )
    return [row[0] for row in rows]


def _photo_with(connection: sqlite3.Connection, file: HashedFile) -> int:
    identity = (file.content_hash, file.size)
    connection.execute("INSERT OR IGNORE INTO photos (hash, size) VALUES (?, ?)", identity)
    photo_id: int = connection.execute(
        "SELECT id FROM photos WHERE hash = ? AND size = ?", identity
    ).fetchone()[0]
    return photo_id
