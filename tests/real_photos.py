"""Real photos for the tests that are marked ``realdata``."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections import Counter
from pathlib import Path

# So many photos of a dish; all 250 without it. A busy machine trains for hours on all of them.
EACH = "FOODSEARCH_PHOTOS_OF_A_DISH"


def food10_train_split(collections: Path, target: Path) -> Path:
    """Unpack what may be trained on, a folder for every dish."""
    return _unpack(collections, target, "train", int(os.environ.get(EACH, 250)))


def food10_queries(collections: Path, target: Path) -> Path:
    """Unpack a query of every dish."""
    return _unpack(collections, target, "query", 1)


def _unpack(collections: Path, target: Path, split: str, each: int) -> Path:
    counts: Counter[str] = Counter()
    with zipfile.ZipFile(collections / "food10.zip") as archive:
        table = io.TextIOWrapper(archive.open("food10/splits.csv"), "utf-8")
        for row in csv.DictReader(table):
            counts[row["label"]] += row["split"] == split
            if row["split"] == split and counts[row["label"]] <= each:
                place = target / row["label"] / Path(row["path"]).name
                place.parent.mkdir(parents=True, exist_ok=True)
                name = row["path"].removeprefix("food10/")
                place.write_bytes(archive.read(f"food10/{name}"))
    return target
