"""Libraries by name: each is a folder with a catalogue; names become safe folder names."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from engine.errors import InputError, LibraryError, Message
from engine.library.backup import list_backups
from engine.library.catalogue import CATALOGUE, Catalogue
from engine.library.database import Database, explain
from engine.library.lock import LibraryLock
from engine.library.recovery import is_catalogue, make_ready
from engine.paths import Paths

_LONGEST = 60  # letters, at most 240 bytes; file systems allow 255
# Everything some file system refuses, and "%" itself, so that the name can be read back.
_UNSAFE = re.compile(r'[%<>:"/\\|?*]|^\.|\.$')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_FIRST_LETTER = re.compile("^.")


@dataclass(frozen=True)
class LibraryInfo:
    """A library that exists on this computer."""

    name: str
    folder: Path


def list_libraries(paths: Paths) -> list[LibraryInfo]:
    """Return the libraries, by name."""
    if not paths.libraries.is_dir():
        return []
    found = [
        LibraryInfo(unquote(folder.name), folder)
        for folder in paths.libraries.iterdir()
        if (folder / CATALOGUE).is_file() or list_backups(folder)
    ]
    return sorted(found, key=lambda library: (library.name.casefold(), library.name))


def open_library(
    paths: Paths, name: str = "Home", *, read_only: bool = False, create: bool = True
) -> Catalogue:
    """Open a library, making it if it does not exist.

    Args:
        paths: Where libraries are.
        name: Any text; it is what :func:`list_libraries` shows.
        read_only: Only look; works while another process writes the library.
        create: Make a library of this name if there is none; never done where one only looks.

    Raises:
        InputError: FS-002 the name cannot be used, FS-001 no such library.
        LibraryError: FS-206 made by a newer version, FS-207 open elsewhere, FS-205 disk full,
            FS-211 the folder cannot be used.
    """
    folder = paths.libraries / folder_name(name)
    name = unquote(folder.name)
    if (read_only or not create) and not is_catalogue(folder / CATALOGUE):
        known = ", ".join(library.name for library in list_libraries(paths)) or "none"
        raise InputError("FS-001", kind="library", name=name, known=known)
    try:
        return _open_to_read(folder, name) if read_only else _open_to_write(folder, name)
    except (sqlite3.Error, OSError) as error:
        known_error = explain(error, folder / CATALOGUE)
        if known_error is None:
            raise
        raise known_error from error


def folder_name(name: str) -> str:
    """Return the folder name of a library; ``urllib.parse.unquote`` leads back to the name.

    Raises:
        InputError: FS-002, the name is empty, too long or cannot be shown.
    """
    name = unicodedata.normalize("NFC", name.strip())
    if not (0 < len(name) <= _LONGEST and name.isprintable()):
        raise InputError(
            "FS-002",
            name=name,
            reason=f"a library's name has 1 to {_LONGEST} printable letters",
            advice="Choose another name.",
        )
    pattern = _FIRST_LETTER if _RESERVED.fullmatch(name) else _UNSAFE
    return pattern.sub(lambda match: f"%{ord(match[0]):02X}", name)


def _open_to_write(folder: Path, name: str) -> Catalogue:
    folder.mkdir(parents=True, exist_ok=True)
    lock = LibraryLock(folder, name)
    # A reader holds the lock for the moment in which it looks whether all is well.
    recovered = _make_ready(folder, lock, patience=0.5)
    catalogue = Catalogue(name, Database(folder / CATALOGUE, name), lock, recovered)
    catalogue.back_up()
    return catalogue


def _open_to_read(folder: Path, name: str) -> Catalogue:
    """Open without the right to write, except for what a crash or an old version left to do."""
    lock = LibraryLock(folder, name)
    recovered = None
    try:
        recovered = _make_ready(folder, lock, patience=0)
        lock.release()
    except LibraryError as error:
        if error.code != "FS-207":
            raise
        # A writer is at work, and has made the catalogue ready.
    return Catalogue(name, Database(folder / CATALOGUE, name, read_only=True), None, recovered)


def _make_ready(folder: Path, lock: LibraryLock, patience: float) -> Message | None:
    """Take the lock and leave a sound catalogue; on failure the lock is free again."""
    lock.acquire(patience)
    try:
        return make_ready(folder / CATALOGUE, thorough=not lock.was_clean)
    except BaseException:
        lock.release(clean=lock.was_clean)
        raise
