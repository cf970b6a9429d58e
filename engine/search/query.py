"""Searching a library with a code: exact, restricted, without near-duplicates, with a reason."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.codes import CodeArray, IdArray, num_bytes
from engine.errors import InputError
from engine.events import JobContext
from engine.index.flat import FlatIndex
from engine.library.catalogue import Catalogue
from engine.models.store import ModelInfo
from engine.search.answer import Answer as Answer
from engine.search.answer import Hit as Hit
from engine.search.answer import ballots, make_hits
from engine.search.duplicates import near_duplicate_distance
from engine.search.neighbours import Task, count_searched, find_neighbours
from engine.search.steering import WeightArray
from engine.search.suggestion import keep_calibration, measure_suggestions, read_calibration
from engine.search.votes import VOTERS, vote

SAVE_ROWS = 4096  # so many changes, or a tenth of the index, are saved; fewer are quickly read anew

logger = logging.getLogger(__name__)


class Searcher:
    """A library as one model sees it.

    It starts with what was last saved beside the catalogue; :meth:`refresh` brings it up to date.
    One thread may refresh while others search: a search sees the state before or after.

    Args:
        catalogue: The library.
        model: Whose codes are searched.
        kernel: "faiss", "numpy", or "auto" for the faster one that works here.

    Attributes:
        calibration: How far its suggestions can be believed; None if that was not measured.
    """

    def __init__(self, catalogue: Catalogue, model: ModelInfo, *, kernel: str = "auto") -> None:
        self._catalogue = catalogue
        self._key, self._num_bits = model.key, model.num_bits
        self._near = near_duplicate_distance(model.manifest.method, model.num_bits)
        self._folder = catalogue.index_folder(model.key)
        self.calibration = read_calibration(self._folder)
        saved = FlatIndex.open(self._folder, model.key, model.num_bits, kernel=kernel)
        self._index, self._stamp = saved or (FlatIndex(model.num_bits, kernel=kernel), 0)
        self._unsaved = 0
        self._ids_below: dict[Path, IdArray] = {}
        self._refreshing = threading.Lock()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._index)

    def refresh(self) -> bool:
        """Take over what changed in the catalogue; return whether anything did."""
        with self._refreshing:
            if self._is_closed:
                return False
            changes = self._catalogue.changes_since(self._key, self._stamp)
            codes = changes.codes.reshape(len(changes.ids), num_bytes(self._num_bits))
            number = len(changes.ids) + len(changes.removed)
            if changes.complete:
                number += len(self._index)
                self._index.replace(changes.ids, codes)
            elif number:
                self._index.remove(changes.removed)
                self._index.add(changes.ids, codes)
            self._stamp = changes.stamp
            self._unsaved += number
            # Here and not in the next search: a large folder takes a third of a second.
            self._ids_below = {folder: self._read_ids(folder) for folder in list(self._ids_below)}
            self._save_if_due()
        return number > 0

    def calibrate(self, ctx: JobContext | None = None) -> None:
        """Measure how far suggestions can be believed, and keep it beside the index.

        Raises:
            JobCancelled: Somebody asked the job to stop.
        """

        def labels_of(ids: Sequence[int]) -> dict[int, str | None]:
            return {record.id: record.label for record in self._catalogue.photos(ids)}

        index, ctx = self._index.frozen(), ctx or JobContext()
        self.calibration = measure_suggestions(index, labels_of, self._near, ctx)
        if not self._catalogue.read_only:
            keep_calibration(self._folder, self.calibration)

    def code_of(self, photo_id: int) -> CodeArray | None:
        """Return the packed code of a photo, shape (bytes,), None if it has none."""
        try:
            code: CodeArray = self._index.codes_of(np.array([photo_id], np.int64))[0]
        except KeyError:
            return None
        return code

    def search(
        self,
        code: CodeArray,
        *,
        top: int = 24,
        radius: int | None = None,
        folder: Path | None = None,
        hide_duplicates: bool = True,
        require: Mapping[int, int] | None = None,
        exclude: frozenset[int] = frozenset(),
        query_hash: str | Collection[str] = "",
        ignore: Collection[int] = (),
        weights: WeightArray | None = None,
    ) -> Answer:
        """Return the photos nearest to a code.

        Args:
            code: Packed, shape (bytes,).
            top: How many hits, not counting hidden duplicates.
            radius: The largest distance, inclusive; None means any.
            folder: Only photos in it or below.
            hide_duplicates: Show of nearly equal pictures only the nearest.
            require: Values, 0 or 1, that bits of the photos' codes must have.
            exclude: Photos that must not be found.
            query_hash: Content of the query photo, or of several: if the library has it, it is
                found like any other, but has no vote on what it shows.
            ignore: Bits that do not count.
            weights: What a differing bit costs in the order of the hits, of
                :func:`engine.search.steering.steer`; the nearest 1000 photos are put in this order.

        Raises:
            InputError: FS-002, a bit, value or number that cannot be.
        """
        start = time.perf_counter()
        self._check(top, radius, require or {}, ignore)
        own = {query_hash} if isinstance(query_hash, str) else set(query_hash)
        index = self._index.frozen()
        task = Task(
            query=code,
            top=top,
            radius=radius,
            allow=self._allowed(index, folder, require or {}),
            exclude=exclude,
            near=self._near if hide_duplicates else None,
            ignore=frozenset(ignore),
            weights=None if weights is None else _without(weights, ignore),
            closest=VOTERS + len(own),
        )
        found = find_neighbours(index, task)
        if require or ignore:
            # What the photo shows does not depend on what is asked of its matches, and how far a
            # suggestion can be believed was measured with all bits of all photos.
            free = replace(task, top=1, allow=self._allowed(index, folder, {}), ignore=frozenset())
            found = replace(found, closest=find_neighbours(index, free).closest)
        wanted = found.leaders | dict(found.closest)
        records = {record.id: record for record in self._catalogue.photos(wanted)}
        hits = make_hits(index, task, found, records)
        hidden = sum(len(hit.duplicates) for hit in hits)
        searched = count_searched(index, task)
        suggestion = vote(ballots(found, records, own))
        similar_enough = None
        if self.calibration is not None:
            suggestion = self.calibration.judged(suggestion)
            similar_enough = self.calibration.is_similar(suggestion)
        return Answer(
            hits=hits,
            searched=searched,
            beyond=searched - len(hits) - hidden,
            nearest=found.nearest,
            hidden_duplicates=hidden,
            suggestion=suggestion,
            similar_enough=similar_enough,
            ms=1000 * (time.perf_counter() - start),
            counting=self._num_bits - len(task.ignore),
        )

    def close(self) -> None:
        """End the threads of the search; a second call does nothing."""
        with self._refreshing:
            self._is_closed = True
            self._index.close()

    def _check(
        self,
        top: int,
        radius: int | None,
        require: Mapping[int, int],
        ignore: Collection[int],
    ) -> None:
        last = self._num_bits - 1
        for bit, value in [*require.items(), *((bit, 0) for bit in ignore)]:
            if not (0 <= bit <= last and value in (0, 1)):
                raise _refused(f"bit {bit} = {value}", f"bits are 0 to {last}, their values 0 or 1")
        if top < 1:
            raise _refused(f"{top} results", "a search shows at least one")
        if radius is not None and radius < 0:
            raise _refused(f"radius {radius}", "a distance is at least 0")

    def _allowed(
        self, index: FlatIndex, folder: Path | None, require: Mapping[int, int]
    ) -> IdArray | None:
        allow = index.matching(require) if require else None
        if folder is None:
            return allow
        below = self._ids_below
        if folder not in below:
            below[folder] = self._read_ids(folder)
        ids = below[folder]
        return ids if allow is None else np.intersect1d(ids, allow, assume_unique=True)

    def _read_ids(self, folder: Path) -> IdArray:
        return self._catalogue.ids(folder=folder, order="id")

    def _save_if_due(self) -> None:
        due = self._unsaved > max(SAVE_ROWS, len(self._index) // 10)
        if not due or self._catalogue.read_only:
            return
        try:
            self._index.save(self._folder, self._key, self._stamp)
        except OSError as error:  # it is only a cache: the next start takes longer
            logger.warning("The search index could not be saved in %s: %s", self._folder, error)
        self._unsaved = 0


def _without(weights: WeightArray, bits: Collection[int]) -> WeightArray:
    kept = weights.copy()
    kept[list(bits)] = 0
    return kept


def _refused(name: str, reason: str) -> InputError:
    return InputError("FS-002", name=name, reason=reason, advice="Choose another value.")
