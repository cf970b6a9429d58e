"""Where removed models wait for 30 days, in case they are wanted back."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

KEEP_SECONDS = 30 * 24 * 3600


class Trash:
    """Removed models, one folder each.

    Args:
        folder: Made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, model: Path) -> None:
        """Take a model's folder away; an older one of its id gives way."""
        self._folder.mkdir(exist_ok=True)
        place = self._folder / model.name
        shutil.rmtree(place, ignore_errors=True)
        os.rename(model, place)
        os.utime(place)  # the 30 days count from now

    def list(self) -> dict[str, Path]:
        """Return the removed models, by id."""
        if not self._folder.is_dir():
            return {}
        return {path.name: path for path in sorted(self._folder.iterdir())}


def forget_old(*folders: Path) -> None:
    """Delete those that have not been touched for 30 days."""
    for folder in folders:
        if time.time() - folder.stat().st_mtime > KEEP_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
