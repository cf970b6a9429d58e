"""How far each library on this computer is indexed; only looks, and disturbs nobody."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError, Message, describe
from engine.library.catalogue import CATALOGUE, Catalogue
from engine.library.database import Database, explain
from engine.library.libraries import LibraryInfo, list_libraries
from engine.library.records import CodeCount, Coverage
from engine.library.schema import refuse_newer
from engine.paths import Paths


@dataclass(frozen=True)
class LibraryCodes:
    """The codes of one library.

    Attributes:
        name: Of the library.
        photos: How many search could see.
        codes: What there is of each model, by its key.
        trouble: Why nothing is known of this library, or None.
    """

    name: str
    photos: int = 0
    codes: Mapping[str, CodeCount] = field(default_factory=dict)
    trouble: Message | None = None

    def coverage(self, model_key: str) -> Coverage:
        """Return how many photos have a code of a model, of how many."""
        count = self.codes.get(model_key)
        return Coverage(count.indexed if count else 0, self.photos)


def list_codes(paths: Paths) -> list[LibraryCodes]:
    """Return what every library holds, by name.

    Neither takes a library's lock nor brings an older or damaged one in order: one that cannot be
    read as it is says why.
    """
    return [codes_of(library) for library in list_libraries(paths)]


def codes_of(library: LibraryInfo) -> LibraryCodes:
    """Return what one library holds."""
    name, folder = library.name, library.folder
    path = folder / CATALOGUE
    try:
        with _looked_at(path, name) as catalogue:
            return LibraryCodes(name, catalogue.count(), catalogue.code_counts())
    except EngineError as error:
        return LibraryCodes(name, trouble=error.message)
    except sqlite3.Error as error:  # e.g. tables that are not there yet
        known = explain(error, path)
        trouble = known.message if known else describe("FS-211", path=folder, reason=str(error))
        return LibraryCodes(name, trouble=trouble)


@contextlib.contextmanager
def _looked_at(path: Path, name: str) -> Iterator[Catalogue]:
    database = Database(path, name, read_only=True)
    try:
        with database.read() as connection:
            refuse_newer(connection.execute("PRAGMA user_version").fetchone()[0], path)
        yield Catalogue(name, database)
    finally:
        database.close()
