from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from engine.memory import MemoryWatch, free_bytes

PROGRAM = """
import resource, sys
from engine.memory import keep_freed_memory

def new_pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    b"x" * (64 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "keep":
    keep_freed_memory()
new_pages()
print(min(new_pages() for _ in range(3)))
"""

# In a process of its own: in this one "more than ever" may be gigabytes.
PEAKS = """
from engine.memory import peak_bytes

before = peak_bytes()
held = b"x" * (before + (64 << 20))
peak = peak_bytes()
size = len(held)
del held
print(before, size, peak, peak_bytes())
"""


def numbers(program: str, *arguments: str) -> list[int]:
    """Run a program on its own, return what it prints."""
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [int(word) for word in ended.stdout.split()]


def pages(mode: str) -> int:
    return numbers(PROGRAM, mode)[0]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about glibc's allocator")
def test_large_blocks_are_used_again_instead_of_mapped_anew() -> None:
    assert pages("keep") < 100
    assert pages("default") > 1000


def test_the_peak_covers_what_was_held_and_never_falls() -> None:
    before, size, peak, after = numbers(PEAKS)
    assert size > before
    assert peak >= size
    assert after >= peak - 2**20  # Linux counts pages in batches


def test_a_watch_sees_what_was_held_for_a_while() -> None:
    with MemoryWatch() as watch:
        held = np.ones(64 << 17)  # 64 MB
        time.sleep(0.2)
        size = held.nbytes
        del held
    assert 0.9 * size < watch.growth < 1.5 * size
    with MemoryWatch() as again:
        time.sleep(0.05)
    assert again.growth < 0.5 * size, "what was before does not count"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others need not say")
def test_free_memory_is_known() -> None:
    free = free_bytes()
    assert free is not None
    assert free > 2**20
