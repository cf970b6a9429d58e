"""One SQLite file: a write connection behind a lock, read connections as many as there are readers.

Failures of SQLite become :class:`LibraryError` where the user can do something about them (the disk
is full, the file is damaged); everything else stays what it is, a bug of ours.
"""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import LibraryError

BATCH = 256  # rows of one transaction: a kill loses little, another writer waits milliseconds
BUSY_SECONDS = 30.0
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LITTLE_ROOM = 1 << 20


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Return a connection in autocommit mode, usable from any thread."""
    mode = "ro" if read_only else "rwc"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def utc_now() -> str:
    """Return the present time as the catalogue stores it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def as_json(values: Iterable[int]) -> str:
    """Return ids as one parameter for ``json_each(?)``, which has no limit of 999 variables."""
    return json.dumps([int(value) for value in values])


class Database:
    """The connections to one catalogue file.

    Args:
        path: A catalogue whose schema is up to date.
        name: What error texts call the library.
        read_only: Refuse every write with FS-209.
    """

    def __init__(self, path: Path, name: str, *, read_only: bool = False) -> None:
        self.path = path
        self.name = name
        self.read_only = read_only
        self.is_damaged = False
        self._lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        if not read_only:
            self._writer = connect(path)
            self._writer.execute("PRAGMA journal_mode = WAL")
            self._writer.execute("PRAGMA synchronous = NORMAL")
        self._idle: list[sqlite3.Connection] = []
        self._is_closed = False

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that sees one unchanging state of the catalogue."""
        with self._explained():
            connection = self._borrow()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                self._give_back(connection)

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Yield the write connection inside a transaction; an error undoes all of it.

        Raises:
            LibraryError: FS-209 read-only, FS-205 the disk is full, FS-210 the file is damaged.
        """
        if self._writer is None:
            raise LibraryError("FS-209", name=self.name)
        with self._lock, self._explained():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:  # SQLite itself rolls back when the disk is full
                    self._writer.execute("ROLLBACK")
                raise

    def size(self) -> int:
        """Return the bytes of the catalogue, wherever they are kept at the moment."""
        with self.read() as connection:
            pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
            return pages * int(connection.execute("PRAGMA page_size").fetchone()[0])

    def compact(self) -> None:
        """Rewrite the file without the room of rows that are gone.

        Raises:
            LibraryError: FS-209 read-only, FS-205 the disk is full, FS-210 the file is damaged.
        """
        if self._writer is None:
            raise LibraryError("FS-209", name=self.name)
        with self._lock, self._explained():
            self._writer.execute("VACUUM")
            # Readers may still be in the log; then the file shrinks when the library is closed.
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every connection; a second call does nothing."""
        with self._lock:
            self._is_closed = True
            while self._idle:
                self._idle.pop().close()
            if self._writer is not None:
                self._writer.close()

    def _borrow(self) -> sqlite3.Connection:
        if self._is_closed:
            raise sqlite3.ProgrammingError(f"the library {self.name!r} is closed")
        try:
            return self._idle.pop()  # atomic: no reader ever waits for a writer's lock
        except IndexError:
            return connect(self.path, read_only=True)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        self._idle.append(connection)
        if self._is_closed:
            self.close()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            self.is_damaged |= is_damage(error)
            known = explain(error, self.path)
            if known is None:
                raise
            raise known from error


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file's content is broken."""
    return _primary(error) in _DAMAGED


def explain(error: sqlite3.Error | OSError, path: Path) -> LibraryError | None:
    """Return the error in the user's words, or None for a bug of ours."""
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return LibraryError("FS-205", path=path.parent)
        return LibraryError("FS-211", path=path.parent, reason=error.strerror or str(error))
    if _primary(error) == sqlite3.SQLITE_FULL or _lacks_room(error, path):
        return LibraryError("FS-205", path=path.parent)
    if is_damage(error):
        return LibraryError("FS-210", path=path)
    if _primary(error) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR):
        return LibraryError("FS-211", path=path.parent, reason=str(error))
    return None


def _primary(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the high bits tell the variant


def _lacks_room(error: sqlite3.Error, path: Path) -> bool:
    # A full disk can also show as a failed write of the shared-memory file.
    if _primary(error) != sqlite3.SQLITE_IOERR:
        return False
    try:
        return shutil.disk_usage(path.parent).free < _LITTLE_ROOM
    except OSError:
        return False
