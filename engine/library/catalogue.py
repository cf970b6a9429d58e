"""The catalogue of a library: what the rest of the program sees of its one SQLite file."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import Message
from engine.library.backup import backup_if_due
from engine.library.code_tables import CodeTables
from engine.library.database import Database
from engine.library.file_tables import FileTables
from engine.library.judgements import HistoryTables
from engine.library.lock import LibraryLock
from engine.library.photo_queries import PhotoQueries
from engine.library.problems import ProblemTables
from engine.library.roots import RootTables

CATALOGUE = "catalogue.sqlite"
logger = logging.getLogger(__name__)


class Catalogue(RootTables, FileTables, PhotoQueries, ProblemTables, CodeTables, HistoryTables):
    """The truth about a library: folders, photos, problems, codes, judgements, recent queries.

    Every method may be called from any thread. Reading never waits for writing; a write is a
    transaction of at most 256 rows. Made by :func:`engine.library.libraries.open_library`.

    Args:
        name: The library's name.
        database: The open database.
        lock: The right to write; None if read-only.
        recovered: FS-208 if the file was damaged and has been replaced, else None.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        lock: LibraryLock | None = None,
        recovered: Message | None = None,
    ) -> None:
        super().__init__(database)
        self.name = name
        self.recovered = recovered
        self._lock = lock
        self._is_closed = False

    @property
    def folder(self) -> Path:
        """The library's folder; caches that belong to it may be kept there."""
        return self._database.path.parent

    def index_folder(self, model_key: str) -> Path:
        """Return the folder of the search index of a model, a cache of its codes."""
        return self.folder / "index" / model_key

    @property
    def read_only(self) -> bool:
        """Whether every change is refused with FS-209."""
        return self._database.read_only

    def back_up(self) -> None:
        """Make the backup of the day, if it has not been made; a failure is only logged."""
        try:
            if self.root_paths():  # an empty library must not take the place of the day's backup
                backup_if_due(self._database.path)
        except (sqlite3.DatabaseError, OSError) as error:
            logger.warning("no backup of library %r: %s", self.name, error)

    def close(self) -> None:
        """Close the library and give up the right to write it; a second call does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        if not self.read_only and not self._database.is_damaged:
            self.back_up()
        self._database.close()
        if self._lock is not None:
            self._lock.release(clean=not self._database.is_damaged)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
