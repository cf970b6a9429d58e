"""Questions about photos: which there are, where they lie, what is known of them."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from engine.codes import IdArray
from engine.library.database import as_json
from engine.library.labels import label_of
from engine.library.records import PhotoRecord, PhotoState, SourceFile
from engine.library.tables import Tables, file_path, root_path, stored_folder

# Of several files with one content the best comes first: one that can be read, then by path.
_FILES_OF = """
SELECT files.photo_id, roots.path, files.folder, files.name, files.size, files.mtime_ns,
    CASE WHEN roots.offline_since IS NOT NULL THEN 'offline'
         WHEN files.missing THEN 'missing' ELSE 'ok' END AS state
FROM json_each(?) AS wanted
JOIN files ON files.photo_id = wanted.value JOIN roots ON roots.id = files.root_id
WHERE roots.removed = 0
ORDER BY files.photo_id, state <> 'ok', roots.path, files.folder, files.name
"""
_ORDERS = {
    "name": "ORDER BY min(roots.path || x'00' || files.folder || x'00' || files.name), photos.id",
    "date": "ORDER BY max(files.mtime_ns) DESC, photos.id",
    "id": "ORDER BY photos.id",
}
_FileRow = tuple[int, bytes, bytes, bytes, int, int, PhotoState]


class PhotoQueries(Tables):
    """The photos that search sees: contents with a file in the library that can be decoded."""

    def count(self) -> int:
        """Return how many distinct photos the library has."""
        with self._database.read() as connection:
            count: int = connection.execute(
                "SELECT count(*) FROM photos WHERE live = 1"
            ).fetchone()[0]
        return count

    def ids(
        self, *, folder: Path | None = None, order: Literal["name", "date", "id"] = "name"
    ) -> IdArray:
        """Return the photos of the library, or of a folder and all below it.

        Args:
            folder: Any folder; one that contains several roots stands for all of them.
            order: ``"name"``: by path. ``"date"``: by time of last modification, newest first.
                ``"id"``: ascending, the fastest.
        """
        with self._database.read() as connection:
            where, parameters = _within(connection, folder)
            rows = connection.execute(
                "SELECT photos.id FROM photos JOIN files ON files.photo_id = photos.id"
                " JOIN roots ON roots.id = files.root_id"
                f" WHERE photos.live = 1 AND roots.removed = 0 AND {where}"
                f" GROUP BY photos.id {_ORDERS[order]}",
                parameters,
            )
            return np.fromiter((row[0] for row in rows), np.int64)

    def photos(self, ids: Iterable[int]) -> list[PhotoRecord]:
        """Return the records of photos, in the given order.

        A photo whose files have all left the library since the ids were asked for is left out.
        """
        wanted = [int(photo_id) for photo_id in ids]
        with self._database.read() as connection:
            files = _grouped(connection.execute(_FILES_OF, (as_json(wanted),)))
            facts = {
                row[0]: row[1:]
                for row in connection.execute(
                    "SELECT id, lower(hex(hash)), width, height FROM photos"
                    " WHERE id IN (SELECT value FROM json_each(?))",
                    (as_json(wanted),),
                )
            }
        return [_record(files[key], *facts[key]) for key in wanted if key in files]

    def paths(self, photo_id: int) -> list[Path]:
        """Return all files with a photo's content, the most readable first."""
        with self._database.read() as connection:
            rows = connection.execute(_FILES_OF, (as_json([photo_id]),)).fetchall()
        return [file_path(*row[1:4]) for row in rows]

    def sources(self, ids: Iterable[int]) -> dict[int, list[SourceFile]]:
        """Return, for each photo, the files from which it can be read now."""
        with self._database.read() as connection:
            files = _grouped(connection.execute(_FILES_OF, (as_json(ids),)))
        return {
            photo_id: [
                SourceFile(file_path(*row[1:4]), row[4], row[5]) for row in rows if row[6] == "ok"
            ]
            for photo_id, rows in files.items()
        }

    def id_of_hash(self, content_hash: str) -> int | None:
        """Return the photo with this content, if search sees it."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT id FROM photos WHERE hash = ? AND live = 1", (bytes.fromhex(content_hash),)
            ).fetchone()
        return row[0] if row else None

    def folders(self) -> list[tuple[Path, int]]:
        """Return every folder that directly holds photos, with their number, by path."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT roots.path, files.folder, count(DISTINCT photos.id) FROM files"
                " JOIN roots ON roots.id = files.root_id AND roots.removed = 0"
                " JOIN photos ON photos.id = files.photo_id AND photos.live = 1"
                " GROUP BY files.root_id, files.folder ORDER BY roots.path, files.folder"
            ).fetchall()
        return [(file_path(root, folder, b""), count) for root, folder, count in rows]


def _grouped(rows: Iterable[_FileRow]) -> dict[int, list[_FileRow]]:
    return {
        photo_id: list(group) for photo_id, group in itertools.groupby(rows, lambda row: row[0])
    }


def _record(
    files: Sequence[_FileRow], content_hash: str, width: int | None, height: int | None
) -> PhotoRecord:
    photo_id, root, folder, name, size, mtime_ns, state = files[0]
    return PhotoRecord(
        id=photo_id,
        path=file_path(root, folder, name),
        label=next(filter(None, (label_of(row[2]) for row in files)), None),
        width=width,
        height=height,
        size=size,
        mtime=mtime_ns / 1e9,
        state=state,
        copies=len(files),
        content_hash=content_hash,
    )


def _within(connection: sqlite3.Connection, folder: Path | None) -> tuple[str, list[object]]:
    """Return a condition for the files below a folder, and its parameters."""
    if folder is None:
        return "1", []
    folder = Path(os.path.abspath(folder))
    terms: list[str] = []
    parameters: list[object] = []
    for root_id, stored in _root_rows(connection):
        root = root_path(stored)
        if root.is_relative_to(folder):
            terms.append("files.root_id = ?")
            parameters.append(root_id)
        elif folder.is_relative_to(root):
            # "0" is the character after "/": the range holds exactly the folders below.
            inner = stored_folder(folder, root)
            terms.append("files.root_id = ? AND (files.folder = ? OR files.folder > ?"
                         " AND files.folder < ?)")  # fmt: skip
            parameters += [root_id, inner, inner + b"/", inner + b"0"]
    return f"({' OR '.join(terms) or '0'})", parameters


def _root_rows(connection: sqlite3.Connection) -> list[tuple[int, bytes]]:
    return connection.execute("SELECT id, path FROM roots WHERE removed = 0").fetchall()
