"""Codes of photos, one set a model, and what changed since an index last looked."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from engine.codes import CodeArray, IdArray
from engine.errors import IndexStateError, Message
from engine.library.database import BATCH, as_json
from engine.library.problems import forget_problems, record_failures
from engine.library.records import Changes, CodeCount, Coverage
from engine.library.schema import current_stamp, is_same_epoch, next_stamp, start_epoch
from engine.library.tables import Tables

_PENDING = """
SELECT photos.id FROM photos
WHERE photos.live = 1
    AND NOT EXISTS (SELECT 1 FROM codes WHERE model_id = ? AND photo_id = photos.id)
    AND EXISTS (
        SELECT 1 FROM files JOIN roots ON roots.id = files.root_id
        WHERE files.photo_id = photos.id AND files.missing = 0
            AND roots.removed = 0 AND roots.offline_since IS NULL)
ORDER BY photos.id
"""
_ALL = """
SELECT codes.photo_id, codes.code FROM codes JOIN photos ON photos.id = codes.photo_id
WHERE codes.model_id = :model AND photos.live = 1 ORDER BY codes.photo_id
"""
# The indexes on the stamps are prescribed: left to itself SQLite reads all codes in the order of
# their photos, only to find that none has changed.
_SINCE = """
SELECT codes.photo_id, codes.code FROM codes INDEXED BY codes_changed
    CROSS JOIN photos ON photos.id = codes.photo_id
WHERE codes.model_id = :model AND codes.changed > :stamp AND photos.live = 1
UNION
SELECT codes.photo_id, codes.code FROM photos INDEXED BY photos_changed
    CROSS JOIN codes ON codes.photo_id = photos.id
WHERE photos.changed > :stamp AND photos.live = 1 AND codes.model_id = :model
ORDER BY 1
"""
_REMOVED = """
SELECT photos.id FROM photos INDEXED BY photos_changed
    CROSS JOIN codes ON codes.photo_id = photos.id
