"""The name under which a running window is found; costs nothing where none is running."""

from __future__ import annotations

import getpass
import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QDir

from engine import Paths


def server_name(paths: Paths) -> str:
    """Return the name of the program of this user and home."""
    identity = f"{getpass.getuser()}\n{paths.data}".encode("utf-8", "surrogateescape")
    return "foodsearch-" + hashlib.blake2b(identity, digest_size=10).hexdigest()


def may_be_running(name: str) -> bool:
    """Whether it is worth asking; where sockets are files, a missing one says no at once."""
    if os.name != "posix":
        return True
    return Path(QDir.tempPath(), name).exists()
