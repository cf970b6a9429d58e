"""The logits of a split's photos, computed once and kept in a file for several benchmarks."""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, binarize
from engine.device import choose_device, use_cores
from engine.evaluation.splits import read_splits
from engine.index.flat import FlatIndex
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.photos import load_photo
from engine.search.duplicates import near_duplicate_distance
from engine.search.encode import Encoder

BATCH = 32


@dataclass(frozen=True)
class SplitLogits:
    """What a model says of the photos of a split.

    Attributes:
        queries: Shape (queries, num_bits).
        query_labels: Shape (queries,).
        gallery: Codes, packed, shape (photos, bytes); in random order, for equal distances go by
            place: sorted by dish the first dishes would gain.
        gallery_labels: Shape (photos,).
        near: Distance of near-duplicates, None where codes cannot tell.
    """

    queries: NDArray[np.float32]
    query_labels: NDArray[np.str_]
    gallery: CodeArray
    gallery_labels: NDArray[np.str_]
    near: int | None

    @property
    def num_bits(self) -> int:
        """Length of a code."""
        return self.queries.shape[1]

    def index(self) -> FlatIndex:
        """Return the program's index of the gallery; ids are places."""
        index = FlatIndex(self.num_bits)
        index.replace(np.arange(len(self.gallery)), self.gallery)
        return index


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which logits are meant."""
    parser.add_argument("--split", type=Path, required=True, help="SPLITS.csv")
    parser.add_argument("--model", help="id of an installed model (the default one)")
    parser.add_argument("--home", help="home that has the model")
    parser.add_argument(
        "--logits", type=Path, help="file to keep the logits in, or to take them of"
    )
    parser.add_argument("--json", action="store_true")


def read_logits(options: argparse.Namespace) -> SplitLogits:
    """Return the logits, from the file if it is there."""
    model = ModelStore(Paths.resolve(options.home)).get(options.model)
    splits = read_splits(options.split)
    samples = (*splits.queries, *splits.gallery)
    if options.logits and options.logits.exists():
        logits = np.load(options.logits)
        if logits.shape != (len(samples), model.num_bits):
            raise SystemExit(f"{options.logits} is of another model or split")
    else:
        use_cores()
        logits = encode(Encoder(model, choose_device()), [sample.path for sample in samples])
        if options.logits:
            np.save(options.logits, logits)
    border = len(splits.queries)
    labels = np.array([sample.label for sample in samples])
    order = border + np.random.default_rng(0).permutation(len(splits.gallery))
    return SplitLogits(
        queries=logits[:border],
        query_labels=labels[:border],
        gallery=binarize(logits[order]),
        gallery_labels=labels[order],
        near=near_duplicate_distance(model.manifest.method, model.num_bits),
    )


def describe(options: argparse.Namespace, data: SplitLogits) -> dict[str, Any]:
    """Return what every result says of the photos and the model."""
    return {
        "split": str(options.split),
        "model": options.model or "default",
        "bits": data.num_bits,
        "queries": len(data.queries),
        "gallery": len(data.gallery),
    }


def show(result: dict[str, Any], options: argparse.Namespace) -> None:
    """Print a result, on one line for programs."""
    print(json.dumps(result, indent=None if options.json else 2))


def encode(encoder: Encoder, paths: list[Path]) -> NDArray[np.float32]:
    """Return the logits of photos, all of which must be readable."""

    def prepare(path: Path) -> NDArray[np.uint8]:
        return encoder.prepare(load_photo(path, min_side=encoder.decode_side).image)

    rows = []
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(paths), BATCH):
            batch = np.stack(list(pool.map(prepare, paths[start : start + BATCH])))
            rows.append(encoder.encode(batch))
    return np.concatenate(rows)
