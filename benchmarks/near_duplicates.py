"""Count the queries of a retrieval task that have nearly the same picture in the gallery.

    python benchmarks/near_duplicates.py --split DIR/thai10/splits.csv [--json]

Such a query is found whatever a model knows of dishes; its figures flatter every method alike.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from engine.cores import cores
from engine.evaluation.splits import read_splits
from engine.events import JobContext
from engine.training.near_duplicates import find_twins
from engine.training.pixel_cache import open_cache

SIDE = 224  # pixels; of what is decoded


def main() -> None:
    """Print the count and the pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    splits = read_splits(arguments.split)
    samples = (*splits.queries, *splits.gallery)
    queries = np.arange(len(splits.queries))
    with tempfile.TemporaryDirectory() as scratch:
        files = [sample.path for sample in samples]
        cache = open_cache(files, SIDE, Path(scratch), JobContext(), workers=cores())
        twins = find_twins(cache, queries, np.arange(len(queries), len(samples)))
    pairs = {samples[query].name: samples[twin].name for query, twin in twins.items()}
    if arguments.json:
        print(json.dumps({"queries": len(queries), "with_twin": len(pairs), "pairs": pairs}))
        return
    print(f"{len(pairs)} of {len(queries)} queries have a near-duplicate in the gallery")
    for query, twin in pairs.items():
        print(f"{query} ~ {twin}")


if __name__ == "__main__":
    main()
