"""How well a model retrieves: encode the splits, rank the gallery for every query, average."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray
from engine.errors import InputError
from engine.evaluation.bits import describe_bits
from engine.evaluation.code_map import map_codes
from engine.evaluation.condensed import Verdicts
from engine.evaluation.confusions import Confusions, describe_labels
from engine.evaluation.curves import Curves
from engine.evaluation.encoding import EncodedFiles, encode_files
from engine.evaluation.examples import Examples
from engine.evaluation.learned import check_learned, score_learned
from engine.evaluation.metrics import Normalizer
from engine.evaluation.scoring import SHUFFLE_SEED, Coded, score_queries
from engine.evaluation.splits import Sample, Splits
from engine.evaluation.timing import time_photos, time_searches
from engine.events import JobContext
from engine.memory import peak_bytes
from engine.pipeline import PhotoEncoder
from engine.storage import content_hash


def evaluate(
    encoder: PhotoEncoder,
    splits: Splits,
    ctx: JobContext | None = None,
    *,
    map_at: int | None = None,
    normalizer: Normalizer = "retrieved",
    learned: Mapping[str, CodeArray] | None = None,
    with_map: bool = False,
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
        learned: Packed codes, shape (bytes,), that a method learned together with the labels of
            gallery photos, by :attr:`Sample.name`. They are scored beside the encoded ones.
        with_map: Whether to draw the map of the codes, which takes some 10 seconds.
        batch_size: Photos in one forward pass.
        workers: Decode threads; one a core by default.

    Raises:
        InputError: FS-002, no query or no photo of the gallery can be read; or the learned codes
            are of another length, or of other photos.
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    if learned is not None:
        names = [sample.name for sample in splits.gallery]
        check_learned(learned, names, encoder.num_bits)  # before hours of encoding
    samples = (*splits.queries, *splits.gallery)
    encoded = encode_files(
        encoder, [sample.path for sample in samples], ctx, batch_size=batch_size, workers=workers
    )
    names, labels = _number_labels(samples)
    everything = Coded(encoded.codes, labels)
    is_query = np.arange(len(samples)) < len(splits.queries)
    asked, searched = is_query & encoded.readable, ~is_query & encoded.readable
    queries, gallery = everything[asked], everything[searched]
    if not len(queries) or not len(gallery):
        raise _nothing_readable(splits, encoded)
    bits = encoder.num_bits
    verdicts = _readable_verdicts(splits, encoded)
    judged = [sum(counts) for counts in verdicts.counts()] if verdicts else None
    longest = max(1, *judged) if judged else len(gallery)
    curves, confusions, examples = Curves(longest, bits), Confusions(len(names)), Examples()
    rule: dict[str, Any] = {"map_at": map_at, "normalizer": normalizer}
    watching = (curves, confusions, examples)
    scores = score_queries(queries, gallery, ctx, **rule, observers=watching, verdicts=verdicts)
    asked_for = [samples[row] for row in np.flatnonzero(asked)]
    searched_in = [samples[row] for row in np.flatnonzero(searched)]
    # Judged pairs have no dish of their own that could be taken for another.
    confused = confusions.summary(names if verdicts is None else ())
    result = {
        **scores.means(),
        "map_at": "all" if map_at is None else map_at,
        "map_normalizer": normalizer,
        "queries": len(queries),
        "gallery": len(gallery),
        "labels": len(names if verdicts is None else queries),
        "bits": bits,
        "shuffle_seed": SHUFFLE_SEED,
        "split": _readable(splits.source),
        "root": str(splits.root),
        "task": dict(splits.facts),
        "task_id": task_id(splits),
        **_accounts(samples, encoded),
        "curves": curves.summary(),
        "per_label": describe_labels(scores, queries.labels, gallery.labels, names, judged),
        "per_query": {
            "photos": [sample.name for sample in asked_for],
            "ap": scores.ap.tolist(),
        },
        "confusions": confused,
        "examples": examples.summary(scores.ap, asked_for, searched_in, confused["pairs"]),
        "bit_use": describe_bits(gallery.codes, bits),
    }
    if learned is not None:
        result["db_learned"] = score_learned(
            learned, [sample.name for sample in searched_in], queries, gallery, bits, ctx, rule
        )
    if with_map:
        result["map_of_codes"] = map_codes(
            everything.codes[encoded.readable], [*asked_for, *searched_in], ctx
        )
    result["times"] = {
        **time_photos(encoder, [sample.path for sample in asked_for], ctx),
        **time_searches(queries.codes, gallery.codes, bits, ctx),
    }
    result["memory"] = {"peak_bytes": peak_bytes()}
    return result


def task_id(splits: Splits) -> str:
    """Return what tells a task from another: its photos, their roles and what is right."""
    task = (
        [(sample.name, sample.label) for sample in splits.queries],
        [(sample.name, sample.label) for sample in splits.gallery],
        [sorted(judged.items()) for judged in splits.verdicts.of_query]
        if splits.verdicts
        else None,
    )
    return content_hash(repr(task).encode())


def _readable_verdicts(splits: Splits, encoded: EncodedFiles) -> Verdicts | None:
    """Return the verdicts on photos that could be read, numbered as these are."""
    if splits.verdicts is None:
        return None
    border = len(splits.queries)
    return splits.verdicts.keep(encoded.readable[:border], encoded.readable[border:])


def _number_labels(samples: Sequence[Sample]) -> tuple[list[str], NDArray[np.int64]]:
    """Return the labels, sorted, and which of them each sample has."""
    names, numbers = np.unique([sample.label for sample in samples], return_inverse=True)
    return names.tolist(), numbers.astype(np.int64)


def _readable(path: Path) -> str:
    # File names may hold any byte; a report is UTF-8.
    return os.fsencode(path).decode("utf-8", "replace")


def _nothing_readable(splits: Splits, encoded: EncodedFiles) -> InputError:
    return InputError(
        "FS-002",
        name=str(splits.source),
        reason="none of its queries, or none of its gallery, can be read as a photo",
        advice=str(next(iter(encoded.failures.values()))),
    )


def _accounts(samples: Sequence[Sample], encoded: EncodedFiles) -> dict[str, Any]:
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