WHERE photos.changed > :stamp AND photos.live = 0 AND codes.model_id = :model ORDER BY photos.id
"""
_COUNTS = """
SELECT models.key, models.num_bytes, sum(photos.live), count(*)
FROM codes JOIN models ON models.id = codes.model_id JOIN photos ON photos.id = codes.photo_id
GROUP BY models.id ORDER BY models.key
"""
_A_ROW = 44  # bytes of a code's row and its two entries in indexes, beside the code; measured


class CodeTables(Tables):
    """Codes under the key of the model that made them."""

    def pending(self, model_key: str) -> IdArray:
        """Return the photos that can be read now and have no code of a model, ascending."""
        with self._database.read() as connection:
            model_id, _ = _model(connection, model_key)
            rows = connection.execute(_PENDING, (model_id,))
            return np.fromiter((row[0] for row in rows), np.int64)

    def record_index(
        self,
        model_key: str,
        encoded: Sequence[tuple[int, bytes, int, int]],
        failed: Sequence[tuple[int, Message]],
    ) -> None:
        """Store what an index build found out, in one transaction.

        Args:
            model_key: Identity of the model and its weights.
            encoded: Photo, packed code, width and height.
            failed: Photos that could not be decoded, and why; see :func:`record_failures`.
        """
        with self._database.write() as connection:
            store_codes(connection, model_key, [row[:2] for row in encoded])
            connection.executemany(
                "UPDATE photos SET width = ?, height = ? WHERE id = ?",
                [(width, height, photo_id) for photo_id, _, width, height in encoded],
            )
            forget_problems(connection, [row[0] for row in encoded])
            if failed:
                record_failures(connection, failed, next_stamp(connection))

    def codes(self, model_key: str, ids: Sequence[int] | IdArray) -> CodeArray:
        """Return the packed codes of photos in the given order, shape (len(ids), bytes).

        Raises:
            IndexStateError: FS-301, some photos have no code of this model.
        """
        with self._database.read() as connection:
            model_id, num_bytes = _model(connection, model_key)
            found = dict(
                connection.execute(
                    "SELECT photo_id, code FROM codes WHERE model_id = ?"
                    " AND photo_id IN (SELECT value FROM json_each(?))",
                    (model_id, as_json(ids)),
                )
            )
        missing = sum(int(key) not in found for key in ids)
        if missing:
            raise IndexStateError("FS-301", model=model_key, photos=missing)
        return _packed([found[int(key)] for key in ids], num_bytes)

    def coverage(self, model_key: str) -> Coverage:
        """Return how many photos have a code of a model, of how many."""
        with self._database.read() as connection:
            model_id, _ = _model(connection, model_key)
            indexed = connection.execute(
                "SELECT count(*) FROM codes JOIN photos ON photos.id = codes.photo_id"
                " WHERE codes.model_id = ? AND photos.live = 1",
                (model_id,),
            ).fetchone()[0]
            total = connection.execute("SELECT count(*) FROM photos WHERE live = 1").fetchone()[0]
        return Coverage(indexed, total)

    def code_counts(self) -> dict[str, CodeCount]:
        """Return how many codes there are, by model key; of models without any, nothing."""
        with self._database.read() as connection:
            rows = connection.execute(_COUNTS).fetchall()
        return {
            key: CodeCount(live, stored * (_A_ROW + num_bytes))
            for key, num_bytes, live, stored in rows
        }

    def purge_codes(self, model_keys: Collection[str]) -> int:
        """Delete every code of these models; return how many there were.

        The file stays as large as it is until :meth:`compact`.
        """
        return sum(self._purge(key) for key in model_keys)

    def compact(self) -> int:
        """Give the disk back what rows took that are gone; return how many bytes that is.

        Raises:
            LibraryError: FS-205, the disk has no room for a second copy of the catalogue.
        """
        before = self._database.size()
        self._database.compact()
        return before - self._database.size()

    def _purge(self, model_key: str) -> int:
        purged = 0
        while True:
            with self._database.write() as connection:
                model_id, _ = _model(connection, model_key)
                if not purged:  # an index kept elsewhere is worthless from the first row on
                    start_epoch(connection)
                done = connection.execute(
                    "DELETE FROM codes WHERE model_id = :model AND photo_id IN"
                    " (SELECT photo_id FROM codes WHERE model_id = :model LIMIT :batch)",
                    {"model": model_id, "batch": BATCH},
                ).rowcount
                if not done:
                    connection.execute("DELETE FROM models WHERE id = ?", (model_id,))
                    return purged
            purged += done

    def changes_since(self, model_key: str, stamp: int) -> Changes:
        """Return what an index that knows the state of ``stamp`` must do; 0 asks for everything."""
        with self._database.read() as connection:
            model_id, num_bytes = _model(connection, model_key)
            now = current_stamp(connection)
            complete = not (is_same_epoch(stamp, now) and stamp <= now)
            parameters = {"model": model_id, "stamp": stamp}
            rows = connection.execute(_ALL if complete else _SINCE, parameters).fetchall()
            removed = [] if complete else connection.execute(_REMOVED, parameters).fetchall()
        return Changes(
            stamp=now,
            ids=np.array([row[0] for row in rows], np.int64),
            codes=_packed([row[1] for row in rows], num_bytes),
            removed=np.array([row[0] for row in removed], np.int64),
            complete=complete,
        )


def store_codes(
    connection: sqlite3.Connection, model_key: str, rows: Iterable[tuple[int, bytes]]
) -> None:
    """Store codes inside the caller's transaction; photos purged meanwhile are passed over."""
    rows = list(rows)
    if not rows:
        return
    connection.execute(
        "INSERT OR IGNORE INTO models (key, num_bytes) VALUES (?, ?)", (model_key, len(rows[0][1]))
    )
    model_id, num_bytes = _model(connection, model_key)
    if any(len(code) != num_bytes for _, code in rows):
        raise ValueError(f"codes of {model_key} have {num_bytes} bytes")
    stamp = next_stamp(connection)
    connection.executemany(
        "INSERT INTO codes SELECT ?, id, ?, ? FROM photos WHERE id = ?"
        " ON CONFLICT DO UPDATE SET code = excluded.code, changed = excluded.changed",
        [(model_id, code, stamp, photo_id) for photo_id, code in rows],
    )


def _model(connection: sqlite3.Connection, model_key: str) -> tuple[int, int]:
    """Return the row id and code width of a model; of one never seen, an id without codes."""
    row = connection.execute(
        "SELECT id, num_bytes FROM models WHERE key = ?", (model_key,)
    ).fetchone()
    return row or (-1, 0)


def _packed(codes: list[bytes], num_bytes: int) -> CodeArray:
    return np.frombuffer(b"".join(codes), np.uint8).reshape(len(codes), num_bytes)
