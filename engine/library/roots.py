"""The folders of a library, and what is left out of them."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from engine.errors import InputError
from engine.library.database import utc_now
from engine.library.records import AddedRoots, Root
from engine.library.schema import next_stamp
from engine.library.tables import OF_ROOT, Tables, root_path, update_live

_COUNTED = """
SELECT roots.id, roots.path, roots.offline_since,
    (SELECT count(DISTINCT photos.id) FROM files JOIN photos ON photos.id = files.photo_id
     WHERE files.root_id = roots.id AND photos.live = 1)
FROM roots WHERE removed = 0
"""

_NAMED = 3  # folders in a message


class RootTables(Tables):
    """Folders and exclusions."""

    def roots(self) -> list[Root]:
        """Return the library's folders in the order in which they were added."""
        with self._database.read() as connection:
            return [_root(row) for row in connection.execute(_COUNTED + "ORDER BY id")]

    def root_paths(self) -> list[Path]:
        """Return the paths of the folders alone: at once, where counting takes its time."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT path FROM roots WHERE removed = 0 ORDER BY id")
            return [root_path(path) for (path,) in rows]

    def add_root(self, path: Path) -> Root:
        """Make a folder part of the library; its photos come with the next scan.

        Raises:
            InputError: FS-002 it is no folder, FS-212 it contains folders of the library, FS-213
                the library has it already, perhaps in a folder.
        """
        path = Path(os.path.abspath(path))
        if not path.is_dir():
            raise _refused(path, "it is not a folder", "Choose an existing folder.")
        with self._database.write() as connection:
            _refuse_overlap(connection, path)
            return _add(connection, path)

    def replace_roots(self, path: Path) -> Root:
        """Make a folder part of the library in the place of those it contains.

        What they held comes back with the next scan, its codes with it.

        Raises:
            InputError: FS-002 it is no folder, FS-213 the library has it already.
        """
        path = Path(os.path.abspath(path))
        if not path.is_dir():
            raise _refused(path, "it is not a folder", "Choose an existing folder.")
        with self._database.write() as connection:
            for root_id, _ in _inside(connection, path):
                _remove(connection, root_id)
            _refuse_overlap(connection, path)
            return _add(connection, path)

    def add_roots(self, paths: Iterable[Path]) -> AddedRoots:
        """Make folders part of the library; those it has already are passed over.

        Outer folders come first, so that one inside another of them is passed over too.
        """
        added: list[Root] = []
        covered: list[InputError] = []
        refused: list[InputError] = []
        for path in sorted(paths, key=_depth):
            try:
                added.append(self.add_root(path))
            except InputError as error:
                is_covered = path.is_dir() and _lies_in(path, self.root_paths())
                (covered if is_covered else refused).append(error)
        return AddedRoots(tuple(added), tuple(covered), tuple(refused))

    def uncovered(self, folders: Iterable[Path]) -> list[Path]:
        """Return the folders that lie neither in the library nor in another of them."""
        known, found = self.root_paths(), list[Path]()
        for folder in sorted(folders, key=_depth):
            if not _lies_in(folder, [*known, *found]):
                found.append(folder)
        return found

    def remove_root(self, root_id: int) -> None:
        """Take a folder out of the library; its photos' codes stay, so that it can come back."""
        with self._database.write() as connection:
            path = _path_of(connection, root_id)
            if path is None:
                raise _unknown(connection, root_id)
            _remove(connection, root_id)

    def restore_root(self, root_id: int) -> Root:
        """Undo :meth:`remove_root`."""
        with self._database.write() as connection:
            path = _path_of(connection, root_id, removed=True)
            if path is None:
                raise _unknown(connection, root_id)
            _refuse_overlap(connection, path)
            connection.execute("UPDATE roots SET removed = 0 WHERE id = ?", (root_id,))
            return _revive(connection, root_id)

    def set_offline(self, root_id: int, offline: bool) -> None:
        """Note whether a folder can be read; its photos stay in the library either way."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE roots SET offline_since ="
                " CASE WHEN ? THEN coalesce(offline_since, ?) END WHERE id = ?",
                (offline, utc_now(), root_id),
            )

    def exclusions(self) -> tuple[str, ...]:
        """Return the patterns of folder and file names that are left out."""
        with self._database.read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'exclusions'").fetchone()
        return tuple(json.loads(row[0]))

    def set_exclusions(self, patterns: Iterable[str]) -> None:
        """Set what the next scan leaves out: names with ``*`` and ``?``, or paths with ``/``."""
        stored = json.dumps([pattern for pattern in map(str.strip, patterns) if pattern])
        with self._database.write() as connection:
            connection.execute("UPDATE meta SET value = ? WHERE key = 'exclusions'", (stored,))


def _root(row: tuple[int, bytes, str | None, int]) -> Root:
    root_id, path, since, photos = row
    return Root(root_id, root_path(path), "offline" if since else "online", photos, since)


def _add(connection: sqlite3.Connection, path: Path) -> Root:
    connection.execute(
        "INSERT INTO roots (path) VALUES (?) ON CONFLICT (path) DO UPDATE SET removed = 0",
        (os.fsencode(path),),
    )
    found = connection.execute("SELECT id FROM roots WHERE path = ?", (os.fsencode(path),))
    return _revive(connection, found.fetchone()[0])


def _remove(connection: sqlite3.Connection, root_id: int) -> None:
    connection.execute("UPDATE roots SET removed = 1 WHERE id = ?", (root_id,))
    # One statement for all photos: half a removal must never be seen.
    update_live(connection, OF_ROOT, next_stamp(connection), root_id=root_id)


def _revive(connection: sqlite3.Connection, root_id: int) -> Root:
    update_live(connection, OF_ROOT, next_stamp(connection), root_id=root_id)
    return _root(connection.execute(_COUNTED + "AND roots.id = ?", (root_id,)).fetchone())


def _path_of(connection: sqlite3.Connection, root_id: int, removed: bool = False) -> Path | None:
    row = connection.execute(
        "SELECT path FROM roots WHERE id = ? AND removed = ?", (root_id, removed)
    ).fetchone()
    return root_path(row[0]) if row else None


def _depth(path: Path) -> int:
    return len(path.resolve().parts)


def _lies_in(path: Path, folders: Iterable[Path]) -> bool:
    # Resolved, so that a link is no way round it.
    here = path.resolve()
    return any(here.is_relative_to(folder.resolve()) for folder in folders)


def _inside(connection: sqlite3.Connection, path: Path) -> list[tuple[int, Path]]:
    """Return the folders of the library that lie in another folder."""
    here = path.resolve()
    rows = connection.execute("SELECT id, path FROM roots WHERE removed = 0 ORDER BY id")
    roots = [(root_id, root_path(stored)) for root_id, stored in rows]
    resolved = [(root_id, root, root.resolve()) for root_id, root in roots]
    return [
        (root_id, root)
        for root_id, root, there in resolved
        if there != here and there.is_relative_to(here)
    ]


def _refuse_overlap(connection: sqlite3.Connection, path: Path) -> None:
    # A file must belong to one root only; resolved, so that a link is no way round it.
    here = path.resolve()
    for (stored,) in connection.execute("SELECT path FROM roots WHERE removed = 0"):
        other = root_path(stored)
        there = other.resolve()
        if here == there:
            reason, advice = "it is in the library already", "Rescan to find new photos."
        elif here.is_relative_to(there):
            reason = f"it lies in “{other}”, which is in the library"
            advice = "Its photos are found through that folder."
        else:
            continue
        raise InputError("FS-213", name=path, reason=reason, advice=advice)
    if inner := [root for _, root in _inside(connection, path)]:
        names = ", ".join(f"“{root}”" for root in inner[:_NAMED])
        if len(inner) > _NAMED:
            names += f" and {len(inner) - _NAMED} more"
        raise InputError("FS-212", name=path, count=len(inner), inner=names, roots=inner)


def _refused(path: Path, reason: str, advice: str) -> InputError:
    return InputError("FS-002", name=path, reason=reason, advice=advice)


def _unknown(connection: sqlite3.Connection, root_id: int) -> InputError:
    known = connection.execute("SELECT id FROM roots WHERE removed = 0 ORDER BY id").fetchall()
    return InputError(
        "FS-001", kind="folder", name=root_id, known=", ".join(str(row[0]) for row in known)
    )
