"""Which folders and files a scan leaves out."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable


class Exclusions:
    """The patterns of a library, ready for many questions.

    Args:
        patterns: With ``*`` and ``?``; compared, regardless of case, with the name of a folder or
            file, or, where a pattern holds a ``/``, with its path below the root.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        patterns = list(patterns)
        self._name = _any(pattern for pattern in patterns if "/" not in pattern)
        self._path = _any(pattern.strip("/") for pattern in patterns if "/" in pattern)

    def covers(self, folder: bytes, name: bytes) -> bool:
        """Whether an entry of a folder is left out."""
        path = os.fsdecode(folder + b"/" + name if folder else name)
        return bool(self._name.fullmatch(os.fsdecode(name)) or self._path.fullmatch(path))

    def covers_inside(self, folder: bytes, name: bytes) -> bool:
        """Whether a file is left out itself or lies in a folder that is."""
        parts = folder.split(b"/") if folder else []
        return self.covers(folder, name) or any(
            self.covers(b"/".join(parts[:depth]), part) for depth, part in enumerate(parts)
        )


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    joined = "|".join(fnmatch.translate(pattern) for pattern in patterns)
    return re.compile(joined or "(?!)", re.IGNORECASE | re.DOTALL)
