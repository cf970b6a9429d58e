"""Reading a model from a folder or a zip without trusting either.

A model has exactly three files. Everything a hostile one could try is refused here, before a byte
is written anywhere: other names, links, compression, encryption, sizes that are not true.
"""

from __future__ import annotations

import contextlib
import io
import stat
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.errors import ModelError
from engine.models.manifest import REPORT, TENSORS

MANIFEST = "manifest.json"
MAX_BYTES = {MANIFEST: 2_000_000, REPORT: 16_000_000, TENSORS: 8_000_000_000}

_PICKLE_NAMES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".joblib")
_ENCRYPTED = 0x1
_MAX_LISTING_BYTES = 100_000
_ZIP_ERRORS = (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, struct.error)


@dataclass(frozen=True)
class Container:
    """The three files of a model, with sizes checked.

    Attributes:
        path: Folder or zip.
        sizes: Bytes of each file, by name.
    """

    path: Path
    sizes: dict[str, int]

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Yield one of the files for reading."""
        if self.path.is_dir():
            with (self.path / name).open("rb") as file:
                yield file
            return
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(name) as file:
                yield file
        except _ZIP_ERRORS as error:
            raise ModelError("FS-602", name=self.path.name, reason=str(error)) from error

    def read(self, name: str) -> bytes:
        """Return the content of one of the files.

        Raises:
            ModelError: FS-602, it cannot be read.
        """
        try:
            with self.open(name) as file:
                return file.read()
        except OSError as error:
            reason = error.strerror or str(error)
            raise ModelError("FS-602", name=self.path.name, reason=reason) from error


def open_container(path: Path) -> Container:
    """Look at a model from outside and return it if its files are the right ones.

    Raises:
        ModelError: FS-601 no model, FS-602 damaged, FS-603 a pickle, FS-605 not safe.
    """
    try:
        found = _folder_members(path) if path.is_dir() else _zip_members(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError("FS-601", name=path.name, reason=reason) from error
    for name in MAX_BYTES:
        if name not in found:
            raise ModelError("FS-601", name=path.name, reason=f"{name} is missing")
    for name, size in found.items():
        if size > MAX_BYTES[name]:
            raise _unsafe(path, f"{name} is larger than {MAX_BYTES[name] / 1e6:.0f} MB")
    return Container(path, found)


def looks_like_pickle(head: bytes) -> bool:
    """Whether a file starts like a pickle or like the zip of pickles that torch writes."""
    return (head[:1] == b"\x80" and head[1:2] <= b"\x05") or head[:4] == b"PK\x03\x04"


def _folder_members(path: Path) -> dict[str, int]:
    members = {}
    for entry in path.iterdir():
        status = entry.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise _unsafe(path, f"“{entry.name}” is not a plain file")
        _check_name(path, entry.name)
        members[entry.name] = status.st_size
    return members


def _zip_members(path: Path) -> dict[str, int]:
    with path.open("rb") as file:
        head = file.read(4)
    if not zipfile.is_zipfile(path):
        if looks_like_pickle(head) and head[:2] != b"PK":
            raise ModelError("FS-603", name=path.name)
        damaged = head == b"PK\x03\x04"
        reason = "it ends too early" if damaged else "it is no zip file"
        raise ModelError("FS-602" if damaged else "FS-601", name=path.name, reason=reason)
    try:
        with _ShortReads(path) as listing, zipfile.ZipFile(listing) as archive:
            infos = archive.infolist()
    except _ZIP_ERRORS as error:
        raise ModelError("FS-602", name=path.name, reason=str(error)) from error
    members: dict[str, int] = {}
    for info in infos:
        _check_zip_member(path, info)
        if info.filename in members:
            raise _unsafe(path, f"“{info.filename[:80]}” is in it twice")
        members[info.filename] = info.file_size
    if sum(members.values()) > path.stat().st_size:
        raise _unsafe(path, "its files claim more bytes than it has")
    return members


class _ShortReads(io.FileIO):
    """A file for reading the list of members only: a long list is an attack on the memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MAX_LISTING_BYTES:
            raise zipfile.BadZipFile("it lists too many files")
        return super().read(size) or b""


def _check_zip_member(path: Path, info: zipfile.ZipInfo) -> None:
    _check_name(path, info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise _unsafe(path, f"“{info.filename}” is not a plain file")
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise _unsafe(path, f"“{info.filename}” is compressed")
    if info.flag_bits & _ENCRYPTED:
        raise _unsafe(path, f"“{info.filename}” is encrypted")


def _check_name(path: Path, name: str) -> None:
    if name in MAX_BYTES:
        return
    if name.lower().endswith(_PICKLE_NAMES):
        raise ModelError("FS-603", name=f"{path.name}/{name[:80]}")
    raise _unsafe(path, f"“{name[:80]}” does not belong in a model")


def _unsafe(path: Path, reason: str) -> ModelError:
    return ModelError("FS-605", name=path.name, reason=reason)
