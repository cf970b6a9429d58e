"""One writer a library: a lock that dies with its process, and a note of who holds it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import LibraryError


class LibraryLock:
    """The right to write a library.

    Args:
        folder: The library's folder.
        name: What error texts call the library.

    Attributes:
        was_clean: Whether the last writer closed the library; known once the lock is held.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._name = name
        self._owner = folder / "library.pid"
        self._lock = FileLock(folder / "library.lock")
        self.was_clean = True

    def acquire(self, patience: float) -> None:
        """Take the lock.

        Args:
            patience: Seconds to wait for whoever has it.

        Raises:
            LibraryError: FS-207, another process (or window) writes this library.
        """
        try:
            self._lock.acquire(timeout=patience)
        except Timeout as error:
            raise LibraryError("FS-207", pid=self._holder(), name=self._name) from error
        self.was_clean = not self._owner.exists()
        self._owner.write_text(str(os.getpid()), encoding="ascii")

    def release(self, *, clean: bool = True) -> None:
        """Give the lock up; unless ``clean``, the next writer checks the whole catalogue."""
        if clean:
            with contextlib.suppress(OSError):
                self._owner.unlink()
        self._lock.release()

    def _holder(self) -> str:
        # The holder may be between taking the lock and writing its number.
        with contextlib.suppress(OSError):
            return self._owner.read_text(encoding="ascii") or "unknown"
        return "unknown"
