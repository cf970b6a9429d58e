"""Do the maps of bits show what the bits depend on? Blur what a map calls important, and look.

    python benchmarks/faithfulness.py --split DIR/food10/splits.csv [--model ID] [--json]

Of some queries, drawn at random, the surest bits and as many others, drawn at random, are
explained with every kind of map the model offers. The hottest fifth of a map (what pushes the bit
to the side it is on, most of all) is blurred in the square that the network sees, and the logit is
computed again; so it is with a fifth at random (the hottest of the map with its values shuffled
among its places), and with the hottest fifth moved elsewhere (an area of the same shape). A kind is
faithful if blurring the hottest fifth changes the logit more than a fifth at random in at least
85 % of the cases.

Curves, of a part of the photos: the share of the logit that is left when the hottest 10, 20, ...
100 % are blurred (deletion: the lower the better), or when they alone are sharp (insertion: the
higher the better), and the same for shuffled maps. A share is cut off at -1 and 2.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from split_logits import show

from engine.device import choose_device, use_cores
from engine.evaluation.splits import read_splits
from engine.explain.bit_map import BitMap
from engine.explain.explainer import Explainer
from engine.explain.faithfulness import (
    PART,
    BlurredSquare,
    choose_bits,
    heat_of,
    hottest,
    shuffled,
)
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.photos import Photo, load_photo
from engine.search.encode import Encoder

GOAL = 0.85
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def compare(
    square: BlurredSquare, bit_map: BitMap, rng: np.random.Generator
) -> dict[str, tuple[bool, float]]:
    """Return whether the hottest part changes the logit more than two others, and how much."""
    side = square.side
    mask = hottest(heat_of(bit_map, side), PART)
    shift = rng.integers(side // 4, side - side // 4, 2)
    masks = {
        "random": hottest(heat_of(shuffled(bit_map, rng), side), PART),
        "moved": np.roll(mask, shift, (0, 1)),
    }
    logits = square.logits([mask, *masks.values()])[:, bit_map.bit]
    changes = np.abs(logits - bit_map.logit)
    return {
        name: (bool(changes[0] > change), float(changes[0] - change) / abs(bit_map.logit))
        for name, change in zip(masks, changes[1:], strict=True)
    }


def curves(square: BlurredSquare, bit_map: BitMap, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return what is left of the logit: (deletion, insertion) x (map, random) x shares."""
    side = square.side
    masks = []
    for each in (bit_map, shuffled(bit_map, rng)):
        heat = heat_of(each, side)
        masks += [hottest(heat, share) for share in SHARES]
    masks += [~mask for mask in masks]
    left = square.logits(masks)[:, bit_map.bit] / bit_map.logit
    return np.clip(left, -1, 2).reshape(2, 2, len(SHARES))


def explained(
    explainer: Explainer, photo: Photo, count: int, rng: np.random.Generator
) -> Iterator[BitMap]:
    """Yield maps of the same bits of a photo, of every kind."""
    reading = explainer.read(photo)
    bits = choose_bits(reading.logits, count, rng)
    for kind in explainer.explain(reading, []).kinds:
        yield from explainer.explain(reading, bits, kind=kind).maps


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of every kind of map."""
    model = ModelStore(Paths.resolve(options.home)).get(options.model)
    encoder = Encoder(model, choose_device())
    explainer = Explainer(encoder)
    rng = np.random.default_rng(options.seed)
    queries = read_splits(options.split).queries
    chosen = rng.choice(len(queries), min(options.photos, len(queries)), replace=False)
    outcomes: dict[str, list[dict[str, tuple[bool, float]]]] = {}
    left: dict[str, list[NDArray[np.float64]]] = {}
    for number, row in enumerate(chosen):
        photo = load_photo(queries[row].path, min_side=encoder.decode_side)
        square = BlurredSquare(encoder, photo.image)
        for bit_map in explained(explainer, photo, options.bits, rng):
            outcomes.setdefault(bit_map.kind, []).append(compare(square, bit_map, rng))
            if number < options.curve_photos:
                left.setdefault(bit_map.kind, []).append(curves(square, bit_map, rng))
    return {
        "model": model.id,
        "method": model.manifest.method,
        "split": str(options.split),
        "photos": len(chosen),
        "bits_a_photo": options.bits,
        "curve_photos": min(options.curve_photos, len(chosen)),
        "shares": SHARES,
        "kinds": {kind: summary(outcomes[kind], left.get(kind, [])) for kind in outcomes},
    }


def summary(
    outcomes: list[dict[str, tuple[bool, float]]], left: list[NDArray[np.float64]]
) -> dict[str, Any]:
    """Return the figures of one kind of map."""
    result: dict[str, Any] = {
        "beats_random": round(float(np.mean([each["random"][0] for each in outcomes])), 3),
        "beats_moved": round(float(np.mean([each["moved"][0] for each in outcomes])), 3),
        "median_more_than_random": round(
            float(np.median([each["random"][1] for each in outcomes])), 3
        ),
    }
    if left:
        means = np.mean(left, axis=0).round(3)
        for row, name in enumerate(("deletion", "insertion")):
            for column, whose in enumerate(("map", "random")):
                result[f"{name}_{whose}"] = means[row, column].tolist()
    return {**result, "met": result["beats_random"] >= GOAL}


def main() -> int:
    """Print the figures; return 1 if the model's best kind of map is not faithful."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", type=Path, required=True, help="SPLITS.csv")
    parser.add_argument("--model", help="id of an installed model (the default one)")
    parser.add_argument("--home", help="home that has the model")
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--bits", type=int, default=8, help="of each photo")
    parser.add_argument("--curve-photos", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    use_cores()
    result = measure(options)
    show(result, options)
    return 0 if next(iter(result["kinds"].values()))["met"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
