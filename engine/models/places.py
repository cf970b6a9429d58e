"""Where models lie: what in a folder of models is one, and what is in it."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from pathlib import Path

from engine.errors import ModelError
from engine.models.bundle import BUNDLE_SUFFIX, Manifest, read_manifest
from engine.models.container import open_container


def bundled_folder() -> Path:
    """Return the folder of the models that come with the program."""
    return Path(str(importlib.resources.files("resources") / "models"))


def list_places(folder: Path, *, with_files: bool) -> Iterator[Path]:
    """Yield what may be a model, by name: folders and, if wanted, ``.fsmodel`` files."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")):
            continue
        if path.is_dir() or (with_files and path.suffix == BUNDLE_SUFFIX):
            yield path


def id_of(place: Path) -> str:
    """Return the id that a model at this place must have."""
    return place.name.removesuffix(BUNDLE_SUFFIX)


def inspect(place: Path) -> tuple[Manifest, int]:
    """Return a model's manifest and its size in bytes.

    Raises:
        ModelError: FS-601 to FS-606, it cannot be used.
    """
    manifest = read_manifest(place)
    if manifest.id != id_of(place):
        reason = f"its id is {manifest.id}, not that of its place"
        raise ModelError("FS-602", name=place.name, reason=reason)
    is_file = place.is_file()
    size = place.stat().st_size if is_file else sum(open_container(place).sizes.values())
    return manifest, size
