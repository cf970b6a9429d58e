"""The identity of files, computed by a few threads that read ahead of whoever stores the result."""

from __future__ import annotations

import os
import stat
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import describe
from engine.events import JobContext
from engine.library.file_tables import HashedFile
from engine.library.problems import Fault
from engine.library.tables import file_path
from engine.storage import new_content_hash

THREADS = 4  # more than cores: network drives and cold disks answer late
_AHEAD = 64
_CHUNK = 1 << 18
_PATIENCE = 0.05  # seconds between checkpoints while a large file is read


class _Stopped(Exception):  # noqa: N818  (a request, not an error)
    """The pool is being closed."""


class HashPool:
    """Threads that read files; use as a context manager.

    Args:
        roots: Path of each root.
        ctx: Asked between files and while waiting for one.
    """

    def __init__(self, roots: dict[int, Path], ctx: JobContext) -> None:
        self._roots = {root_id: os.fsencode(path) for root_id, path in roots.items()}
        self._ctx = ctx
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="hash")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def hash_all(
        self, places: Iterable[tuple[int, bytes, bytes]]
    ) -> Iterator[HashedFile | Fault | None]:
        """Yield, in order, each file's identity, the reason why it has none, or None if it is gone.

        Raises:
            JobCancelled: Somebody asked the job to stop.
        """
        waiting: deque[Future[HashedFile | Fault | None]] = deque()
        for place in places:
            waiting.append(self._pool.submit(self._hash, *place))
            if len(waiting) >= _AHEAD:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def _result(self, future: Future[HashedFile | Fault | None]) -> HashedFile | Fault | None:
        while True:
            self._ctx.checkpoint()
            try:
                return future.result(_PATIENCE)
            except NotYet:
                continue

    def _hash(self, root_id: int, folder: bytes, name: bytes) -> HashedFile | Fault | None:
        path = file_path(self._roots[root_id], folder, name)
        try:
            # Whatever took the file's place since it was listed: opening must not wait for it.
            handle = os.open(
                path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            )
            with open(handle, "rb", buffering=0) as file:
                facts = os.fstat(handle)
                if not stat.S_ISREG(facts.st_mode):
                    return None
                digest = new_content_hash()
                size = 0
                while chunk := file.read(_CHUNK):
                    if self._stop.is_set():
                        raise _Stopped
                    digest.update(chunk)
                    size += len(chunk)
        except FileNotFoundError:
            return None
        except OSError as error:
            message = describe("FS-107", name=path.name, reason=error.strerror or str(error))
            return Fault(root_id, folder, name, message, *_looks(path))
        # A file that is still being written has another look at the next scan, and is read again.
        return HashedFile(root_id, folder, name, size, facts.st_mtime_ns, digest.digest())


def _looks(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except OSError:
        return -1, -1
    return facts.st_size, facts.st_mtime_ns
