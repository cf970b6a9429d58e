"""Files and folders that could not be used: each is named, with the reason, until it can be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.errors import Message
from engine.library.database import BATCH, as_json, utc_now
from engine.library.records import Problem
from engine.library.schema import next_stamp
from engine.library.tables import LISTED, Tables, file_path, storable, update_live

_RECORD = """
INSERT INTO problems
    (root_id, folder, name, photo_id, size, mtime_ns, code, cause, advice, first_seen)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (root_id, folder, name) DO UPDATE SET
    photo_id = excluded.photo_id, size = excluded.size, mtime_ns = excluded.mtime_ns,
    code = excluded.code, cause = excluded.cause, advice = excluded.advice, retry = 0
"""


# What is wrong with the content itself and therefore stays wrong. Any other failure, such as a
# network drive that does not answer, may have passed by the next time.
_CONTENT_FAULTS = frozenset({"FS-101", "FS-102", "FS-103", "FS-105", "FS-106", "FS-109"})


@dataclass(frozen=True)
class Fault:
    """Why a scan cannot use an entry of a folder.

    Attributes:
        root_id: The root it lies in.
        folder: Folder below the root.
        name: Name of the file or folder.
        message: The reason.
        size: Of the file that was looked at; -1 where there is none to look at again.
        mtime_ns: Likewise.
    """

    root_id: int
    folder: bytes
    name: bytes
    message: Message
    size: int = -1
    mtime_ns: int = -1

    @property
    def place(self) -> tuple[int, bytes, bytes]:
        """What identifies the entry."""
        return self.root_id, self.folder, self.name


@dataclass(frozen=True)
class KnownFault:
    """A fault of an earlier scan: the file is not opened again while it looks the same."""

    id: int
    size: int
    mtime_ns: int
    retry: bool


class ProblemTables(Tables):
    """The list of problems.

    A problem with a photo was found when its content was decoded, one without when its file or
    folder was scanned.
    """

    def problems(self, include_ignored: bool = False) -> list[Problem]:
        """Return what could not be used, by path."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT problems.id, roots.path, folder, name, code, cause, advice, first_seen,"
                " ignored FROM problems JOIN roots ON roots.id = root_id"
                " WHERE roots.removed = 0 AND ignored <= ? ORDER BY roots.path, folder, name",
                (include_ignored,),
            ).fetchall()
        return [
            Problem(key, file_path(*place), code, cause, advice, first_seen, bool(ignored))
            for key, *place, code, cause, advice, first_seen, ignored in rows
        ]

    def ignore_problem(self, problem_id: int, ignored: bool = True) -> None:
        """Hide a problem from the list, or show it again."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE problems SET ignored = ? WHERE id = ?", (ignored, problem_id)
            )

    def retry_problems(self, ids: Iterable[int] | None = None) -> None:
        """Let the next scan and index build try again; what still fails stays on the list.

        Args:
            ids: Problems to retry; without them all that are not ignored.
        """
        with self._database.write() as connection:
            where, parameters = ("ignored = 0", [])
            if ids is not None:
                where, parameters = ("id IN (SELECT value FROM json_each(?))", [as_json(ids)])
            connection.execute(f"UPDATE problems SET retry = 1 WHERE {where}", parameters)
            photos = connection.execute(
                "SELECT DISTINCT photo_id FROM problems WHERE retry = 1 AND photo_id IS NOT NULL"
            )
            give_another_chance(connection, [row[0] for row in photos], next_stamp(connection))

    def scan_faults(self) -> dict[tuple[int, bytes, bytes], KnownFault]:
        """Return what earlier scans could not use, by place."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT root_id, folder, name, id, size, mtime_ns, retry FROM problems"
                " WHERE photo_id IS NULL"
            ).fetchall()
        return {
            (root_id, folder, name): KnownFault(key, size, mtime_ns, bool(retry))
            for root_id, folder, name, key, size, mtime_ns, retry in rows
        }

    def record_faults(self, faults: Sequence[Fault]) -> None:
        """List entries that a scan cannot use; their time of first sight is kept."""
        now = utc_now()
        for start in range(0, len(faults), BATCH):
            with self._database.write() as connection:
                connection.executemany(
                    _RECORD,
                    [
                        (*fault.place, None, fault.size, fault.mtime_ns, *texts(fault.message), now)
                        for fault in faults[start : start + BATCH]
                    ],
                )

    def drop_problems(self, ids: Sequence[int]) -> None:
        """Take problems off the list that are no more."""
        for start in range(0, len(ids), BATCH):
            with self._database.write() as connection:
                connection.execute(
                    "DELETE FROM problems WHERE id IN (SELECT value FROM json_each(?))",
                    (as_json(ids[start : start + BATCH]),),
                )


def give_another_chance(connection: sqlite3.Connection, photo_ids: list[int], stamp: int) -> None:
    """Take the mark "damaged" from photos, so that the next index build decodes them again."""
    connection.execute(
        "UPDATE photos SET damaged = 0 WHERE id IN (SELECT value FROM json_each(?))",
        (as_json(photo_ids),),
    )
    update_live(connection, LISTED, stamp, ids=as_json(photo_ids))


def is_content_fault(message: Message) -> bool:
    """Whether decoding the same bytes again would fail again."""
    return message.code in _CONTENT_FAULTS


def record_failures(
    connection: sqlite3.Connection, failures: Sequence[tuple[int, Message]], stamp: int
) -> None:
    """List every file of photos that were not decoded; damaged contents leave the search.

    A photo whose file merely could not be read stays: other models find it by their codes, and
    the next index build tries it again.
    """
    now = utc_now()
    for photo_id, message in failures:
        if is_content_fault(message):
            connection.execute("UPDATE photos SET damaged = 1 WHERE id = ?", (photo_id,))
        places = connection.execute(
            "SELECT root_id, folder, name, photo_id, size, mtime_ns FROM files WHERE photo_id = ?",
            (photo_id,),
        ).fetchall()
        connection.executemany(_RECORD, [(*place, *texts(message), now) for place in places])
    update_live(connection, LISTED, stamp, ids=as_json(key for key, _ in failures))


def forget_problems(connection: sqlite3.Connection, photo_ids: list[int]) -> None:
    """Take photos that could be decoded after all off the list."""
    connection.execute(
        "DELETE FROM problems WHERE photo_id IN (SELECT value FROM json_each(?))",
        (as_json(photo_ids),),
    )


def texts(message: Message) -> tuple[str, str, str]:
    """Return code, cause and advice as they are stored."""
    return message.code, storable(message.cause or message.title), storable(message.advice)
