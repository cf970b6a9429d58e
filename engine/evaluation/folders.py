"""The photos of a folder whose sub-folders are named after what the photos show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from engine.errors import InputError
from engine.evaluation.splits import Sample
from engine.library.labels import label_of
from engine.photos import is_photo_name


def samples_of_folder(folder: Path, *, needs_labels: bool = True) -> list[Sample]:
    """Return the photos below a folder with the label that their own folder gives them.

    A photo in a folder named after a date or by a camera has the label of the folder above.

    Args:
        folder: Its hidden files and folders do not count.
        needs_labels: Whether photos without any label are left out; else their label is empty.

    Raises:
        InputError: FS-002, there is no such folder.
    """
    if not folder.is_dir():
        reason = "there is no such folder"
        raise InputError("FS-002", name=str(folder), reason=reason, advice="Check its name.")
    return [sample for sample in _walk(folder) if sample.label or not needs_labels]


def _walk(folder: Path) -> Iterator[Sample]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        label = _label(os.path.relpath(place, folder)) or ""
        for name in sorted(files):
            if is_photo_name(name) and not name.startswith("."):
                path = Path(place, name)
                yield Sample(str(path.relative_to(folder)), path, label)


def _label(folder: str) -> str | None:
    parts = [] if folder == "." else folder.split(os.sep)
    for depth in range(len(parts), 0, -1):
        label = label_of(os.fsencode("/".join(parts[:depth])))
        if label is not None:
            return label
    return None
