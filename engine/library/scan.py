"""Bringing the catalogue up to date with the disk, reading only what is new or has changed.

First every folder is listed and compared by size and modification time ("Counting"), then new and
changed files are read once for their identity ("Scanning"), and only then, when it is known which
contents have merely moved, are files that are gone forgotten. A folder that lost a large part of
its photos loses none in the catalogue: the drive may be unplugged, and the user is asked.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from engine.errors import LibraryError
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.comparison import Comparison, RootSide
from engine.library.database import BATCH
from engine.library.exclusions import Exclusions
from engine.library.file_tables import HashedFile
from engine.library.hashing import HashPool
from engine.library.problems import Fault
from engine.library.walk import FolderWalk

HELD_BACK_SHARE = 0.3
HELD_BACK_COUNT = 10  # a few deleted photos are nothing to ask about


@dataclass(frozen=True)
class HeldBack:
    """A folder most of whose photos are gone; they stay in the library until the user decides."""

    root_id: int
    path: Path
    missing: int
    total: int


@dataclass(frozen=True)
class ScanReport:
    """What a scan found, counted in files.

    Attributes:
        new: Files that were not there before.
        changed: Files whose content is another.
        moved: Files that are at another place now.
        gone: Files that are no more.
        unchanged: Files that are as they were.
        problems: Files and folders that cannot be used.
        opened: Files that were read.
        offline: Folders that are not available (FS-201).
        held_back: Folders most of whose photos are gone (FS-202).
    """

    new: int
    changed: int
    moved: int
    gone: int
    unchanged: int
    problems: int
    opened: int
    offline: tuple[Path, ...]
    held_back: tuple[HeldBack, ...]


def scan(
    catalogue: Catalogue, ctx: JobContext, *, remove_missing: bool | Collection[int] = False
) -> ScanReport:
    """Bring the catalogue up to date with the disk.

    Args:
        catalogue: The library.
        ctx: Line to whoever runs the job; a cancelled scan keeps what it has found.
        remove_missing: The user chose "Remove": forget missing photos also where a large part of a
            folder is gone; of all folders, or of those with the given ids.

    Raises:
        JobCancelled: Somebody asked the job to stop.
        LibraryError: FS-205 the disk is full, FS-209 the library is read-only.
    """
    if catalogue.read_only:
        raise LibraryError("FS-209", name=catalogue.name)
    return _Scan(catalogue, ctx, remove_missing).run()


class _Scan:
    def __init__(
        self, catalogue: Catalogue, ctx: JobContext, remove_missing: bool | Collection[int]
    ) -> None:
        self._catalogue = catalogue
        self._ctx = ctx
        self._remove_missing = remove_missing
        self._exclusions = Exclusions(catalogue.exclusions())
        self._roots = {root.id: root.path for root in catalogue.roots()}
        self._offline: list[Path] = []
        self._held_back: list[HeldBack] = []
        self._batch: list[HashedFile] = []
        self._arrived: Counter[int] = Counter()  # new places of each photo
        self._opened = self._changed = self._moved = self._gone = 0

    def run(self) -> ScanReport:
        online = [root_id for root_id in self._roots if self._look(root_id)]
        self._found = Comparison(self._catalogue, online)
        self._compare(online)
        self._read()
        self._forget()
        self._list_problems()
        return ScanReport(
            new=self._arrived.total(),
            changed=self._changed,
            moved=self._moved,
            gone=self._gone,
            unchanged=self._found.unchanged,
            problems=len(self._found.faults) + len(self._found.kept_faults),
            opened=self._opened,
            offline=tuple(self._offline),
            held_back=tuple(self._held_back),
        )

    def _look(self, root_id: int) -> bool:
        """Return whether a root can be read; note it if not."""
        try:
            os.scandir(self._roots[root_id]).close()
        except OSError:
            self._offline.append(self._roots[root_id])
            self._catalogue.set_offline(root_id, True)
            return False
        return True

    def _compare(self, online: list[int]) -> None:
        walk = FolderWalk([(root_id, self._roots[root_id]) for root_id in online], self._exclusions)
        counted = 0
        for listing in walk:
            self._ctx.checkpoint()
            self._found.take(listing)
            counted += len(listing.files)
            self._ctx.progress("Counting", counted)
        self._found.finish()
        self._catalogue.set_missing(self._found.returned, False)

    def _read(self) -> None:
        places = self._found.to_read
        with HashPool(self._roots, self._ctx) as pool:
            try:
                for done, outcome in enumerate(pool.hash_all(places), 1):
                    self._take(outcome)
                    self._ctx.progress("Scanning", done, len(places))
            finally:
                self._store()

    def _take(self, outcome: HashedFile | Fault | None) -> None:
        self._opened += outcome is not None
        if isinstance(outcome, HashedFile):
            self._batch.append(outcome)
            if len(self._batch) == BATCH:
                self._store()
            return
        if isinstance(outcome, Fault):
            self._found.faults.append(outcome)

    def _store(self) -> None:
        batch, self._batch = self._batch, []
        if not batch:
            return
        for file, photo_id in zip(batch, self._catalogue.record_files(batch), strict=True):
            before = self._found.changed.pop((file.root_id, file.folder, file.name), None)
            if before is None:
                self._arrived[photo_id] += 1
            elif before.photo_id == photo_id:
                self._found.unchanged += 1  # only its time of modification is another
            else:
                self._changed += 1

    def _forget(self) -> None:
        """Forget files that are gone, except where that looks like an unplugged drive."""
        # What changed and could not be read, or was gone a moment later, has vanished as well.
        for place, before in self._found.changed.items():
            self._found.sides[place[0]].vanished[place] = before
        sides = {
            root_id: side
            for root_id, side in self._found.sides.items()
            if not side.is_gone and self._look(root_id)
        }
        vanished = Counter(
            file.photo_id for side in sides.values() for file in side.vanished.values()
        )
        lost = {
            photo_id
            for photo_id, count in self._catalogue.count_files(vanished).items()
            if count == vanished[photo_id]
        }
        for root_id, side in sides.items():
            self._ctx.checkpoint()
            self._forget_of(root_id, side, lost)

    def _forget_of(self, root_id: int, side: RootSide, lost: set[int]) -> None:
        missing = [
            file
            for (_, folder, name), file in side.vanished.items()
            if file.photo_id in lost and not self._exclusions.covers_inside(folder, name)
        ]
        kept: set[int] = set()
        is_held_back = self._is_suspicious(side, len(missing)) and not self._may_remove(root_id)
        if is_held_back:
            kept = {file.id for file in missing}
            self._held_back.append(
                HeldBack(root_id, self._roots[root_id], len(missing), side.known)
            )
        self._catalogue.set_missing(sorted(kept), True)
        self._catalogue.set_offline(root_id, is_held_back and side.found == 0)
        dropped = [file for file in side.vanished.values() if file.id not in kept]
        self._catalogue.drop_files([file.id for file in dropped])
        for file in dropped:
            if self._arrived[file.photo_id] > 0:
                self._arrived[file.photo_id] -= 1
                self._moved += 1
            else:
                self._gone += 1

    def _list_problems(self) -> None:
        # A drive that is pulled out while it is read leaves errors behind that say nothing about
        # its files; they must not keep the next scan from reading them.
        away = {root_id for root_id, path in self._roots.items() if path in self._offline}
        self._catalogue.drop_problems(self._found.solved_problems())
        self._catalogue.record_faults(
            [fault for fault in self._found.faults if fault.root_id not in away]
        )

    def _may_remove(self, root_id: int) -> bool:
        if isinstance(self._remove_missing, bool):
            return self._remove_missing
        return root_id in self._remove_missing

    @staticmethod
    def _is_suspicious(side: RootSide, missing: int) -> bool:
        if side.found == 0:
            return missing > 0
        return missing > HELD_BACK_COUNT and missing > HELD_BACK_SHARE * side.known
