"""The labelled photos of a training: where they come from, and which are held back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.errors import TrainingError
from engine.evaluation.folders import samples_of_folder as samples_of_folder

LEAST_CLASSES = 2
LEAST_PHOTOS = 5  # of a class


def check_classes(labels: Sequence[str], where: str, *, loose: int = 0) -> None:
    """Check that there is enough to learn from.

    Args:
        labels: Of the photos.
        where: What they came from.
        loose: How many photos are there without a label.

    Raises:
        TrainingError: FS-501.
    """
    _, counts = np.unique(np.asarray(labels, dtype=object).astype(str), return_counts=True)
    found = int((counts >= LEAST_PHOTOS).sum())
    if found < LEAST_CLASSES:
        has = "1 such class" if found == 1 else "no such class"
        if not len(labels):
            has = f"{loose:,} photos, but none in a sub-folder named after a dish"
            has = has if loose else "no photos"
        raise TrainingError("FS-501", least=LEAST_PHOTOS, where=where, found=has)


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
