"""Measure what 64 bits keep of the starter's features: its codes against cosine search.

    python benchmarks/starter.py --data ../shared/data [--json]

Queries against train + database of food10 and thai10, both rankings from the same forward passes.
Accepted if the codes keep 95 % of the mAP and 90 % of the P@10 on food10.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.codes import binarize, hamming
from engine.device import choose_device, use_cores
from engine.models.store import ModelStore
from engine.networks.inputs import normalize
from engine.networks.views import Backbone
from engine.paths import Paths
from engine.photos import load_photo
from engine.preprocessing import Preprocessing
from engine.search.encode import Encoder

NAMES = ("food10", "thai10")
LEAST = {"map": 0.95, "p_at_10": 0.90}  # on food10
BATCH = 32


@dataclass(frozen=True)
class Collection:
    """Labelled photos with a split; the gallery is shuffled once, so that ties favour no class."""

    name: str
    paths: list[Path]
    labels: NDArray[np.str_]
    is_query: NDArray[np.bool_]


@contextlib.contextmanager
def open_collections(data: Path) -> Iterator[list[Collection]]:
    """Yield the collections of a folder that holds them unpacked or as zip files."""
    with tempfile.TemporaryDirectory() as scratch:
        yield [read_collection(data, name, Path(scratch)) for name in NAMES]


def read_collection(data: Path, name: str, scratch: Path) -> Collection:
    """Return one collection, unpacked to ``scratch`` if only its zip file is there."""
    root = data
    if not (data / name).is_dir():
        root = scratch
        with zipfile.ZipFile(data / f"{name}.zip") as archive:
            archive.extractall(scratch)
    with (root / name / "splits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    order = np.random.default_rng(0).permutation(len(rows))
    rows = [rows[i] for i in order]
    return Collection(
        name,
        [root / row["path"] for row in rows],
        np.array([row["label"] for row in rows]),
        np.array([row["split"] == "query" for row in rows]),
    )


@torch.inference_mode()
def extract_features(
    backbone: Backbone, preprocessing: Preprocessing, collection: Collection
) -> NDArray[np.float32]:
    """Return the pooled features of all photos, shape (n, num_features)."""

    def prepare(path: Path) -> NDArray[np.uint8]:
        return preprocessing(load_photo(path, min_side=preprocessing.resize_to).image)

    device = next(backbone.parameters()).device
    rows = []
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(collection.paths), BATCH):
            batch = np.stack(list(pool.map(prepare, collection.paths[start : start + BATCH])))
            images = normalize(torch.from_numpy(batch).to(device), preprocessing)
            rows.append(backbone.pooled(images).cpu().numpy())
    return np.concatenate(rows)


def compare(
    features: NDArray[np.float32], logits: NDArray[np.float32], collection: Collection
) -> dict[str, float]:
    """Return the figures of both rankings and the share that the codes keep."""
    query, gallery = collection.is_query, ~collection.is_query
    relevant = collection.labels[query][:, None] == collection.labels[gallery]
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    codes = binarize(logits)
    cosine = scores(1 - unit[query] @ unit[gallery].T, relevant)
    hashed = scores(hamming(codes[query][:, None], codes[gallery]), relevant)
    return {
        **{f"cosine_{name}": value for name, value in cosine.items()},
        **{f"codes_{name}": value for name, value in hashed.items()},
        **{f"ratio_{name}": hashed[name] / cosine[name] for name in hashed},
        "queries": int(query.sum()),
        "gallery": int(gallery.sum()),
    }


def scores(distances: NDArray[np.floating], relevant: NDArray[np.bool_]) -> dict[str, float]:
    """Return mAP over the whole gallery, P@1 and P@10."""
    ranking = np.argsort(distances, axis=1, kind="stable")
    hits = np.take_along_axis(relevant, ranking, axis=1)
    precision = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
    average = (precision * hits).sum(axis=1) / hits.sum(axis=1)
    return {
        "map": float(average.mean()),
        "p_at_1": float(hits[:, 0].mean()),
        "p_at_10": float(hits[:, :10].mean()),
    }


def main() -> int:
    """Print the figures; return 1 if the codes keep too little."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with food10 and thai10")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    use_cores()
    with tempfile.TemporaryDirectory() as home:
        encoder = Encoder(ModelStore(Paths.resolve(home)).get("starter-64"), choose_device("cpu"))
    network = encoder.network
    result: dict[str, object] = {}
    with open_collections(arguments.data) as collections, torch.inference_mode():
        for collection in collections:
            features = extract_features(network.backbone, encoder.preprocessing, collection)
            logits = network.hash_layer(torch.from_numpy(features)).numpy()
            result[collection.name] = compare(features, logits, collection)
    passed = all(result["food10"][f"ratio_{name}"] >= least for name, least in LEAST.items())
    result["passed"] = passed
    print(json.dumps(result) if arguments.json else json.dumps(result, indent=2))
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
