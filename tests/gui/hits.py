"""Made-up answers of a search."""

from __future__ import annotations

from pathlib import Path

from engine import Hit
from tests.gui.photos import make_record


def make_hit(
    rank: int,
    photo_id: int,
    path: Path,
    *,
    distance: int = 0,
    label: str | None = "soup",
    duplicates: tuple[int, ...] = (),
) -> Hit:
    """Return a hit that disagrees in the first bits."""
    return Hit(
        rank,
        photo_id,
        distance,
        tuple(range(distance)),
        make_record(photo_id, path, label=label),
        duplicates,
    )
