"""Whole files are written atomically: temporary file, fsync, replace. Checksums live here too."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from engine.errors import EngineError, InputError, LibraryError

# The mask can only be read by setting it, which is safe while no other thread makes files: now.
_UMASK = os.umask(0o022)
os.umask(_UMASK)


@contextlib.contextmanager
def atomic_write(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Yield a binary file that replaces ``path`` when the block ends without an error.

    A reader sees the old file or the new one, never a part; a crash leaves the old one.

    Args:
        path: The file to write.
        durable: Wait for the disk, so that the new file outlives a power cut too. Caches, which
            are rebuilt when damaged, do without: a wait costs more than the file.

    Raises:
        OSError: The folder cannot be made or written to; ``path`` is unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = _make_part(path)
    try:
        with os.fdopen(handle, "wb") as file:
            if os.name == "posix":  # mkstemp's file is for its owner alone; an export is not
                os.fchmod(file.fileno(), 0o666 & ~_UMASK)
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    if durable:
        _sync_folder(path.parent)


def check_target(path: Path) -> None:
    """Refuse a file that a user named and that could not be written, before the work it is for.

    Raises:
        InputError: FS-002, it is a folder, or its folder is not there or closed to us.
    """
    if path.is_dir():
        raise _refuse_target(path, "it is a folder")
    if not path.absolute().parent.is_dir():
        raise _refuse_target(path, "its folder does not exist")
    try:
        handle, name = _make_part(path)
    except OSError as error:
        is_closed = error.errno in (errno.EACCES, errno.EPERM, errno.ENOENT)
        reason = "its folder cannot be written to" if is_closed else error.strerror
        raise _refuse_target(path, str(reason)) from error
    os.close(handle)
    os.unlink(name)


def publish(temporary: Path, path: Path) -> None:
    """Replace ``path`` by a finished file of the same folder, durably."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as readable JSON, atomically.

    File names that are not text survive: their lone surrogates are escaped.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    with atomic_write(path) as file:
        file.write(text.encode("utf-8", "backslashreplace") + b"\n")


def content_hash(source: Path | bytes) -> str:
    """Return the identity of a picture's bytes: BLAKE2b, 40 lower-case hexadecimal digits."""
    if isinstance(source, bytes):
        return new_content_hash(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, new_content_hash).hexdigest()


def new_content_hash(data: bytes = b"") -> hashlib.blake2b:
    """Return the hash object behind :func:`content_hash`, for those who read in pieces."""
    return hashlib.blake2b(data, digest_size=20)


def disk_failure(path: Path, error: OSError) -> EngineError:
    """Return what to tell the user when a place cannot be written to."""
    if error.errno == errno.ENOSPC:
        return LibraryError("FS-205", path=str(path))
    reason = error.strerror or str(error)
    return InputError("FS-002", name=str(path), reason=reason, advice="Check its permissions.")


def _make_part(path: Path) -> tuple[int, str]:
    return tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)


def _refuse_target(path: Path, reason: str) -> InputError:
    advice = "Choose another place."
    return InputError("FS-002", name=str(path), reason=reason, advice=advice)


def _sync_folder(folder: Path) -> None:
    # The rename itself is durable only after the folder is synced; Windows has no such call.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
