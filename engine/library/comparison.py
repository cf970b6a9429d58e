"""What the disk and the catalogue say about the same folders, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.library.catalogue import Catalogue
from engine.library.file_tables import KnownFile
from engine.library.problems import Fault, KnownFault
from engine.library.walk import FoundFile, Listing

Place = tuple[int, bytes, bytes]  # root, folder below it, name


@dataclass
class RootSide:
    """One root's part of the comparison.

    Attributes:
        found: Picture files it holds now, counting those in folders that cannot be read.
        known: Files the catalogue has of it.
        vanished: Those of them that are not where they were, by place.
        is_gone: The root itself could not be read.
    """

    found: int = 0
    known: int = 0
    vanished: dict[Place, KnownFile] = field(default_factory=dict)
    is_gone: bool = False
    visited: set[bytes] = field(default_factory=set)
    closed: list[bytes] = field(default_factory=list)

    def hides(self, path: bytes) -> bool:
        """Whether a path lies in a folder that could not be read."""
        return any(path == folder or path.startswith(folder + b"/") for folder in self.closed)


class Comparison:
    """Collects the differences while the folders are listed.

    Args:
        catalogue: The library.
        root_ids: The roots that are being listed.

    Attributes:
        sides: Per root.
        unchanged: Number of files that look as they did.
        to_read: Files to be read, in the order of the walk.
        changed: Those of them that the catalogue has with another look.
        returned: Rows of files that were noted as missing and are back.
        faults: Entries that cannot be used.
        kept_faults: Files that could not be used earlier and look as they did then.
    """

    def __init__(self, catalogue: Catalogue, root_ids: list[int]) -> None:
        self._catalogue = catalogue
        self._known_faults = catalogue.scan_faults()
        self.sides = {root_id: RootSide() for root_id in root_ids}
        self.unchanged = 0
        self.to_read: list[Place] = []
        self.changed: dict[Place, KnownFile] = {}
        self.returned: list[int] = []
        self.faults: list[Fault] = []
        self.kept_faults: set[Place] = set()

    def take(self, listing: Listing) -> None:
        """Compare one folder."""
        side = self.sides[listing.root_id]
        if listing.is_closed:
            side.closed.append(listing.folder)
            side.is_gone |= not listing.folder
        else:
            side.visited.add(listing.folder)
            known = self._catalogue.known_files(listing.root_id, listing.folder)
            side.known += len(known)
            side.found += len(listing.files)
            for file in listing.files:
                place = (listing.root_id, listing.folder, file.name)
                self._compare(place, file, known.pop(file.name, None))
            for name, before in known.items():
                side.vanished[listing.root_id, listing.folder, name] = before
        if not side.is_gone:
            self.faults += listing.faults

    def finish(self) -> None:
        """Account for the folders that the catalogue knows and the walk did not meet."""
        for root_id, side in self.sides.items():
            for folder in self._catalogue.known_folders(root_id):
                if folder in side.visited:
                    continue
                known = self._catalogue.known_files(root_id, folder)
                side.known += len(known)
                if side.hides(folder):
                    side.found += len(known)
                    self.unchanged += len(known)
                else:
                    side.vanished |= {(root_id, folder, name): known[name] for name in known}

    def solved_problems(self) -> list[int]:
        """Return the problems of earlier scans that this one did not meet again."""
        met = self.kept_faults | {fault.place for fault in self.faults}
        return [
            fault.id for place, fault in self._known_faults.items() if self._is_over(place, met)
        ]

    def _is_over(self, place: Place, met: set[Place]) -> bool:
        root_id, folder, name = place
        side = self.sides.get(root_id)
        if side is None or side.is_gone or place in met:
            return False
        return not side.hides(folder + b"/" + name if folder else name)

    def _compare(self, place: Place, file: FoundFile, before: KnownFile | None) -> None:
        if before is None:
            fault = self._known_faults.get(place)
            if fault is not None and not fault.retry and _looks_alike(fault, file):
                self.kept_faults.add(place)
            else:
                self.to_read.append(place)
        elif _looks_alike(before, file):
            self.unchanged += 1
            if before.missing:
                self.returned.append(before.id)
        else:
            self.changed[place] = before
            self.to_read.append(place)


def _looks_alike(before: KnownFile | KnownFault, file: FoundFile) -> bool:
    return (before.size, before.mtime_ns) == (file.size, file.mtime_ns)
