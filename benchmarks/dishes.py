"""Measure models side by side on the queries of food10, thai10 and food64; encoding is kept.

    python benchmarks/dishes.py --data DIR --work DIR --out docs/results/dishes.csv

Every row of the file is one model on one collection: mAP over the whole gallery (train and
database), P@1, P@10 and P@H<=2. A model already measured there is not measured again; another
file of weights is another model, and another decoder gives other codes. At the end each mAP is
compared with that of the first model.

With --learned: how well photos of the gallery are found, which a model of build_dishes.py has
learned from, beside the queries, both in the rest of the gallery. A large gap says that more
photos would help more than more epochs.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray
from engine.device import choose_device, use_cores
from engine.evaluation.encoding import encode_files
from engine.evaluation.scoring import Coded, score
from engine.evaluation.splits import Sample, Splits, read_splits
from engine.events import JobContext
from engine.models.store import ModelInfo, ModelStore
from engine.paths import Paths
from engine.preprocessing import DECODER
from engine.search.encode import Encoder

COLLECTIONS = ("food10", "thai10", "food64")
MODELS = ("starter-64", "dishes-64", "dishes-16", "attributes-48")
LEARNED = 500  # photos of the gallery that are searched with, to see how well those are found
FIGURES = ("map", "map_expected_ties", "p_at_1", "p_at_10", "p_at_h2")
COLUMNS = ("model", "key", "decoder", "collection", *FIGURES, "queries", "gallery")


@dataclass(frozen=True)
class Encoded:
    """A collection as a model sees it: the photos in order, queries first, and their codes."""

    splits: Splits
    codes: CodeArray

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The photos, in the order of the codes."""
        return (*self.splits.queries, *self.splits.gallery)

    def coded(self, places: NDArray[np.int64]) -> Coded:
        """Return some of the photos with their codes and labels."""
        labels = np.unique([sample.label for sample in self.samples], return_inverse=True)[1]
        return Coded(self.codes, labels.astype(np.int64))[places]


def main() -> None:
    """Measure what is missing, and print the table."""
    arguments = parse()
    use_cores()
    models = ModelStore(Paths.resolve(arguments.work / "home"))
    if arguments.learned:
        for id, name in itertools.product(arguments.models, arguments.collections):
            found = encode(models.get(id), name, arguments.data, arguments.work)
            print(json.dumps({"model": id, "collection": name, **compare_learned(found)}))
        return
    done = read_rows(arguments.out)
    for id in arguments.models:
        model = models.get(id)
        for name in arguments.collections:
            what = {"key": model.key, "decoder": DECODER, "collection": name}
            if not any(row.items() >= what.items() for row in done):
                found = encode(model, name, arguments.data, arguments.work)
                row = {"model": id, **what, **measure(found)}
                done.append({column: str(value) for column, value in row.items()})
                append(arguments.out, row)
    wanted = {models.get(id).key for id in arguments.models}
    rows = [row for row in done if row["key"] in wanted and row["decoder"] == DECODER]
    for line in table(rows, arguments.models[0]):
        print(json.dumps(line) if arguments.json else "  ".join(map(str, line.values())))


def encode(model: ModelInfo, name: str, data: Path, work: Path) -> Encoded:
    """Return the codes of a collection, encoded now or by an earlier call.

    Args:
        model: That encodes.
        name: Of the collection.
        data: Folder of the collections.
        work: Folder that keeps the codes.
    """
    splits = read_splits(data / name / "splits.csv")
    samples = (*splits.queries, *splits.gallery)
    kept = work / f"{model.key}-{DECODER}-{name}.npy"
    if not kept.exists():
        encoder = Encoder(model, choose_device("auto"))
        found = encode_files(encoder, [sample.path for sample in samples], JobContext())
        if found.failures:
            raise SystemExit(f"{name}: {len(found.failures)} photos cannot be read")
        work.mkdir(parents=True, exist_ok=True)
        np.save(kept, found.codes)
    return Encoded(splits, np.load(kept))


def measure(found: Encoded) -> dict[str, Any]:
    """Return the figures of a model on a collection."""
    places, count = np.arange(len(found.samples)), len(found.splits.queries)
    scores = score(found.coded(places[:count]), found.coded(places[count:]), map_at=None)
    precision = {f"p_at_{top}": scores["p_at"][top] for top in ("1", "10")}
    values = {**scores, **precision}
    figures = {name: round(values[name], 4) for name in FIGURES}
    return {**figures, "queries": count, "gallery": len(places) - count}


def compare_learned(found: Encoded) -> dict[str, float]:
    """Return the mAP of photos that were learned and of queries, in the same gallery."""
    places, count = np.arange(len(found.samples)), len(found.splits.queries)
    learned, rest = np.split(np.random.default_rng(0).permutation(places[count:]), [LEARNED])
    gallery = found.coded(np.sort(rest))
    return {
        name: round(score(found.coded(asked), gallery, map_at=None)["map"], 4)
        for name, asked in (("learned", learned), ("queries", places[:count]))
    }


def append(file: Path, row: dict[str, Any]) -> None:
    """Add a row to the file, with a head if it is the first."""
    is_new = not file.exists()
    with file.open("a", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, COLUMNS, lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def table(rows: Sequence[dict[str, str]], first: str) -> Iterator[dict[str, str]]:
    """Yield the rows with how many times the mAP of the first model theirs is."""
    before = {row["collection"]: float(row["map"]) for row in rows if row["model"] == first}
    for row in rows:
        ratio = float(row["map"]) / before[row["collection"]]
        yield {**row, "times": f"{ratio:.2f}"}


def read_rows(file: Path) -> list[dict[str, str]]:
    """Return what earlier runs measured."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def parse() -> argparse.Namespace:
    """Read the command line."""
    names = lambda text: text.split(",")  # noqa: E731
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--work", type=Path, required=True, help="folder that keeps codes")
    parser.add_argument("--out", type=Path, default=Path("docs/results/dishes.csv"))
    parser.add_argument("--models", type=names, default=MODELS, help="the first is compared with")
    parser.add_argument("--collections", type=names, default=COLLECTIONS)
    parser.add_argument("--learned", action="store_true", help="photos learned against queries")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
