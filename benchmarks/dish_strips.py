"""What models find for photos of people: the dishes of the top 8, as a table.

    python benchmarks/dish_strips.py --data DIR --work DIR --models starter-64,dishes-64

Searched are the galleries of food10, thai10 and food64; ``--work`` is the folder that dishes.py
keeps their codes in. The pictures lie in DIR/queries and DIR/phone; what a person sees in them is
in benchmarks/dishes/pictures.toml. No dish of the galleries may be right for a picture.
"""

from __future__ import annotations

import argparse
import itertools
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from dishes import COLLECTIONS, encode
from numpy.typing import NDArray

from engine.codes import CodeArray, hamming
from engine.device import choose_device, use_cores
from engine.models.store import ModelInfo, ModelStore
from engine.paths import Paths
from engine.search.encode import Encoder
from engine.search.photo import read_query

WORDS = Path(__file__).parent / "dishes" / "pictures.toml"
TOP = 8


def main() -> None:
    """Print a table in Markdown, a row a picture, a column a model."""
    arguments = parse()
    use_cores()
    words = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    pictures = [find(arguments.data, name) for name in words]
    models = ModelStore(Paths.resolve(arguments.work / "home"))
    columns = [list(strips(models.get(id), pictures, arguments)) for id in arguments.models]
    print("| picture |", " | ".join(arguments.models), "|")
    print("|---" * (1 + len(columns)) + "|")
    for seen, *found in zip(words.values(), *columns, strict=True):
        print(f"| {seen} |", " | ".join(found), "|")


def find(data: Path, name: str) -> Path:
    """Return the picture of a name."""
    return next(itertools.chain(*(data.glob(f"{folder}/{name}.*") for folder in ("*", "."))))


def strips(model: ModelInfo, pictures: list[Path], arguments: argparse.Namespace) -> Iterator[str]:
    """Yield what a model finds for each picture: dishes, how often, and the distances."""
    labels, codes = read_galleries(model, arguments)
    encoder = Encoder(model, choose_device("auto"))
    for picture in pictures:
        code = encoder.encode_query(read_query(picture, min_side=encoder.decode_side)).code
        distances = hamming(code, codes)
        nearest = np.argsort(distances, kind="stable")[:TOP]
        yield describe(labels[nearest], distances[nearest])


def read_galleries(
    model: ModelInfo, arguments: argparse.Namespace
) -> tuple[NDArray[np.str_], CodeArray]:
    """Return the dishes of all galleries, shape (n,), and the codes, shape (n, bytes)."""
    found = [encode(model, name, arguments.data, arguments.work) for name in COLLECTIONS]
    labels = [[sample.label for sample in each.splits.gallery] for each in found]
    codes = [each.codes[len(each.splits.queries) :] for each in found]
    return np.concatenate(labels), np.concatenate(codes)


def describe(labels: NDArray[np.str_], distances: NDArray[np.int64]) -> str:
    """Return dishes by how often they were found, and the range of the distances."""
    dishes, counts = np.unique(labels, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    named = [f"{counts[i]} {dishes[i].replace('_', ' ')}" for i in order]
    return f"{', '.join(named)} ({distances.min()} to {distances.max()} bits)"


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--work", type=Path, required=True, help="folder that keeps codes")
    names = lambda text: text.split(",")  # noqa: E731
    parser.add_argument("--models", type=names, default=["starter-64", "dishes-64"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
