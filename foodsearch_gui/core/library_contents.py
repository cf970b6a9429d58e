"""What the Library page shows, read in the library worker and handed over whole.

The first lines are jobs (plain functions over the engine); :class:`LibraryContents` orders them.
A library of a hundred thousand photos takes longer to list than the GUI thread may be held.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine import Catalogue, Problem, Root
    from foodsearch_gui.core.session import Session

Order = Literal["name", "date"]
_Question = tuple["Catalogue | None", "Path | None", Order]
_GATHER_MS = 120  # changes that come together are read together
_SHARE = 10  # a refresh by the way may take a tenth of the worker's time


@dataclass(frozen=True)
class Contents:
    """A library as it was at one moment.

    Attributes:
        roots: Its folders.
        folders: Every folder with photos in it or below, with its depth below its root (0).
        problems: Files that could not be used, the ignored ones too.
        ids: The photos of the folder asked for, in the order asked for.
        total: Photos in the whole library.
    """

    roots: tuple[Root, ...]
    folders: tuple[tuple[Path, int], ...]
    problems: tuple[Problem, ...]
    ids: NDArray[np.int64]
    total: int


def read_contents(catalogue: Catalogue, folder: Path | None, order: Order) -> Contents:
    """Read everything the page shows."""
    roots = tuple(catalogue.roots())
    return Contents(
        roots=roots,
        folders=_folder_tree(roots, [path for path, _ in catalogue.folders()]),
        problems=tuple(catalogue.problems(include_ignored=True)),
        ids=catalogue.ids(folder=folder, order=order),
        total=catalogue.count(),
    )


def _folder_tree(
    roots: Sequence[Root], with_photos: Sequence[Path]
) -> tuple[tuple[Path, int], ...]:
    """Return the roots, each followed by the folders below it that lead to photos."""
    below: dict[Path, set[Path]] = {root.path: set() for root in roots}
    for folder in with_photos:
        root = next((path for path in below if folder.is_relative_to(path)), folder)
        while folder != root and folder not in below[root]:
            below[root].add(folder)
            folder = folder.parent
    return tuple(
        (folder, len(folder.parts) - len(root.parts))
        for root, folders in below.items()
        for folder in (root, *sorted(folders))
    )


class LibraryContents(QObject):
    """Keeps :class:`Contents` fresh while somebody looks.

    Signals:
        changed: :attr:`contents` is new; None while no library is open.

    Args:
        session: Whose library is read.
        order: Order of the photos at the beginning.
    """

    changed = Signal()

    def __init__(
        self, session: Session, order: Order = "name", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.contents: Contents | None = None
        self._session = session
        self._folder: Path | None = None
        self._order = order
        self._is_reading = False
        self._is_stale = False
        self._cost = 0.0  # seconds the last whole reading took
        self._read_at = float("-inf")
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(_GATHER_MS)
        self._gather.timeout.connect(self._read)
        session.catalogue_changed.connect(self._take_catalogue)
        session.photos_changed.connect(self.refresh)
        self._read()

    @property
    def folder(self) -> Path | None:
        """The folder whose photos are listed, None for all."""
        return self._folder

    @property
    def order(self) -> Order:
        """What the photos are sorted by."""
        return self._order

    @property
    def is_settled(self) -> bool:
        """Whether everything asked for has arrived."""
        return not (self._is_reading or self._gather.isActive())

    def show(self, *, folder: Path | None, order: Order) -> None:
        """List the photos of a folder, or of all, in an order."""
        if (folder, order) != (self._folder, self._order):
            self._folder, self._order = folder, order
            self._read(everything=False)

    @Slot()
    def refresh(self) -> None:
        """Read again soon."""
        if not self._gather.isActive():
            self._gather.start()

    @Slot()
    def refresh_sparingly(self) -> None:
        """Read again unless that would hold up the work that goes on in the library worker."""
        if time.monotonic() - self._read_at >= _SHARE * self._cost:
            self.refresh()

    @Slot()
    def _take_catalogue(self) -> None:
        self._folder = None
        self._is_stale = False
        self._cost = 0.0
        self._set(None)
        self._read()

    @Slot()
    def _read(self, *, everything: bool = True) -> None:
        """Ask for the contents; without ``everything`` only the photos are listed anew."""
        catalogue = self._session.catalogue
        if catalogue is None:
            return
        if self._is_reading:
            self._is_stale = True
            return
        self._is_reading, self._is_stale = True, False
        asked = (catalogue, self._folder, self._order)
        known = None if everything else self.contents
        handle = self._session.run(
            "contents",
            self._session.library_worker,
            self.tr("Reading the library"),
            lambda _context: _timed(*asked, known),
            partial(self._take, asked),
            interactive=True,
        )
        handle.finished.connect(self._finish)

    def _take(self, asked: _Question, answer: tuple[Contents, float]) -> None:
        contents, seconds = answer
        self._cost = max(self._cost, seconds)
        self._read_at = time.monotonic()
        # Another library, folder or order may have been chosen in the meantime.
        if asked == (self._session.catalogue, self._folder, self._order):
            self._set(contents)

    @Slot()
    def _finish(self) -> None:
        self._is_reading = False
        if self._is_stale:
            self._read()

    def _set(self, contents: Contents | None) -> None:
        self.contents = contents
        self.changed.emit()


def _timed(
    catalogue: Catalogue, folder: Path | None, order: Order, known: Contents | None
) -> tuple[Contents, float]:
    start = time.monotonic()
    if known is None:
        contents = read_contents(catalogue, folder, order)
    else:
        contents = replace(known, ids=catalogue.ids(folder=folder, order=order))
    return contents, time.monotonic() - start
