"""Tell how far the bits of a model are attributes: what they have to do with labels.

    python benchmarks/attributes.py --split DIR/food10/splits.csv --model ID [--json]

On the codes of the queries, which no training has seen. Models compare fairly only with as many
bits, on the same split.

- named: bits that labels name (agreement and all, see engine/explain/naming.py), and their mean
  agreement.
- with_labels: labels a bit goes with for certain, the mean over bits.
- information: what a bit tells of the label, in bits, the mean over bits (mutual information; at
  most 1, for a bit that splits the labels in halves without an error).
- purity: how alike the photos of a label are in a bit, the mean over labels and bits of the share
  of the commoner value (chance is 0.5, 0.57 of 30 photos a label; 1 is every photo alike).
- stable: share of small crops, blurs and changes of brightness that a bit survives (--stability).
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from split_logits import SplitLogits, add_options, describe, read_logits, show

from engine.codes import binarize
from engine.device import choose_device
from engine.evaluation.bits import bit_entropy
from engine.evaluation.splits import read_splits
from engine.explain.attributes import describe_bits
from engine.explain.enrichment import LabelCounts, count_labels
from engine.explain.stability import KEPT_SIDE, measure_stability
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.photos import load_photo
from engine.search.encode import Encoder


def information(counts: LabelCounts) -> float:
    """Return the mean mutual information of a bit and the label."""
    shares = counts.on / counts.photos[:, None]
    weights = counts.photos / counts.total
    of_bit = bit_entropy(weights @ shares)
    within = weights @ np.stack([bit_entropy(row) for row in shares])
    return float(np.mean(of_bit - within))


def measure(data: SplitLogits) -> dict[str, Any]:
    """Return the figures of the queries' codes."""
    codes, labels = binarize(data.queries), data.query_labels.tolist()
    bits = describe_bits(codes, labels, data.num_bits)
    counts = count_labels(codes, labels, data.num_bits)
    shares = counts.on / counts.photos[:, None]
    agreements = [bit.label_name.agreement for bit in bits if bit.label_name]
    return {
        "named": len(agreements),
        "agreement": float(np.mean(agreements)) if agreements else None,
        "with_labels": float(np.mean([len(bit.with_labels) for bit in bits])),
        "information": information(counts),
        "purity": float(np.maximum(shares, 1 - shares).mean()),
    }


def stability(options: argparse.Namespace) -> float:
    """Return the mean share of changes that bits survive."""
    model = ModelStore(Paths.resolve(options.home)).get(options.model)
    encoder = Encoder(model, choose_device())
    samples = read_splits(options.split).queries
    chosen = np.random.default_rng(0).permutation(len(samples))[: options.stability]
    side = int(np.ceil(encoder.decode_side / KEPT_SIDE))
    pictures = (load_photo(samples[row].path, min_side=side).image for row in chosen)
    return float(measure_stability(encoder, pictures).kept.mean())


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--stability", type=int, default=0, metavar="N", help="on N queries (0)")
    options = parser.parse_args()
    data = read_logits(options)
    result = {
        **describe(options, data),
        **measure(data),
    }
    if options.stability:
        result["stable"] = stability(options)
    show(result, options)


if __name__ == "__main__":
    main()
