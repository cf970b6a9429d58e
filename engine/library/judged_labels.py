"""Classes from judgements: photos that are good matches of one query show the same dish."""

from __future__ import annotations

from pathlib import Path

from engine.library.catalogue import Catalogue


def labels_from_judgements(catalogue: Catalogue, target: Path) -> int:
    """Write the photos that judgements connect, with a label a group, as a CSV file.

    Args:
        catalogue: The library.
        target: The file, with the columns path, label and split.

    Returns:
        How many photos were written.
    """
    raise NotImplementedError
