"""The labelled photos of a training: where they come from, and which are held back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError, TrainingError
from engine.evaluation.splits import Sample
from engine.library.labels import label_of
from engine.photos import is_photo_name

LEAST_CLASSES = 2
LEAST_PHOTOS = 5  # of a class


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


def check_classes(labels: Sequence[str], where: str) -> None:
    """Check that there is enough to learn from.

    Raises:
        TrainingError: FS-501.
    """
    _, counts = np.unique(np.asarray(labels, dtype=object).astype(str), return_counts=True)
    found = int((counts >= LEAST_PHOTOS).sum())
    if found < LEAST_CLASSES:
        raise TrainingError(
            "FS-501",
            least=LEAST_PHOTOS,
            where=where,
            found="1 such class" if found == 1 else "no such class",
        )


def hold_back(
    labels: NDArray[np.int64], *, share: float, limit: int, seed: int
) -> NDArray[np.bool_]:
    """Return which photos are kept from training to choose the best epoch with.

    Of each class a share is drawn, but not all of it, and none of a class of fewer than five.

    Args:
        labels: Class of each photo.
        share: Of each class.
        limit: Most photos a class.
        seed: Of the draw.
    """
    rng = np.random.default_rng(seed)
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        count = min(limit, max(1, round(share * len(members))), len(members) - 1)
        if share and len(members) >= LEAST_PHOTOS:
            held[rng.choice(members, count, replace=False)] = True
    return held


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
