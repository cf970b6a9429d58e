"""Measure what 64 bits keep of the starter's features: its codes against cosine search.

    python benchmarks/starter.py --data DIR [--json]

Queries against train + database of food10 and thai10, both rankings from the same forward passes.
Accepted if the codes keep 95 % of the mAP and 90 % of the P@10 on food10.
"""

from __future__ import annotations

import argparse
import contextlib
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
from engine.evaluation.metrics import Ranking, average_precision, precision_at, rank
from engine.evaluation.splits import Sample, read_splits
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
    """Labelled photos, the queries first, then the gallery in a random order.

    Attributes:
        name: Of the collection.
        samples: All of them.
        queries: How many of them are queries.
    """

    name: str
    samples: tuple[Sample, ...]
    queries: int


@contextlib.contextmanager
def open_collections(data: Path) -> Iterator[list[Collection]]:
    """Yield the collections of a folder that holds them unpacked or as zip files."""
    with tempfile.TemporaryDirectory() as scratch:
        yield [read_collection(data, name, Path(scratch)) for name in NAMES]


def read_collection(data: Path, name: str, scratch: Path) -> Collection:
    """Return one collection, unpacked to ``scratch`` if only its zip file is there."""
    if not (data / name).is_dir():
        with zipfile.ZipFile(data / f"{name}.zip") as archive:
            archive.extractall(scratch)
        data = scratch
    splits = read_splits(data / name / "splits.csv")
    # Equal distances go by gallery index: sorted by dish, the first dishes would gain.
    order = np.random.default_rng(0).permutation(len(splits.gallery))
    gallery = tuple(splits.gallery[i] for i in order)
    return Collection(name, splits.queries + gallery, len(splits.queries))


@torch.inference_mode()
def extract_features(
    backbone: Backbone, preprocessing: Preprocessing, collection: Collection
) -> NDArray[np.float32]:
    """Return the pooled features of all photos, shape (n, num_features)."""

    def prepare(path: Path) -> NDArray[np.uint8]:
        return preprocessing(load_photo(path, min_side=preprocessing.decode_side).image)

    device = next(backbone.parameters()).device
    rows = []
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(collection.samples), BATCH):
            paths = [sample.path for sample in collection.samples[start : start + BATCH]]
            batch = np.stack(list(pool.map(prepare, paths)))
            images = normalize(torch.from_numpy(batch).to(device), preprocessing)
            rows.append(backbone.pooled(images).cpu().numpy())
    return np.concatenate(rows)


def compare(
    features: NDArray[np.float32], logits: NDArray[np.float32], collection: Collection
) -> dict[str, float]:
    """Return the figures of both rankings and the share that the codes keep."""
    labels = np.array([sample.label for sample in collection.samples])
    relevant = labels[: collection.queries, None] == labels[collection.queries :]
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    similarities = unit[: collection.queries] @ unit[collection.queries :].T
    codes = binarize(logits)
    distances = hamming(codes[: collection.queries, None], codes[collection.queries :])
    cosine = scores([order(-row, hits) for row, hits in zip(similarities, relevant, strict=True)])
    hashed = scores([rank(row, hits) for row, hits in zip(distances, relevant, strict=True)])
    return {
        **{f"cosine_{name}": value for name, value in cosine.items()},
        **{f"codes_{name}": value for name, value in hashed.items()},
        **{f"ratio_{name}": hashed[name] / cosine[name] for name in hashed},
        "queries": len(relevant),
        "gallery": relevant.shape[1],
    }


def order(distances: NDArray[np.float32], relevant: NDArray[np.bool_]) -> Ranking:
    """Return the ranking by distances that are not whole numbers."""
    places = np.argsort(distances, kind="stable")
    return Ranking(np.arange(len(places)), relevant[places])


def scores(rankings: list[Ranking]) -> dict[str, float]:
    """Return mAP over the whole gallery, P@1 and P@10."""
    return {
        "map": float(np.mean([average_precision(ranking) for ranking in rankings])),
        "p_at_1": float(np.mean([precision_at(ranking, 1) for ranking in rankings])),
        "p_at_10": float(np.mean([precision_at(ranking, 10) for ranking in rankings])),
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
