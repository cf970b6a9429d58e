"""A query bent by its user: bits flipped, bits weighted, judgements learned from, photos joined.

A weighted distance is the sum of the weights of the bits in which two codes differ; with equal
weights it is the Hamming distance. The exact Hamming candidates are put in its order.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, binarize, flip, unpack

WeightArray: TypeAlias = NDArray[np.float64]

# Weights are whole multiples of this. Sums of them are exact in double precision in whatever order
# they are added, so that equal codes tie exactly, and ties fall to the smaller photo id.
GRAIN = 2.0**-20
LARGEST = 2.0**18  # exact still for the 4096 bits of the longest code

_BITS_OF_BYTE = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float64)

# Before anything is judged, a match shares a bit of the query with a chance of 3/4 and any other
# photo with 1/2; the belief is worth so many judgements.
PRIOR_LOGIT = math.log(3)
PRIOR_COUNT = 4.0


@dataclass(frozen=True)
class Steered:
    """What is to be searched for.

    Attributes:
        code: Packed, shape (bytes,).
        weights: What a differing bit costs, shape (num_bits,); None for one each. A negative one
            says that matches rather differ from the query there.
    """

    code: CodeArray
    weights: WeightArray | None = None


def steer(
    logits: NDArray[np.floating],
    *,
    flips: Collection[int] = (),
    margins: bool = False,
    good: CodeArray | None = None,
    bad: CodeArray | None = None,
) -> Steered:
    """Return the code and the weights of a query that its user has bent.

    Args:
        logits: Of the query, shape (num_bits,); :func:`as_logits` makes some of a mere code.
        flips: Bits to invert. Who inverts a bit means it: it counts as much as the surest one.
        margins: Let a bit count as much as the network is sure of it.
        good: Codes of photos that were judged matches of this query, shape (n, bytes).
        bad: Codes of photos that were judged no matches.
    """
    code = flip(binarize(logits), flips)
    weights = None
    if margins:
        weights = margin_weights(logits)
        weights[list(flips)] = weights.max()
    if any(codes is not None and len(codes) for codes in (good, bad)):
        prior = np.ones(len(logits)) if weights is None else weights
        weights = feedback_weights(code, good, bad, prior)
    return Steered(code, weights)


def margin_weights(logits: NDArray[np.floating]) -> WeightArray:
    """Return how sure each bit is against the mean of all; their mean is 1.

    The order of the weighted distances is then that of the asymmetric distance, the scalar product
    of the query's logits with a code's signs (Gordo et al., "Asymmetric Distances for Binary
    Embeddings", TPAMI 2014).
    """
    margins = np.abs(np.asarray(logits, np.float64))
    mean = margins.mean()
    return _grained(margins / mean if mean > 0 else np.ones(len(margins)))


def feedback_weights(
    code: CodeArray, good: CodeArray | None, bad: CodeArray | None, prior: WeightArray
) -> WeightArray:
    """Return weights that judgements have taught: relevance weights of single bits.

    The weight of Robertson and Spärck Jones (1976) for a term, here "agrees with the query in this
    bit": the log odds of it among matches less those among the others. Few judgements move the
    weights little: both chances start from a prior.

    Args:
        code: The query's, packed.
        good: Codes of matches, shape (n, bytes); None for none.
        bad: Codes of photos that are none.
        prior: Weights before any judgement, of mean 1 but for bits turned round.
    """
    believed = 1 / (1 + np.exp(-PRIOR_LOGIT * prior))
    among_good = _agreement(code, good, believed)
    among_bad = _agreement(code, bad, np.full(len(prior), 0.5))
    odds = np.log(among_good / (1 - among_good)) - np.log(among_bad / (1 - among_bad))
    return _grained(odds / PRIOR_LOGIT)


def weighted_distances(code: CodeArray, codes: CodeArray, weights: WeightArray) -> WeightArray:
    """Return the sum of the weights of the bits in which each code differs, shape (n,)."""
    padded = np.zeros(8 * len(code))
    padded[: len(weights)] = weights
    # What each value of each byte costs is summed once: faster than unpacking every code.
    costs = padded.reshape(-1, 8) @ _BITS_OF_BYTE.T
    differing = codes ^ code
    distances: WeightArray = np.zeros(len(codes))
    for place, of_value in enumerate(costs):
        distances += of_value[differing[:, place]]
    return distances


def join_queries(queries: Sequence[NDArray[np.floating]]) -> NDArray[np.float32]:
    """Return the logits of several photos asked for together, shape (num_bits,).

    The mean of their logits, each photo's divided by its mean margin first: every photo has the
    same say, and within a photo the sure bits decide. Of photos known by their codes alone it is
    the majority; where they are split evenly the margin is 0, and the bit 0.
    """
    rows = [np.asarray(logits, np.float64) for logits in queries]
    margins = [np.abs(row).mean() for row in rows]
    scaled = [
        row / margin if margin > 0 else row for row, margin in zip(rows, margins, strict=True)
    ]
    joined: NDArray[np.float32] = np.mean(scaled, axis=0).astype(np.float32)
    return joined


def as_logits(code: CodeArray, num_bits: int) -> NDArray[np.float32]:
    """Return logits for a photo of which only the code is known: every bit is as sure."""
    logits: NDArray[np.float32] = 2 * unpack(code, num_bits).astype(np.float32) - 1
    return logits


def _agreement(
    code: CodeArray, codes: CodeArray | None, believed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the chance that each bit agrees with the query's, judged photos and prior together."""
    if codes is None or not len(codes):
        return believed
    agreeing = 1 - unpack(codes ^ code, len(believed)).astype(np.float64)
    chance: NDArray[np.float64] = (agreeing.sum(axis=0) + PRIOR_COUNT * believed) / (
        len(codes) + PRIOR_COUNT
    )
    return chance


def _grained(weights: WeightArray) -> WeightArray:
    grained: WeightArray = np.round(np.clip(weights, -LARGEST, LARGEST) / GRAIN) * GRAIN
    return grained
