"""A kernel on several cores: blocks of rows over our own threads, merged by (distance, row)."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from engine.codes import CodeArray
from engine.index.kernels import Found, Kernel, Mask

MIN_BLOCK_ROWS = 131_072  # half a millisecond of work; less is not worth a thread
MAX_BLOCK_ROWS = 4_194_304
MAX_THREADS = 8
QUERY_BATCH = 256  # bounds the room that the partial answers of a large batch take


class Scan:
    """Exact scans of a block that may be larger than one core should handle.

    Args:
        kernel: What looks at one block.
        num_threads: None means the cores this process may use, at most 8.
    """

    def __init__(self, kernel: Kernel, num_threads: int | None = None) -> None:
        self.kernel = kernel
        self._num_threads = num_threads or min(MAX_THREADS, _usable_cores())
        # Our own threads even for one block: the kernel's thread settings must not reach the
        # caller, whose thread may also compute with torch. They start when they are first needed.
        self._pool = ThreadPoolExecutor(self._num_threads, thread_name_prefix="scan")

    def nearest(
        self, queries: CodeArray, block: CodeArray, k: int, live: Mask | None = None
    ) -> list[Found]:
        """Return the ``k`` nearest rows of each query, fewer if there are fewer."""
        return self._run(
            lambda batch, part, mask: self.kernel.nearest(batch, part, k, mask),
            (queries, block, live),
            k,
        )

    def within(
        self,
        queries: CodeArray,
        block: CodeArray,
        radius: int,
        limit: int,
        live: Mask | None = None,
    ) -> list[Found]:
        """Return the ``limit`` nearest of the rows at most ``radius`` bits from each query."""

        def scan(batch: CodeArray, part: CodeArray, mask: Mask | None) -> list[Found]:
            found = self.kernel.within(batch, part, radius, mask)
            # Copies, so that a wide radius does not keep what lies beyond the limit in memory.
            return [(near[:limit].copy(), rows[:limit].copy()) for near, rows in found]

        return self._run(scan, (queries, block, live), limit)

    def close(self) -> None:
        """End the threads; nothing can be scanned afterwards."""
        self._pool.shutdown()

    def _run(
        self,
        scan: Callable[[CodeArray, CodeArray, Mask | None], list[Found]],
        task: tuple[CodeArray, CodeArray, Mask | None],
        count: int,
    ) -> list[Found]:
        queries, block, live = task
        starts = self._starts(len(block))
        found: list[Found] = []
        for first in range(0, len(queries), QUERY_BATCH):
            batch = queries[first : first + QUERY_BATCH]
            jobs = [
                self._pool.submit(
                    scan, batch, block[start:stop], None if live is None else live[start:stop]
                )
                for start, stop in itertools.pairwise(starts)
            ]
            parts = [job.result() for job in jobs]
            found += [
                merge([parts[i][q] for i in range(len(parts))], starts[:-1], count)
                for q in range(len(batch))
            ]
        return found

    def _starts(self, rows: int) -> list[int]:
        parts = max(1, min(self._num_threads, rows // MIN_BLOCK_ROWS), -(-rows // MAX_BLOCK_ROWS))
        return [rows * part // parts for part in range(parts + 1)]


def merge(parts: list[Found], starts: list[int], count: int) -> Found:
    """Return the ``count`` nearest of what consecutive blocks found, rows counted from the first.

    Args:
        parts: What each block found, rows counted within the block.
        starts: The row at which each block starts, ascending.
        count: How many to keep.
    """
    if len(parts) == 1:
        distances, rows = parts[0]
        return distances[:count], rows[:count] + starts[0]
    distances = np.concatenate([near for near, _ in parts])
    rows = np.concatenate([rows + start for (_, rows), start in zip(parts, starts, strict=True)])
    # Each part is in (distance, row) order and the blocks ascend, so a stable sort is exact.
    order = np.argsort(distances, kind="stable")[:count]
    return distances[order], rows[order]


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
