"""What memory the process has used, and how it treats memory it has freed."""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

# M_TRIM_THRESHOLD, M_MMAP_MAX and M_ARENA_MAX of malloc.h: keep 1 GB, map nothing, one heap for
# all threads (the heap of a single thread cannot hold a large block).
_OPTIONS = {-1: 2**30, -4: 0, -8: 1}
_INTERVAL = 0.02  # seconds between two looks at what the process holds
_CGROUP = Path("/sys/fs/cgroup")


def keep_freed_memory() -> None:
    """Keep what one batch has freed for the next one; to be called before threads are started.

    glibc maps every block above 32 MB anew and the kernel clears its pages. With 32 photos a batch
    that took more than half of the time: 21 photos a second became 52 on one core.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):  # other C libraries have no such habit
        for option, value in _OPTIONS.items():
            libc.mallopt(option, value)


def peak_bytes() -> int | None:
    """Return the most memory the process has held at once, None where the system does not say."""
    if sys.platform == "win32":
        return _windows_sizes()[0] or None
    if sys.platform.startswith("linux"):
        # getrusage starts with the figure of the parent process there.
        return _entry(Path("/proc/self/status"), "VmHWM")
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def free_bytes() -> int | None:
    """Return how much more memory programs may claim, None where the system does not say."""
    if not sys.platform.startswith("linux"):
        return _windows_free() if sys.platform == "win32" else None
    free = _entry(Path("/proc/meminfo"), "MemAvailable")
    with contextlib.suppress(OSError, ValueError):  # no group, or one without a limit
        limit = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
        cached = _entry(_CGROUP / "memory.stat", "inactive_file", unit=1) or 0
        free = min(limit - used + cached, limit if free is None else free)
    return free


class MemoryWatch:
    """Looks all the time at what the process holds, while a ``with`` block runs.

    Pages of files do not count: the system takes them back when it needs them.

    Args:
        interval: Seconds between two looks.

    Attributes:
        growth: The most that was held at once, in bytes, beyond what was before the block.
    """

    growth: int = 0

    def __init__(self, interval: float = _INTERVAL) -> None:
        self._interval = interval

    def __enter__(self) -> Self:
        _return_freed_memory()  # what the process kept for later would hide what is claimed now
        self._before = _held_bytes()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.growth = max(self.growth, _held_bytes() - self._before)
            if self._is_over.wait(self._interval):
                return


def _held_bytes() -> int:
    if sys.platform == "win32":
        return _windows_sizes()[1]
    if sys.platform.startswith("linux"):
        return _entry(Path("/proc/self/status"), "RssAnon") or 0
    return peak_bytes() or 0  # elsewhere only its growth is known


def _return_freed_memory() -> None:
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None)
        if hasattr(libc, "malloc_trim"):
            libc.malloc_trim(0)


def _entry(file: Path, name: str, *, unit: int = 1024) -> int | None:
    """Return a value of a file with a name and a number on each line."""
    for line in file.read_text().splitlines():
        words = line.split()
        if words[0].rstrip(":") == name:
            return unit * int(words[1])
    return None


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of psapi.h: PeakWorkingSetSize, WorkingSetSize and others."""

    _fields_ = (("header", ctypes.c_uint32 * 2), ("sizes", ctypes.c_size_t * 8))


class _Status(ctypes.Structure):
    """MEMORYSTATUSEX of sysinfoapi.h; the second size is ullAvailPhys."""

    _fields_ = (("header", ctypes.c_uint32 * 2), ("sizes", ctypes.c_uint64 * 7))


def _windows_sizes() -> tuple[int, int]:
    """Return the most the process has held at once, and what it holds."""
    counters = _Counters()
    windll = getattr(ctypes, "windll")  # noqa: B009  (unknown to a checker on other systems)
    windll.kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    process = ctypes.c_void_p(windll.kernel32.GetCurrentProcess())
    size = ctypes.sizeof(counters)
    if not windll.psapi.GetProcessMemoryInfo(process, ctypes.byref(counters), size):
        return 0, 0
    return int(counters.sizes[0]), int(counters.sizes[1])


def _windows_free() -> int | None:
    status = _Status()
    status.header[0] = ctypes.sizeof(status)
    windll = getattr(ctypes, "windll")  # noqa: B009
    if not windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status.sizes[1])
