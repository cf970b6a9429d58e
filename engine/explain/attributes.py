"""Bits as attributes of photos: how often each is on, what it goes with, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, IdArray, num_bytes
from engine.evaluation.bits import bit_correlation, bit_entropy, joint_counts
from engine.events import JobContext
from engine.explain.enrichment import Enrichment, count_labels, enrich
from engine.explain.naming import LabelName, name_from_labels
from engine.library.catalogue import Catalogue
from engine.models.store import ModelInfo

LABELS = 8  # told for each direction
PAIRS = 5
_BATCH = 2048  # photos whose labels are read between two checkpoints


@dataclass(frozen=True)
class Correlation:
    """Another bit and Pearson's correlation with it."""

    bit: int
    value: float


@dataclass(frozen=True)
class BitAttribute:
    """What a library tells of a bit.

    Attributes:
        bit: Its number.
        photos: Photos with a code.
        on: Those of them with the bit on.
        share_on: Their share.
        entropy: In bits; 1 if it is on for half of the photos, 0 if it never changes.
        name: What the user calls it, if anything.
        label_name: What the labels call it, if they agree well enough.
        with_labels: Labels it goes with for certain, the surest first.
        against_labels: Labels it goes against for certain, the surest first.
        correlated: The bits that are on, or off, together with it most.
    """

    bit: int
    photos: int
    on: int
    share_on: float
    entropy: float
    name: str | None
    label_name: LabelName | None
    with_labels: tuple[Enrichment, ...]
    against_labels: tuple[Enrichment, ...]
    correlated: tuple[Correlation, ...]


@dataclass(frozen=True)
class LabelledCodes:
    """The codes of a library's photos.

    Attributes:
        ids: Ascending, shape (n,).
        codes: Packed, shape (n, bytes).
        labels: One a photo, None without.
    """

    ids: IdArray
    codes: CodeArray
    labels: tuple[str | None, ...]


def read_labelled_codes(
    catalogue: Catalogue, model: ModelInfo, ctx: JobContext | None = None
) -> LabelledCodes:
    """Return the codes that a model gave to a library's photos, with the photos' labels.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    everything = catalogue.changes_since(model.key, 0)
    labels: dict[int, str | None] = {}
    for start in range(0, len(everything.ids), _BATCH):
        ctx.checkpoint()
        part = everything.ids[start : start + _BATCH].tolist()
        labels |= {record.id: record.label for record in catalogue.photos(part)}
        ctx.progress("Reading labels", start + len(part), len(everything.ids))
    return LabelledCodes(
        everything.ids,
        everything.codes.reshape(len(everything.ids), num_bytes(model.num_bits)),
        tuple(labels.get(photo_id) for photo_id in everything.ids.tolist()),
    )


def describe_bits(
    codes: CodeArray,
    labels: Sequence[str | None],
    num_bits: int,
    *,
    names: Sequence[str | None] = (),
) -> tuple[BitAttribute, ...]:
    """Return what codes and labels tell of every bit.

    Args:
        codes: Packed, shape (n, bytes).
        labels: One a code, None without.
        num_bits: Length of a code.
        names: What the user calls the bits; empty if nothing.
    """
    counts = count_labels(codes, labels, num_bits)
    together = joint_counts(codes, num_bits)
    correlation = bit_correlation(together, len(codes))
    on = np.diag(together)
    shares = on / max(1, len(codes))
    entropy = bit_entropy(shares)
    attributes = []
    for bit in range(num_bits):
        enriched = enrich(counts, bit) if counts.labels else ()
        against = sorted((one for one in enriched if one.high < 0), key=lambda one: one.high)
        attributes.append(
            BitAttribute(
                bit=bit,
                photos=len(codes),
                on=int(on[bit]),
                share_on=float(shares[bit]),
                entropy=float(entropy[bit]),
                name=names[bit] if names else None,
                label_name=name_from_labels(counts, bit),
                with_labels=tuple(one for one in enriched if one.low > 0)[:LABELS],
                against_labels=tuple(against[:LABELS]),
                correlated=_strongest(correlation[bit], bit),
            )
        )
    return tuple(attributes)


def _strongest(row: NDArray[np.float64], bit: int) -> tuple[Correlation, ...]:
    order = np.argsort(-np.abs(row), kind="stable").tolist()
    others = [other for other in order if other != bit and row[other] != 0]
    return tuple(Correlation(other, float(row[other])) for other in others[:PAIRS])
