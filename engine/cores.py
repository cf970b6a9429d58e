"""How many processor cores this process may use."""

from __future__ import annotations

import os


def cores(reserve: int = 0) -> int:
    """Return the number of usable cores but ``reserve``, at least one.

    Containers and schedulers give fewer than there are; processes that torchrun started together
    share them.
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    sharing = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return max(1, (usable or 1) // sharing - reserve)


def background_cores() -> int:
    """Return how many cores long work takes beside a window: one stays with that."""
    return cores(reserve=1)
