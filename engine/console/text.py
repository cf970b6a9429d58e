"""Words and tables for a terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path


def printable(value: object) -> str:
    """Return a text that cannot steer a terminal: file names may hold any byte."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in str(value)
    )


def full_path(path: Path | str) -> str:
    """Return where a file lies, without ``..``, as a terminal can show it."""
    return printable(os.path.abspath(path))


def table(header: Sequence[str], rows: Sequence[Sequence[object]], right: str = "") -> list[str]:
    """Return the lines of a table.

    Args:
        header: Captions.
        rows: One value for each caption.
        right: Captions of the columns that are aligned to the right, separated by spaces.
    """
    cells = [[printable(value) for value in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip_longest(*cells, fillvalue="")]
    align = [str.rjust if name in right.split() else str.ljust for name in header]
    return [
        "  ".join(
            put(cell, width) for put, cell, width in zip(align, row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun, such as "1 photo" or "1,203 photos"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Return a time as people say it, such as "1 min 37 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(num_bytes: int) -> str:
    """Return a file size, such as "7.2 MB"."""
    return f"{num_bytes / 1e6:,.1f} MB" if num_bytes >= 100_000 else f"{num_bytes / 1e3:,.1f} kB"
