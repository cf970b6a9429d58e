"""What memory the process has used, and how it treats memory it has freed."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

# M_TRIM_THRESHOLD, M_MMAP_MAX and M_ARENA_MAX of malloc.h: keep 1 GB, map nothing, one heap for
# all threads (the heap of a single thread cannot hold a large block).
_OPTIONS = {-1: 2**30, -4: 0, -8: 1}


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
        return _windows_peak()
    if sys.platform.startswith("linux"):
        # getrusage starts with the figure of the parent process there.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of psapi.h; the first size is PeakWorkingSetSize."""

    _fields_ = (("header", ctypes.c_uint32 * 2), ("sizes", ctypes.c_size_t * 8))


def _windows_peak() -> int | None:
    counters = _Counters()
    windll = getattr(ctypes, "windll")  # noqa: B009  (unknown to a checker on other systems)
    windll.kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    process = ctypes.c_void_p(windll.kernel32.GetCurrentProcess())
    size = ctypes.sizeof(counters)
    if not windll.psapi.GetProcessMemoryInfo(process, ctypes.byref(counters), size):
        return None
    return int(counters.sizes[0])
