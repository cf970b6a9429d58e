"""The index of one computer: an exact scan over one block of codes."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from engine.codes import CodeArray, IdArray, num_bytes
from engine.index.kernels import Found, create_kernel
from engine.index.protocol import SearchResult, check_codes
from engine.index.scan import Scan
from engine.index.segment import Segment
from engine.index.snapshot import drop_old_generations, read_snapshot, write_snapshot

FOLD_SHARE = 0.1  # of the block: so many rows behind it or dead in it, then it is rewritten
FOLD_ROWS = 4096  # below this a fold saves nothing


class FlatIndex:
    """A block in ascending order of id, a small tail of later additions, and tombstones.

    The block is the memory-mapped snapshot after :meth:`open` or :meth:`save`.

    One thread may change the index while others search: a change makes new segments and puts them
    in place at once. Several calls that must see the same state go to :meth:`frozen`.

    Args:
        num_bits: Length of a code.
        kernel: "faiss", "numpy" or "auto".
        num_threads: Threads of one search; None means the usable cores, at most 8.
    """

    def __init__(
        self, num_bits: int, *, kernel: str = "auto", num_threads: int | None = None
    ) -> None:
        self.num_bits = num_bits
        self._scan = Scan(create_kernel(kernel), num_threads)
        self._block_and_tail = self._nothing, self._nothing

    @classmethod
    def open(
        cls, folder: Path, model_key: str, num_bits: int, *, kernel: str = "auto"
    ) -> tuple[FlatIndex, int] | None:
        """Return the saved index and its stamp, or None if it must be rebuilt."""
        snapshot = read_snapshot(folder, model_key=model_key, num_bits=num_bits)
        if snapshot is None:
            return None
        ids, codes, note = snapshot
        index = cls(num_bits, kernel=kernel)
        index._block_and_tail = Segment(ids, codes), index._nothing
        return index, note.stamp

    def save(self, folder: Path, model_key: str, stamp: int) -> None:
        """Write a snapshot and go on with its mapped arrays instead of those in memory.

        Raises:
            OSError: The folder cannot be written to; the index and the old snapshot stay.
        """
        block = _folded(*self._block_and_tail)
        note = write_snapshot(
            folder,
            block.ids,
            block.codes,
            model_key=model_key,
            num_bits=self.num_bits,
            stamp=stamp,
        )
        mapped = read_snapshot(folder, model_key=model_key, num_bits=self.num_bits)
        if mapped is None:
            raise OSError(f"the index written to {folder} cannot be read back")
        self._block_and_tail = Segment(*mapped[:2]), self._nothing
        del block  # the last hold on the old generation, which Windows could not delete otherwise
        drop_old_generations(folder, keep=note.generation)

    def frozen(self) -> FlatIndex:
        """Return the index as it is now; changes of either one do not reach the other."""
        return copy.copy(self)

    def ignoring(self, bits: Collection[int]) -> FlatIndex:
        """Return the index as it is now with these bits 0 in every code.

        Searched with a query that has them 0 as well, it ranks by the distance without them.
        """
        index = self.frozen()
        block, tail = self._block_and_tail
        index._block_and_tail = block.cleared(bits), tail.cleared(bits)
        return index

    def __len__(self) -> int:
        return sum(len(segment) for segment in self._block_and_tail)

    @property
    def kernel(self) -> str:
        """The name of the kernel that answers."""
        return self._scan.kernel.name

    @property
    def ids(self) -> IdArray:
        """All ids, ascending."""
        return self.matching({})

    def matching(self, require: Mapping[int, int]) -> IdArray:
        """Return the ids, ascending, whose codes have each required bit at its value."""
        return np.sort(np.concatenate([s.matching(require) for s in self._block_and_tail]))

    def contains(self, ids: IdArray) -> int:
        """Return how many of these distinct ids are in the index."""
        return sum(int(np.count_nonzero(s.rows_of(ids) >= 0)) for s in self._block_and_tail)

    def codes_of(self, ids: IdArray) -> CodeArray:
        """Return the codes of ids in the order asked, shape (n, bytes).

        Raises:
            KeyError: An id is not in the index.
        """
        codes = np.empty((len(ids), num_bytes(self.num_bits)), np.uint8)
        is_found = np.zeros(len(ids), bool)
        for segment in self._block_and_tail:
            rows = segment.rows_of(ids)
            codes[rows >= 0] = segment.codes[rows[rows >= 0]]
            is_found |= rows >= 0
        if not is_found.all():
            raise KeyError(f"not in the index: {np.asarray(ids)[~is_found].tolist()}")
        return codes

    def add(self, ids: IdArray, codes: CodeArray) -> None:
        """Store codes; see :class:`engine.index.protocol.CodeIndex`."""
        new = self._segment(ids, codes)
        block, tail = self._block_and_tail
        self._put(block.buried(new.ids), tail.merged(new))

    def remove(self, ids: IdArray) -> int:
        """Forget ids and return how many of them were present."""
        before = len(self)
        ids = np.unique(np.asarray(ids, np.int64))
        block, tail = self._block_and_tail
        self._put(block.buried(ids), tail.without(ids))
        return before - len(self)

    def replace(self, ids: IdArray, codes: CodeArray) -> None:
        """Hold these codes and nothing else; a search in another thread sees the old or the new."""
        self._put(self._segment(ids, codes), self._nothing)

    def search(self, codes: CodeArray, k: int, *, allow: IdArray | None = None) -> SearchResult:
        """Return the ``k`` nearest; see :class:`engine.index.protocol.CodeIndex`."""
        queries = check_codes(codes, self.num_bits)
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        parts = [s.nearest(self._scan, queries, k, allow) for s in self._searched()]
        found = [_merged(of_query, k) for of_query in zip(*parts, strict=True)]
        return SearchResult(
            ids=tuple(ids for _, ids in found),
            distances=tuple(distances for distances, _ in found),
            truncated=(False,) * len(found),
        )

    def search_radius(
        self, codes: CodeArray, radius: int, *, limit: int, allow: IdArray | None = None
    ) -> SearchResult:
        """Return what lies within ``radius``; see :class:`engine.index.protocol.CodeIndex`."""
        queries = check_codes(codes, self.num_bits)
        if radius < 0 or limit < 1:
            raise ValueError(f"radius {radius} or limit {limit} is too small")
        # One more than the limit, to know whether it cuts.
        parts = [s.within(self._scan, queries, radius, limit + 1, allow) for s in self._searched()]
        found = [_merged(of_query, limit + 1) for of_query in zip(*parts, strict=True)]
        return SearchResult(
            ids=tuple(ids[:limit] for _, ids in found),
            distances=tuple(distances[:limit] for distances, _ in found),
            truncated=tuple(len(ids) > limit for _, ids in found),
        )

    def close(self) -> None:
        """End the threads and let go of the mapped files."""
        self._scan.close()
        self._block_and_tail = self._nothing, self._nothing

    @property
    def _nothing(self) -> Segment:
        return Segment.empty(num_bytes(self.num_bits))

    def _segment(self, ids: IdArray, codes: CodeArray) -> Segment:
        codes = check_codes(codes, self.num_bits)
        ids = np.asarray(ids, np.int64)
        if ids.shape != codes.shape[:1]:
            raise ValueError(f"{ids.shape} ids do not belong to {len(codes)} codes")
        # The last of equal ids counts, and np.unique keeps the first: so it looks from the end.
        ids, last = np.unique(ids[::-1], return_index=True)
        return Segment(ids, codes[::-1][last])

    def _put(self, block: Segment, tail: Segment) -> None:
        if len(tail) + block.dead > max(FOLD_SHARE * len(block.ids), FOLD_ROWS):
            block, tail = _folded(block, tail), self._nothing
        self._block_and_tail = block, tail

    def _searched(self) -> list[Segment]:
        block, tail = self._block_and_tail
        return [block, tail] if len(tail) else [block]


def _folded(block: Segment, tail: Segment) -> Segment:
    return block.compacted().merged(tail)


def _merged(parts: tuple[Found, ...], count: int) -> Found:
    if len(parts) == 1:
        return parts[0]
    distances = np.concatenate([near for near, _ in parts])
    ids = np.concatenate([ids for _, ids in parts])
    order = np.lexsort((ids, distances))[:count]
    return distances[order], ids[order]
