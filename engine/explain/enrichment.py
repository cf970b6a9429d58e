"""Which labels go with a bit, and how sure that is.

For a bit and a label the photos fall into four cells: bit on or off, label or another. The log odds
ratio of the cells says how much more often the bit is on for this label than for the others. Its
interval is Woolf's with half a photo added to every cell, which keeps its promise for small cells
too (Agresti, "On logit confidence intervals for the odds ratio with small samples", Biometrics
1999). As many tests are made as there are bits times labels, so the intervals are Bonferroni's:
that any of them all misses has a chance of 5 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, unpack

CHANCE = 0.05  # that any statement of all is wrong

CountArray = NDArray[np.int64]


@dataclass(frozen=True)
class Enrichment:
    """How a bit and a label go together.

    Attributes:
        label: The label.
        photos: Photos with the label.
        on: How many of them have the bit on.
        share_on: The share of the label's photos that have the bit on.
        share_of_bit: The share of the photos with the bit on that have the label.
        lift: How many times as often the bit is on for this label as for all photos.
        log_odds: Log odds ratio; above 0 the bit goes with the label, below 0 against it.
        low: Lower end of its interval; above 0 the bit goes with the label for certain.
        high: Upper end; below 0 it goes against the label for certain.
    """

    label: str
    photos: int
    on: int
    share_on: float
    share_of_bit: float
    lift: float
    log_odds: float
    low: float
    high: float


@dataclass(frozen=True)
class LabelCounts:
    """How often each bit is on, by label; photos without a label are left out.

    Attributes:
        labels: Names, sorted.
        photos: Photos of each label, shape (labels,).
        on: Those of them with each bit on, shape (labels, num_bits).
    """

    labels: tuple[str, ...]
    photos: CountArray
    on: CountArray

    @property
    def total(self) -> int:
        """Photos with a label."""
        return int(self.photos.sum())

    @property
    def tests(self) -> int:
        """How many pairs of a bit and a label there are."""
        return self.on.size


def count_labels(codes: CodeArray, labels: Sequence[str | None], num_bits: int) -> LabelCounts:
    """Return how often each bit is on for each label.

    Args:
        codes: Packed, shape (n, bytes).
        labels: One a code, None without.
        num_bits: Length of a code.
    """
    names = sorted({label for label in labels if label is not None})
    number = {label: place for place, label in enumerate(names)}
    of_code = np.array([number.get(label or "", -1) for label in labels], np.int64)
    photos = np.bincount(of_code[of_code >= 0], minlength=len(names))
    on = np.zeros((len(names), num_bits), np.int64)
    for place in range(len(names)):
        on[place] = unpack(codes[of_code == place], num_bits).sum(axis=0, dtype=np.int64)
    return LabelCounts(tuple(names), photos, on)


def enrich(counts: LabelCounts, bit: int) -> tuple[Enrichment, ...]:
    """Return every label with a bit, those it goes with most surely first."""
    z = critical_value(counts.tests)
    on_in_all = int(counts.on[:, bit].sum())
    found = []
    for place, label in enumerate(counts.labels):
        photos, on = int(counts.photos[place]), int(counts.on[place, bit])
        cells = (on, photos - on, on_in_all - on, counts.total - photos - on_in_all + on)
        a, b, c, d = (cell + 0.5 for cell in cells)
        log_odds = math.log(a * d / (b * c))
        margin = z * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
        expected = photos * on_in_all / counts.total
        found.append(
            Enrichment(
                label=label,
                photos=photos,
                on=on,
                share_on=on / photos,
                share_of_bit=on / on_in_all if on_in_all else 0.0,
                lift=on / expected if expected else 1.0,
                log_odds=log_odds,
                low=log_odds - margin,
                high=log_odds + margin,
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.low, one.label)))


def critical_value(tests: int) -> float:
    """Return how many standard errors an interval reaches, so that all of ``tests`` hold."""
    return NormalDist().inv_cdf(1 - CHANCE / (2 * max(1, tests)))


def wilson(hits: int, total: int, z: float) -> tuple[float, float]:
    """Return the interval of a share (Wilson, JASA 1927); (0, 1) if nothing was counted."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    centre = share + z * z / (2 * total)
    margin = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - margin) / scale), min(1.0, (centre + margin) / scale)
