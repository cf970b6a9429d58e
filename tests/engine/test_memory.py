from __future__ import annotations

import subprocess
import sys

import pytest

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


def pages(mode: str) -> int:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, mode],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return int(ended.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about glibc's allocator")
def test_large_blocks_are_used_again_instead_of_mapped_anew() -> None:
    assert pages("keep") < 100
    assert pages("default") > 1000
