"""A kernel on several cores: blocks of rows over our own threads, merged by (distance, row).

The asking thread works as well, and every thread takes the next block when it is free: where other
work keeps the cores busy, a query waits for at most one block of a helper that came late.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from engine.codes import CodeArray
from engine.cores import cores
from engine.index.kernels import Found, Kernel, Mask

MIN_BLOCK_ROWS = 1_048_576  # a millisecond of work; waking a thread for less made it slower
MAX_BLOCK_ROWS = 4_194_304
MAX_THREADS = 8
BLOCKS_A_THREAD = 4
QUERY_BATCH = 256  # bounds the room that the partial answers of a large batch take


class Scan:
    """Exact scans of a block that may be larger than one core should handle.

    Args:
        kernel: What looks at one block.
        num_threads: None means the cores this process may use, at most 8.
    """

    def __init__(self, kernel: Kernel, num_threads: int | None = None) -> None:
        self.kernel = kernel
        self._num_threads = num_threads or min(MAX_THREADS, cores())
        # Its threads start when they are first needed.
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
            parts = self._share(
                [
                    partial(scan, batch, block[a:b], None if live is None else live[a:b])
                    for a, b in itertools.pairwise(starts)
                ]
            )
            found += [
                merge([parts[i][q] for i in range(len(parts))], starts[:-1], count)
                for q in range(len(batch))
            ]
        return found

    def _share(self, tasks: list[Callable[[], list[Found]]]) -> list[list[Found]]:
        """Return what the tasks return, computed by this thread and those of the pool."""
        found: list[list[Found]] = [[] for _ in tasks]
        numbers = itertools.count()  # next() is atomic

        def work() -> None:
            while (number := next(numbers)) < len(tasks):
                found[number] = tasks[number]()

        helpers = min(self._num_threads, len(tasks)) - 1
        jobs = [self._pool.submit(work) for _ in range(helpers)]
        work()
        for job in jobs:
            if not job.cancel():  # it has begun
                job.result()
        return found

    def _starts(self, rows: int) -> list[int]:
        wanted = min(BLOCKS_A_THREAD * self._num_threads, rows // MIN_BLOCK_ROWS)
        parts = max(1, wanted, -(-rows // MAX_BLOCK_ROWS))
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
