"""Walking the folders of a library: every picture file once, and what only looks like one.

Real folders come first and links to folders last, so that a folder is known by its own path and a
link only adds what no root holds. Nothing is ever opened here.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import Message, describe
from engine.library.exclusions import Exclusions
from engine.library.problems import Fault
from engine.photos import is_photo_name

_CACHE_TAG = b"CACHEDIR.TAG"  # other programs' thumbnails are no photos, nor are ours
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True)
class FoundFile:
    """A picture file as the folder lists it."""

    name: bytes
    size: int
    mtime_ns: int


@dataclass
class Listing:
    """What a folder directly holds.

    Attributes:
        root_id: The root it lies in.
        folder: Path below the root.
        files: Its picture files.
        faults: Entries that are named like pictures but cannot be any, and unreadable folders.
        is_closed: The folder could not be read: nothing is known of it and all below.
    """

    root_id: int
    folder: bytes
    files: list[FoundFile] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    is_closed: bool = False


class FolderWalk:
    """One walk over several roots.

    Args:
        roots: Id and path of each.
        exclusions: What to leave out.
    """

    def __init__(self, roots: Iterable[tuple[int, Path]], exclusions: Exclusions) -> None:
        self._roots = [(root_id, os.fsencode(path)) for root_id, path in roots]
        self._exclusions = exclusions
        self._seen: set[tuple[int, int]] = set()
        self._links: deque[tuple[int, bytes, bytes]] = deque()

    def __iter__(self) -> Iterator[Listing]:
        for root_id, root in self._roots:
            yield from self._descend(root_id, root, b"")
        while self._links:
            root_id, root, folder = self._links.popleft()
            if not _leads_up(root, folder):
                yield from self._descend(root_id, root, folder)

    def _descend(self, root_id: int, root: bytes, start: bytes) -> Iterator[Listing]:
        waiting = [start]
        while waiting:
            folder = waiting.pop()
            if self._is_new(_join(root, folder)):
                listing, inner = self._list(root_id, root, folder)
                yield listing
                waiting += reversed(inner)

    def _is_new(self, path: bytes) -> bool:
        try:
            facts = os.stat(path)
        except OSError:
            return True  # listing it will tell why
        identity = (facts.st_dev, facts.st_ino)
        is_new = identity not in self._seen
        self._seen.add(identity)
        return is_new

    def _list(self, root_id: int, root: bytes, folder: bytes) -> tuple[Listing, list[bytes]]:
        listing = Listing(root_id, folder)
        inner: list[bytes] = []
        try:
            with os.scandir(_join(root, folder)) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return listing, inner  # it was there a moment ago
        except OSError as error:
            listing.is_closed = True
            listing.faults.append(_closed(root_id, root, folder, error))
            return listing, inner
        if any(entry.name == _CACHE_TAG for entry in entries):
            return listing, inner
        for entry in entries:
            if not self._exclusions.covers(folder, entry.name):
                self._sort_entry(listing, inner, root, entry)
        return listing, inner

    def _sort_entry(
        self, listing: Listing, inner: list[bytes], root: bytes, entry: os.DirEntry[bytes]
    ) -> None:
        is_named_so = is_photo_name(os.fsdecode(entry.name))
        if not (is_named_so or entry.is_dir(follow_symlinks=False) or entry.is_symlink()):
            return
        try:
            facts = entry.stat()
        except OSError as error:
            if is_named_so and (entry.is_symlink() or not isinstance(error, FileNotFoundError)):
                listing.faults.append(_fault(listing, entry, _unreadable(entry, error)))
            return
        if stat.S_ISDIR(facts.st_mode):
            path = _join(listing.folder, entry.name)
            if entry.is_symlink():
                self._links.append((listing.root_id, root, path))
            else:
                inner.append(path)
        if not is_named_so:
            return
        message = _why_no_picture(entry, facts)
        if message is None:
            listing.files.append(FoundFile(entry.name, facts.st_size, facts.st_mtime_ns))
        else:
            listing.faults.append(_fault(listing, entry, message))


def _join(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder and name else folder or name


def _leads_up(root: bytes, folder: bytes) -> bool:
    """Whether a link leads to a folder around its root, which would bring in all the neighbours."""
    target = os.path.realpath(_join(root, folder))
    return (os.path.realpath(root) + b"/").startswith(target.rstrip(b"/") + b"/")


def _why_no_picture(entry: os.DirEntry[bytes], facts: os.stat_result) -> Message | None:
    name = os.fsdecode(entry.name)
    if stat.S_ISDIR(facts.st_mode):
        return describe("FS-108", name=name, kind="a folder")
    if not stat.S_ISREG(facts.st_mode):
        kind = next((kind for test, kind in _KINDS if test(facts.st_mode)), "no file")
        return describe("FS-108", name=name, kind=kind)
    if facts.st_size == 0:
        return describe("FS-106", name=name, reason="it is empty")
    return None


def _unreadable(entry: os.DirEntry[bytes], error: OSError) -> Message:
    reason = error.strerror or str(error)
    if isinstance(error, FileNotFoundError):
        reason = "the link leads nowhere"
    return describe("FS-107", name=os.fsdecode(entry.name), reason=reason)


def _closed(root_id: int, root: bytes, folder: bytes, error: OSError) -> Fault:
    path = os.fsdecode(_join(root, folder))
    if isinstance(error, PermissionError):
        message = describe("FS-203", path=path)
    else:
        message = describe("FS-211", path=path, reason=error.strerror or str(error))
    parent, _, name = folder.rpartition(b"/")
    return Fault(root_id, parent, name, message)


def _fault(listing: Listing, entry: os.DirEntry[bytes], message: Message) -> Fault:
    return Fault(listing.root_id, listing.folder, entry.name, message)
