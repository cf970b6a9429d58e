"""How well a model retrieves: encode the splits, rank the gallery for every query, average.

The gallery is shuffled once with a fixed seed before it is ranked. Files of splits are sorted by
class as a rule, and ties, broken by gallery index, would then favour the first classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, hamming
from engine.errors import InputError
from engine.evaluation.encoding import EncodedFiles, encode_files
from engine.evaluation.metrics import (
    Normalizer,
    average_precision,
    ball_precision,
    ball_size,
    expected_average_precision,
    precision_at,
    rank,
)
from engine.evaluation.splits import Sample, Splits
from engine.events import JobContext
from engine.library.index_build import PhotoEncoder

PRECISION_AT = (1, 5, 10)
RADIUS = 2
SHUFFLE_SEED = 0


@dataclass(frozen=True)
class Coded:
    """Labelled codes: the queries or the gallery.

    Attributes:
        codes: Packed, shape (n, bytes).
        labels: Integers, shape (n,).
    """

    codes: CodeArray
    labels: NDArray[np.int64]

    def __getitem__(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Coded:
        return Coded(self.codes[rows], self.labels[rows])

    def __len__(self) -> int:
        return len(self.labels)


def evaluate(
    encoder: PhotoEncoder,
    splits: Splits,
    ctx: JobContext | None = None,
    *,
    map_at: int | None = 1000,
    normalizer: Normalizer = "retrieved",
    batch_size: int = 32,
    workers: int | None = None,
) -> dict[str, Any]:
    """Return the retrieval metrics of a model on a task, ready for JSON.

    Args:
        encoder: The model.
        splits: From :func:`read_splits`.
        ctx: Line to whoever runs the job.
        map_at: Length of the list that counts for mAP, None for the whole gallery.
        normalizer: See :func:`engine.evaluation.metrics.average_precision`.
        batch_size: Photos in one forward pass.
        workers: Decode threads; one a core by default.

    Raises:
        InputError: FS-002, no query or no photo of the gallery can be read.
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    samples = (*splits.queries, *splits.gallery)
    encoded = encode_files(
        encoder, [sample.path for sample in samples], ctx, batch_size=batch_size, workers=workers
    )
    everything = Coded(encoded.codes, _label_numbers(samples))
    is_query = np.arange(len(samples)) < len(splits.queries)
    queries = everything[is_query & encoded.readable]
    gallery = everything[~is_query & encoded.readable]
    if not len(queries) or not len(gallery):
        raise InputError(
            "FS-002",
            name=str(splits.source),
            reason="none of its queries, or none of its gallery, can be read as a photo",
            advice=str(next(iter(encoded.failures.values()))),
        )
    scores = score(queries, gallery, ctx, map_at=map_at, normalizer=normalizer)
    return {
        **scores,
        "queries": len(queries),
        "gallery": len(gallery),
        "labels": len(np.unique(everything.labels)),
        "bits": encoder.num_bits,
        "shuffle_seed": SHUFFLE_SEED,
        "split": str(splits.source),
        "root": str(splits.root),
        **_accounts(samples, encoded),
    }


def score(
    queries: Coded,
    gallery: Coded,
    ctx: JobContext | None = None,
    *,
    map_at: int | None = 1000,
    normalizer: Normalizer = "retrieved",
) -> dict[str, Any]:
    """Return the metrics of codes, averaged over all queries; one query is ranked at a time."""
    ctx = ctx or JobContext()
    gallery = gallery[np.random.default_rng(SHUFFLE_SEED).permutation(len(gallery))]
    rows = []
    for number, (code, label) in enumerate(zip(queries.codes, queries.labels, strict=True)):
        ctx.checkpoint()
        ranking = rank(hamming(code, gallery.codes), gallery.labels == label)
        rows.append(
            [
                average_precision(ranking, map_at, normalizer),
                expected_average_precision(ranking, map_at, normalizer),
                ball_precision(ranking, RADIUS),
                ball_size(ranking, RADIUS) == 0,
                *(precision_at(ranking, at) for at in PRECISION_AT),
            ]
        )
        ctx.progress("Ranking", number + 1, len(queries))
    means = [float(mean) for mean in np.mean(rows, axis=0)]
    return {
        "map": means[0],
        "map_at": "all" if map_at is None else map_at,
        "map_expected_ties": means[1],
        "map_normalizer": normalizer,
        "p_at": {str(at): mean for at, mean in zip(PRECISION_AT, means[4:], strict=True)},
        "p_at_h2": means[2],
        "empty_balls": means[3],
    }


def _label_numbers(samples: tuple[Sample, ...]) -> NDArray[np.int64]:
    names = np.array([sample.label for sample in samples])
    numbers: NDArray[np.int64] = np.unique(names, return_inverse=True)[1].astype(np.int64)
    return numbers


def _accounts(samples: tuple[Sample, ...], encoded: EncodedFiles) -> dict[str, Any]:
    readable = max(int(encoded.readable.sum()), 1)
    return {
        "unreadable": len(encoded.failures),
        "problems": [
            {"path": samples[number].name, "code": error.code, "cause": error.message.cause}
            for number, error in encoded.failures.items()
        ],
        "encode_ms": 1000 * encoded.forward_seconds / readable,
        "photos_per_second": readable / encoded.seconds,
    }
