"""Do pixels matter? The same picture at three sizes, and how many bits of its codes differ.

    python benchmarks/pixels.py --pictures DIR [--models dishes-64] [--json]

Every picture of the folder whose longer side has 2,000 pixels or more is reduced to 200, 600 and
2,000 pixels, saved as a JPEG file as programs save them, and encoded. Accepted if two of the three
codes differ by at most 4 of 64 bits on average.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.codes import binarize, hamming
from engine.device import choose_device, use_cores
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.photos import load_photo
from engine.search.encode import Encoder

SIDES = (200, 600, 2000)
MOST = 4 / 64  # share of the bits
QUALITY = 90


def main() -> int:
    """Print the differences of each model; return 1 if one is too large."""
    arguments = parse()
    use_cores()
    passed = True
    with tempfile.TemporaryDirectory() as scratch:
        sets = [reduce(path, Path(scratch)) for path in large_pictures(arguments.pictures)]
        if not sets:
            raise SystemExit(f"{arguments.pictures}: no picture has {SIDES[-1]} pixels")
        models = ModelStore(Paths.resolve(Path(scratch) / "home"))
        for id in arguments.models:
            encoder = Encoder(models.get(id), choose_device("auto"))
            found = np.array([differences(encoder, files) for files in sets])
            passed = passed and bool(found.mean() <= MOST * encoder.num_bits)
            show(id, encoder.num_bits, found, as_json=arguments.json)
    return 0 if passed else 1


def large_pictures(folder: Path) -> list[Path]:
    """Return the pictures of a folder and those below that are large enough."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".jpg", ".jpeg"})
    found = []
    for path in files:
        with Image.open(path) as image:
            if max(image.size) >= SIDES[-1]:
                found.append(path)
    return found


def reduce(path: Path, scratch: Path) -> list[Path]:
    """Write a picture at the three sizes; return the files."""
    files = []
    for side in SIDES:
        image = load_photo(path, min_side=side).image
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
        file = scratch / f"{path.stem}-{side}.jpg"
        image.save(file, quality=QUALITY)
        files.append(file)
    return files


def differences(encoder: Encoder, files: list[Path]) -> list[int]:
    """Return how many bits each two of the codes differ by, by pairs of sizes."""
    codes = [binarize(encode(encoder, file)) for file in files]
    return [int(hamming(one, other)[0]) for one, other in itertools.combinations(codes, 2)]


def encode(encoder: Encoder, file: Path) -> NDArray[np.float32]:
    """Return the logits of a file, shape (1, num_bits)."""
    image = load_photo(file, min_side=encoder.decode_side).image
    return encoder.encode(encoder.prepare(image)[None])


def show(id: str, bits: int, found: NDArray[np.int64], *, as_json: bool) -> None:
    """Print the means of a model."""
    pairs = [f"{one}~{other}" for one, other in itertools.combinations(SIDES, 2)]
    means = dict(zip(pairs, found.mean(axis=0).round(2).tolist(), strict=True))
    values = {"model": id, "bits": bits, "pictures": len(found), "mean": found.mean().round(2)}
    if as_json:
        print(json.dumps({**values, "mean": float(values["mean"]), "pairs": means}))
    else:
        print(*values.values(), *(f"{pair}: {mean}" for pair, mean in means.items()), sep="  ")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True, help="folder of large photos")
    parser.add_argument("--models", type=lambda text: text.split(","), default=["dishes-64"])
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
