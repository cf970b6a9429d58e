"""What the user said and asked: judgements of matches, and recent queries."""

from __future__ import annotations

import os
from pathlib import Path

from engine.library.database import utc_now
from engine.library.records import RecentQuery
from engine.library.tables import Tables, storable

_QUERIES_KEPT = 200


class HistoryTables(Tables):
    """Judgements and recent queries; a query is known by its content."""

    def judge(self, query_hash: str, photo_id: int, verdict: bool | None) -> None:
        """Remember whether a photo is a good match of a query; None forgets the judgement."""
        with self._database.write() as connection:
            if verdict is None:
                connection.execute(
                    "DELETE FROM judgements WHERE query_hash = ? AND photo_id = ?",
                    (query_hash, int(photo_id)),
                )
            else:
                connection.execute(
                    "INSERT OR REPLACE INTO judgements VALUES (?, ?, ?, ?)",
                    (query_hash, int(photo_id), verdict, utc_now()),
                )

    def judgements(self, query_hash: str) -> dict[int, bool]:
        """Return the judged photos of a query."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT photo_id, verdict FROM judgements WHERE query_hash = ?", (query_hash,)
            ).fetchall()
        return {photo_id: bool(verdict) for photo_id, verdict in rows}

    def all_judgements(self) -> dict[str, dict[int, bool]]:
        """Return the judged photos of every query, by its content hash."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT query_hash, photo_id, verdict FROM judgements ORDER BY query_hash, photo_id"
            ).fetchall()
        found: dict[str, dict[int, bool]] = {}
        for query_hash, photo_id, verdict in rows:
            found.setdefault(query_hash, {})[photo_id] = bool(verdict)
        return found

    def remember_query(self, path: Path | None, content_hash: str, name: str) -> None:
        """Note that a photo was searched for."""
        with self._database.write() as connection:
            # Several queries fall into one second; the newest must still come first.
            connection.execute("DELETE FROM queries WHERE content_hash = ?", (content_hash,))
            connection.execute(
                "INSERT INTO queries (content_hash, name, path, asked_at) VALUES (?, ?, ?, ?)",
                (content_hash, storable(name), os.fsencode(path) if path else None, utc_now()),
            )
            connection.execute(
                "DELETE FROM queries WHERE id NOT IN"
                " (SELECT id FROM queries ORDER BY id DESC LIMIT ?)",
                (_QUERIES_KEPT,),
            )

    def recent_queries(self, limit: int = 8) -> list[RecentQuery]:
        """Return the last photos searched for, newest first, each once."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT name, path, content_hash, asked_at FROM queries ORDER BY id DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            RecentQuery(name, Path(os.fsdecode(path)) if path else None, content_hash, when)
            for name, path, content_hash, when in rows
        ]
