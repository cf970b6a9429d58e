"""Do the maps of bits show what the bits depend on? Blur what a map calls important, and look.

    python benchmarks/faithfulness.py --split DIR/food10/splits.csv [--model ID] [--json]

Of some queries, drawn at random, the surest bits and as many others, drawn at random, are
explained with every kind of map the model offers. The hottest fifth of a map (what pushes the bit
to the side it is on, most of all) is blurred in the square that the network sees, and the logit is
computed again; so it is with as much of the picture at random (places of a 7 x 7 grid), and with
the hottest fifth moved elsewhere (the harder test: an area of the same shape). A kind is faithful
if blurring the hottest fifth changes the logit more than blurring places at random in at least
85 % of the cases.

Curves, of a part of the photos: the share of the logit that is left when the hottest 10, 20, ...
100 % are blurred (deletion: the lower the better), or when they alone are sharp (insertion: the
higher the better), and the same for places at random. A share is cut off at -1 and 2.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from split_logits import show

from engine.device import choose_device, use_cores
from engine.evaluation.splits import read_splits
from engine.explain.bit_map import BitMap
from engine.explain.explainer import Explainer
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.photos import load_photo
from engine.search.encode import Encoder

PART = 0.2
GOAL = 0.85
BLUR = 1 / 10  # radius, as a share of the side: colours stay, shapes go
CELLS = 7
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MOST_AT_ONCE = 64

Order = NDArray[np.float64]  # how hot each pixel of the square is, shape (side, side)


class Square:
    """What the network sees of a photo, and the same blurred."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self.encoder = encoder
        self.photo = load_photo(path, min_side=encoder.decode_side)
        self.sharp = encoder.prepare(self.photo.image)
        radius = len(self.sharp) * BLUR
        blurred = Image.fromarray(self.sharp).filter(ImageFilter.GaussianBlur(radius))
        self.blurred = np.asarray(blurred)

    def logits(self, masks: list[NDArray[np.bool_]]) -> NDArray[np.float32]:
        """Return the logits with each of some regions blurred, shape (masks, num_bits)."""
        squares = [np.where(mask[..., None], self.blurred, self.sharp) for mask in masks]
        parts = [
            self.encoder.encode(np.stack(squares[start : start + MOST_AT_ONCE]))
            for start in range(0, len(squares), MOST_AT_ONCE)
        ]
        return np.concatenate(parts)


def hottest(order: Order, share: float) -> NDArray[np.bool_]:
    """Return the hottest pixels, exactly that share of them."""
    chosen = np.argsort(-order, axis=None, kind="stable")[: round(share * order.size)]
    mask = np.zeros(order.size, bool)
    mask[chosen] = True
    return mask.reshape(order.shape)


def order_of(bit_map: BitMap, side: int) -> Order:
    """Return a map over the square; heat is what holds the bit on the side it is on."""
    square = replace(bit_map, region=(0, 0, side, side), picture_size=(side, side))
    values = square.on_picture(side, side).astype(np.float64)
    return values * np.sign(bit_map.logit) if bit_map.signed else values


def random_order(side: int, rng: np.random.Generator) -> Order:
    """Return a heat that puts the places of a grid in random order."""
    edges = np.arange(side) * CELLS // side
    heat: Order = rng.permutation(CELLS * CELLS).reshape(CELLS, CELLS)[np.ix_(edges, edges)]
    return heat.astype(np.float64)


def choose_bits(
    logits: NDArray[np.float32], count: int, rng: np.random.Generator
) -> tuple[int, ...]:
    """Return the surest bits, and as many others."""
    surest = np.argsort(-np.abs(logits), kind="stable")
    others = rng.permutation(surest[count // 2 :])[: count - count // 2]
    return tuple(int(bit) for bit in (*surest[: count // 2], *others))


def compare(
    square: Square, bit_map: BitMap, rng: np.random.Generator
) -> dict[str, tuple[bool, float]]:
    """Return whether the hottest part changes the logit more than two others, and how much."""
    side = len(square.sharp)
    mask = hottest(order_of(bit_map, side), PART)
    shift = rng.integers(side // 4, side - side // 4, 2)
    masks = {
        "random": hottest(random_order(side, rng), PART),
        "moved": np.roll(mask, shift, (0, 1)),
    }
    logits = square.logits([mask, *masks.values()])[:, bit_map.bit]
    changes = np.abs(logits - bit_map.logit)
    return {
        name: (bool(changes[0] > change), float(changes[0] - change) / abs(bit_map.logit))
        for name, change in zip(masks, changes[1:], strict=True)
    }


def curves(square: Square, bit_map: BitMap, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return what is left of the logit: (deletion, insertion) x (map, random) x shares."""
    side = len(square.sharp)
    masks = []
    for order in (order_of(bit_map, side), random_order(side, rng)):
        masks += [hottest(order, share) for share in SHARES]
    masks += [~mask for mask in masks]
    left = square.logits(masks)[:, bit_map.bit] / bit_map.logit
    return np.clip(left, -1, 2).reshape(2, 2, len(SHARES))


def explained(
    explainer: Explainer, square: Square, options: argparse.Namespace, rng: np.random.Generator
) -> Iterator[tuple[str, BitMap]]:
    """Yield maps of the same bits of a photo, of every kind."""
    first = explainer.explain(square.photo, [0])
    bits = choose_bits(first.logits, options.bits, rng)
    for kind in first.kinds:
        for bit_map in explainer.explain(square.photo, bits, kind=kind).maps:
            yield kind, bit_map


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
        square = Square(encoder, queries[row].path)
        for kind, bit_map in explained(explainer, square, options, rng):
            outcomes.setdefault(kind, []).append(compare(square, bit_map, rng))
            if number < options.curve_photos:
                left.setdefault(kind, []).append(curves(square, bit_map, rng))
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
