"""Rows of codes in ascending order of photo id; some of them may be dead."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from engine.codes import CodeArray, IdArray, clear, has_bit
from engine.index.kernels import Found, Mask, RowArray
from engine.index.scan import Scan

GATHER_SHARE = 0.1  # up to this share of the rows, copying them out beats scanning all of them


class Segment:
    """Parallel arrays of ids and codes; ascending ids make row order the order of ties.

    A segment never changes: every change returns a new one, which shares what stayed the same.

    Args:
        ids: Ascending and distinct, shape (n,).
        codes: Packed codes, shape (n, bytes); both may be read-only.
        live: Which rows count, shape (n,); None means all.
    """

    def __init__(self, ids: IdArray, codes: CodeArray, live: Mask | None = None) -> None:
        self.ids = ids
        self.codes = codes
        self._live = live
        self.dead = 0 if live is None else len(ids) - int(np.count_nonzero(live))

    @classmethod
    def empty(cls, width: int) -> Segment:
        """Return a segment without rows for codes of ``width`` bytes."""
        return cls(np.empty(0, np.int64), np.empty((0, width), np.uint8))

    def __len__(self) -> int:
        return len(self.ids) - self.dead

    def rows_of(self, ids: IdArray) -> RowArray:
        """Return the live row of each id, -1 where there is none."""
        if not len(self.ids):
            return np.full(len(ids), -1, np.int64)
        rows = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        present = self.ids[rows] == ids
        if self._live is not None:
            present &= self._live[rows]
        return np.where(present, rows, -1)

    def matching(self, require: Mapping[int, int]) -> IdArray:
        """Return the ids of the live rows whose codes have each bit at its value."""
        match = np.ones(len(self.ids), bool) if self._live is None else self._live.copy()
        for bit, value in require.items():
            match &= has_bit(self.codes, bit) == bool(value)
        return self.ids[match]

    def buried(self, ids: IdArray) -> Segment:
        """Return the rows with those of ids marked as dead."""
        rows = self._present(ids)
        if not len(rows):
            return self
        live = np.ones(len(self.ids), bool) if self._live is None else self._live.copy()
        live[rows] = False
        return Segment(self.ids, self.codes, live)

    def cleared(self, bits: Collection[int]) -> Segment:
        """Return the rows with some bits of their codes 0."""
        return Segment(self.ids, clear(self.codes, bits), self._live)

    def compacted(self) -> Segment:
        """Return the live rows alone."""
        if self._live is None:
            return self
        return Segment(self.ids[self._live], self.codes[self._live])

    def without(self, ids: IdArray) -> Segment:
        """Return the rows whose ids are not among these."""
        rows = self._present(ids)
        if not len(rows):
            return self
        return Segment(np.delete(self.ids, rows), np.delete(self.codes, rows, axis=0))

    def merged(self, new: Segment) -> Segment:
        """Return the rows with those of another segment, all alive, put in their places."""
        old = self.without(new.ids)
        if not len(old.ids) or not len(new.ids):
            return new if len(new.ids) else old
        places = np.searchsorted(old.ids, new.ids)
        return Segment(
            np.insert(old.ids, places, new.ids), np.insert(old.codes, places, new.codes, axis=0)
        )

    def nearest(self, scan: Scan, queries: CodeArray, k: int, allow: IdArray | None) -> list[Found]:
        """Return the ``k`` nearest of each query by (distance, id), with ids for rows."""
        codes, ids, live = self._searched(allow)
        found = scan.nearest(queries, codes, k, live)
        return [(distances, ids[rows]) for distances, rows in found]

    def within(
        self, scan: Scan, queries: CodeArray, radius: int, limit: int, allow: IdArray | None
    ) -> list[Found]:
        """Return the ``limit`` nearest within ``radius`` by (distance, id), with ids for rows."""
        codes, ids, live = self._searched(allow)
        found = scan.within(queries, codes, radius, limit, live)
        return [(distances, ids[rows]) for distances, rows in found]

    def _searched(self, allow: IdArray | None) -> tuple[CodeArray, IdArray, Mask | None]:
        if allow is None:
            return self.codes, self.ids, self._live
        live = np.zeros(len(self.ids), bool)
        live[self._present(allow)] = True
        rows = np.flatnonzero(live)
        if len(rows) <= GATHER_SHARE * len(live):
            return self.codes[rows], self.ids[rows], None
        return self.codes, self.ids, live

    def _present(self, ids: IdArray) -> RowArray:
        rows = self.rows_of(ids)
        return rows[rows >= 0]
