"""Exact Hamming top-k and radius over one block of packed codes, on one core.

Two kernels give the same answers, row for row: FAISS, and NumPy as its fallback and oracle.
A block is any C-contiguous ``uint8`` array of shape (rows, bytes), a read-only memory map as well;
equal distances are answered in row order. Both release the GIL, so blocks run side by side.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import sys
from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray
from engine.errors import InputError
from engine.index.protocol import DistanceArray

RowArray: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
Found: TypeAlias = tuple[DistanceArray, RowArray]  # nearest first, equal distances by row

KERNELS = ("auto", "faiss", "numpy")
CHUNK_ROWS = 32_768  # the distances of a chunk stay in the processor's cache
COUNTING_SHARE = 0.01  # of the rows; from there counting beats FAISS's heap

logger = logging.getLogger(__name__)


class Kernel(Protocol):
    """Exact scan of a block; ``live`` masks the rows that may be found, None means all."""

    name: str

    def nearest(
        self, queries: CodeArray, block: CodeArray, k: int, live: Mask | None
    ) -> list[Found]:
        """Return the ``k`` nearest rows of each query, fewer if there are fewer."""

    def within(
        self, queries: CodeArray, block: CodeArray, radius: int, live: Mask | None
    ) -> list[Found]:
        """Return every row at most ``radius`` bits from each query."""


def create_kernel(name: str = "auto") -> Kernel:
    """Return a kernel: "faiss", "numpy", or "auto" for the faster one that works here.

    Raises:
        InputError: FS-001 for an unknown name, FS-002 if FAISS is asked for and cannot be loaded.
    """
    if name not in KERNELS:
        raise InputError("FS-001", kind="search kernel", name=name, known=", ".join(KERNELS))
    if name == "numpy":
        return NumpyKernel()
    # FAISS and torch bring an OpenMP runtime each; on macOS loading FAISS first can crash the
    # process (pytorch/pytorch#149201), which no exception handler would see.
    if name == "auto" and sys.platform == "darwin" and "torch" not in sys.modules:
        logger.info("Searching with NumPy: on macOS FAISS may only be loaded after torch.")
        return NumpyKernel()
    try:
        return FaissKernel()
    except ImportError as error:
        if name == "faiss":
            raise InputError(
                "FS-002",
                name="faiss",
                reason=f"FAISS cannot be loaded ({error})",
                advice="Install it with “pip install faiss-cpu”, or use the kernel numpy.",
            ) from error
        logger.warning("Searching with NumPy: FAISS cannot be loaded (%s).", error)
        return NumpyKernel()


class NumpyKernel:
    """Popcount over machine words, then a counting selection of the nearest rows."""

    name = "numpy"

    def nearest(
        self, queries: CodeArray, block: CodeArray, k: int, live: Mask | None
    ) -> list[Found]:
        """Return the ``k`` nearest rows of each query, fewer if there are fewer."""
        found = []
        for query in queries:
            distances, histogram = _distances(query, block, live)
            count = min(k, int(histogram.sum()))
            # All rows nearer than the first distance that completes k, and of its ties the first.
            last = int(np.searchsorted(np.cumsum(histogram), count))
            near, rows = _select(distances, last - 1)
            ties = np.flatnonzero(distances == last)[: count - len(rows)]
            near = np.append(near, np.full(len(ties), last, np.int32))
            found.append((near, np.append(rows, ties)))
        return found

    def within(
        self, queries: CodeArray, block: CodeArray, radius: int, live: Mask | None
    ) -> list[Found]:
        """Return every row at most ``radius`` bits from each query."""
        farthest = min(radius, 8 * block.shape[1])
        return [_select(_distances(query, block, live)[0], farthest) for query in queries]


def _distances(
    query: CodeArray, block: CodeArray, live: Mask | None
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Return the distance of each row, out of reach if dead, and how many lie at each distance."""
    rows, width = block.shape
    word = np.dtype(f"u{np.gcd(width, 8)}")
    words, query_words = block.view(word), query.view(word)
    distances = np.empty(rows, np.uint16)
    out_of_reach = 8 * width + 1
    histogram = np.zeros(out_of_reach + 1, np.int64)
    for start in range(0, rows, CHUNK_ROWS):
        part = slice(start, start + CHUNK_ROWS)
        chunk = distances[part]
        chunk[:] = np.bitwise_count(words[part, 0] ^ query_words[0])
        for column in range(1, words.shape[1]):
            chunk += np.bitwise_count(words[part, column] ^ query_words[column])
        if live is not None:
            chunk[~live[part]] = out_of_reach
        histogram += np.bincount(chunk, minlength=len(histogram))
    return distances, histogram[:out_of_reach]


