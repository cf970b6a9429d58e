"""Make the bundled models of what build_dishes.py trained: half precision, and an honest card.

    python benchmarks/bundle_dishes.py --work DIR [--models dishes-64,attributes-48]
    python benchmarks/dishes.py --data DIR --work CODES     measures them on the queries
    python benchmarks/bundle_dishes.py --cards              writes the figures onto their cards

The figures of docs/results/dishes.csv belong to the exact weights; a card carries none before they
are measured. What was seen on the way, epoch by epoch, stays in the report inside each file.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from dishes import COLLECTIONS, FIGURES, MODELS, read_rows
from numpy.typing import NDArray

from engine.models.bundle import (
    copy_bundle,
    load_tensors,
    read_manifest,
    read_report,
    write_bundle,
)
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.preprocessing import DECODER

TARGET = Path("resources/models")
MOST_BYTES = 10_000_000
STAGES = {  # what they come from
    "dishes-64": "dishes-seventh",
    "dishes-16": "dishes-short",
    "attributes-48": "attributes",
}
NAMES = {
    "dishes-64": "Dishes",
    "dishes-16": "Dishes, tiny codes",
    "attributes-48": "Attributes",
}
LICENCE = (
    "Apache-2.0 (EfficientNet-Lite0, trained on ImageNet-1k by Google, converted by ML "
    "Illustrated; trained further for FoodSearch). No picture is contained."
)
DATA_LICENCE = (
    "Trained on pictures of Food-101 (Bossard et al. 2014; scientific fair use of Foodspotting "
    "photos) and on web pictures of Thai dishes that state no licence."
)
WHAT = {
    "dishes-64": "Finds photos of the same dish.",
    "dishes-16": "Finds photos of the same dish with codes of two bytes a photo, for very large "
    "libraries; dishes-64 is more precise.",
    "attributes-48": "Made for the page Inspect: each bit looks at the photo with a question of "
    "its own (QueryOpt), and its map shows where. dishes-64 knows more dishes.",
}
_ALL_DISHES = (
    "{classes} dishes, the 101 of Food-101 and nine more from Thailand, in pictures of 64 pixels"
)
TAUGHT = {
    "dishes-64": _ALL_DISHES,
    "dishes-16": _ALL_DISHES,
    "attributes-48": "{classes} dishes, ten of Food-101 and ten from Thailand, beginning with the "
    "network of an earlier dishes-64",
}
TRAINED = (
    "Trained on {taught}. There was no query photo of the measurements among the photos trained "
    "on. The epoch was chosen by photos held back from the training."
)
_COARSE = (
    "It sees every photo reduced to 64 pixels and compressed, as those it learnt from are, and "
    "misses what is finer. "
)
SEES = {"dishes-64": _COARSE, "dishes-16": _COARSE, "attributes-48": ""}
LIMITS = (
    "{sees}It knows {classes} dishes; of others it tells what looks alike. It is no judge of what "
    "is in a dish: never rely on it for allergies."
)
SPLIT = "the query photos, searched in the photos of train and database"


def main() -> None:
    """Write the models, or their cards anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--work", type=Path, help="home of build_dishes.py")
    action.add_argument("--cards", action="store_true", help="weights stay as they are")
    names = lambda text: text.split(",")  # noqa: E731
    parser.add_argument("--models", type=names, default=MODELS[1:])
    parser.add_argument("--figures", type=Path, default=Path("docs/results/dishes.csv"))
    arguments = parser.parse_args()
    for id in arguments.models:
        target = TARGET / f"{id}.fsmodel"
        if arguments.work:
            bundle(id, ModelStore(Paths.resolve(arguments.work)).get(STAGES[id]).path, target)
        write_card(target, read_rows(arguments.figures))


def bundle(id: str, trained: Path, target: Path) -> None:
    """Write a trained model with its matrices and kernels in half precision."""
    manifest, report = read_manifest(trained), read_report(trained)
    plain = replace(manifest, id=id, name=NAMES[id], parent=None, files={})
    written = write_bundle(target, plain, halved(load_tensors(trained)), report)
    size = target.stat().st_size
    print(json.dumps({"key": written.key, "bytes": size}))
    if size > MOST_BYTES:
        raise SystemExit(f"{target} is larger than {MOST_BYTES:,} bytes")


def halved(tensors: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the tensors; vectors (norms, biases) are small and stay as they are."""
    return {
        name: values.astype(np.float16) if values.ndim > 1 else values
        for name, values in tensors.items()
    }


def write_card(target: Path, rows: Sequence[dict[str, str]]) -> None:
    """Give a model its texts, and the figures that were measured with these very weights."""
    manifest = read_manifest(target)
    chosen_by = {
        name: value for name, value in manifest.metrics.items() if not isinstance(value, Mapping)
    }
    measured = {
        row["collection"]: {
            "split": SPLIT,
            **{name: float(row[name]) for name in FIGURES},
            **{name: int(row[name]) for name in ("queries", "gallery")},
        }
        for row in rows
        if row["key"] == manifest.key
        and row["decoder"] == DECODER
        and row["collection"] in COLLECTIONS
    }
    classes, id = len(manifest.classes), manifest.id
    taught = TAUGHT[id].format(classes=classes)
    texts = {
        "name": NAMES[id],
        "licence": LICENCE,
        "data_licence": DATA_LICENCE,
        "description": f"{WHAT[id]}\n\n{TRAINED.format(taught=taught)}",
        "limits": LIMITS.format(sees=SEES[id], classes=classes),
    }
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / target.name
        copy_bundle(target, written, metrics={**chosen_by, **measured}, **texts)
        copy_bundle(written, target)
    print(json.dumps({"key": manifest.key, "measured_on": list(measured)}))


if __name__ == "__main__":
    main()
