"""Names that labels give to bits, where they carry one; most bits of most models have none.

A bit is named after up to three labels, or after what it excludes ("not soup"). Two shares must be
high: of the photos with the bit so many have these labels, and of the photos with these labels so
many have the bit. The smaller of both is the agreement. The lower ends of both shares' intervals
must lie above ``LEAST``, corrected for the many bits and labels that were tried. And no other label
may have the bit for most of its photos: a name says what a bit tells apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.explain.enrichment import LabelCounts, critical_value, wilson

LEAST = 0.6
MOST_LABELS = 3
MOST = 0.5  # of the photos of a label that is not in the name
PLAIN = 0.05  # agreement that a name may lack for one label less, or for a "not" less


@dataclass(frozen=True)
class LabelName:
    """A name made of labels.

    Attributes:
        labels: What it is made of, the label the bit goes with most first.
        on: Whether the bit is on for them; False: it is off for them and on for the others.
        agreement: The smaller of the two shares.
        low: What the agreement is at least, for certain.
    """

    labels: tuple[str, ...]
    on: bool
    agreement: float
    low: float


def name_from_labels(counts: LabelCounts, bit: int) -> LabelName | None:
    """Return the name of a bit that the labels carry best, None where they carry none."""
    if len(counts.labels) < 2:
        return None
    names = [
        name
        for on in (True, False)
        for size in range(1, min(MOST_LABELS, len(counts.labels) - 1) + 1)
        if (name := _name(counts, bit, on, size)) is not None
    ]
    return max(names, key=_worth, default=None)


def _worth(name: LabelName) -> float:
    return name.agreement - PLAIN * (len(name.labels) + (not name.on))


def _name(counts: LabelCounts, bit: int, on: bool, size: int) -> LabelName | None:
    having = counts.on[:, bit] if on else counts.photos - counts.on[:, bit]
    # The labels of which the largest share has this value of the bit; of equal ones the first.
    shares = having / counts.photos
    order = np.argsort(-shares, kind="stable")
    chosen, others = order[:size], order[size:]
    if (shares[others] > MOST).any():
        return None
    both = int(having[chosen].sum())
    totals = int(having.sum()), int(counts.photos[chosen].sum())
    z = critical_value(counts.tests)
    low = min(wilson(both, total, z)[0] for total in totals)
    if low < LEAST:
        return None
    agreement = min(both / total for total in totals)
    return LabelName(tuple(counts.labels[place] for place in chosen), on, agreement, low)