def _select(distances: NDArray[np.uint16], farthest: int) -> Found:
    rows = np.flatnonzero(distances <= farthest)
    near = distances[rows]
    order = np.argsort(near, kind="stable")
    return near[order].astype(np.int32), rows[order]


class FaissKernel:
    """FAISS's popcount loops, called on our own array: no index object, no copy.

    Raises:
        ImportError: FAISS is not installed or cannot be loaded.
    """

    name = "faiss"

    def __init__(self) -> None:
        import faiss

        self._faiss = faiss

    def nearest(
        self, queries: CodeArray, block: CodeArray, k: int, live: Mask | None
    ) -> list[Found]:
        """Return the ``k`` nearest rows of each query, fewer if there are fewer."""
        if k > COUNTING_SHARE * len(block):
            return NumpyKernel().nearest(queries, block, k, live)
        count = min(k, len(block) if live is None else int(np.count_nonzero(live)))
        distances = np.empty((len(queries), count), np.int32)
        rows = np.empty((len(queries), count), np.int64)
        if count:
            faiss, pointer = self._faiss, self._faiss.swig_ptr
            heap = faiss.int_maxheap_array_t()
            heap.nh, heap.k = rows.shape
            heap.ids, heap.val = pointer(rows), pointer(distances)
            selector, _bitmap = self._selector(live)
            with self._one_thread():
                faiss.hammings_knn_hc(
                    heap, pointer(queries), pointer(block), *block.shape, 1, 0, selector
                )
        return list(zip(distances, rows, strict=True))

    def within(
        self, queries: CodeArray, block: CodeArray, radius: int, live: Mask | None
    ) -> list[Found]:
        """Return every row at most ``radius`` bits from each query."""
        if not len(block):
            return [(np.empty(0, np.int32), np.empty(0, np.int64))] * len(queries)
        faiss, pointer = self._faiss, self._faiss.swig_ptr
        result = faiss.RangeSearchResult(len(queries))
        selector, _bitmap = self._selector(live)
        with self._one_thread():
            faiss.hamming_range_search(
                pointer(queries),
                pointer(block),
                len(queries),
                len(block),
                radius + 1,  # FAISS means "less than"
                block.shape[1],
                result,
                selector,
            )
        ends = faiss.rev_swig_ptr(result.lims, len(queries) + 1)
        distances = faiss.rev_swig_ptr(result.distances, int(ends[-1]))
        rows = faiss.rev_swig_ptr(result.labels, int(ends[-1]))
        found = []
        for start, end in itertools.pairwise(ends.tolist()):
            near = distances[start:end].astype(np.int32)
            order = np.argsort(near, kind="stable")
            found.append((near[order], rows[start:end][order]))
        return found

    def _selector(self, live: Mask | None) -> tuple[Any, NDArray[np.uint8] | None]:
        # The caller keeps the bitmap: FAISS holds only its address.
        if live is None:
            return None, None
        bitmap = np.packbits(live, bitorder="little")
        return self._faiss.IDSelectorBitmap(len(live), self._faiss.swig_ptr(bitmap)), bitmap

    @contextlib.contextmanager
    def _one_thread(self) -> Iterator[None]:
        # FAISS splits a batch of queries, never one query; a team of threads that waits for the
        # one at work made a query 15 times slower. The setting belongs to the calling thread,
        # which may share it with torch: so it is put back.
        before = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            yield
        finally:
            self._faiss.omp_set_num_threads(before)
