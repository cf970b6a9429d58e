"""What a training changed, for people to see: the same photos searched with two models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, hamming
from engine.errors import TrainingError
from engine.evaluation.difference import Difference, compare_precisions
from engine.evaluation.encoding import encode_files
from engine.evaluation.scoring import Coded, score_queries
from engine.evaluation.splits import Sample
from engine.events import JobContext
from engine.search.encode import Encoder
from engine.training.run import Run
from engine.training.source import Source, is_there

_MOST_QUERIES = 1000


@dataclass(frozen=True)
class StripHit:
    """A photo found.

    Attributes:
        path: Of the photo.
        label: Its class.
        is_right: Whether that is the class of the query.
        distance: Bits that differ.
    """

    path: Path
    label: str
    is_right: bool
    distance: int


@dataclass(frozen=True)
class Strip:
    """What a model found for a query, the nearest first."""

    hits: tuple[StripHit, ...]


@dataclass(frozen=True)
class ComparedQuery:
    """A photo that was searched with both models.

    Attributes:
        path: Of the photo.
        label: Its class.
        before: What the first model found.
        after: What the second one found.
    """

    path: Path
    label: str
    before: Strip
    after: Strip


@dataclass(frozen=True)
class Comparison:
    """Two models, on the photos that a training held back.

    Attributes:
        pairs: Some of the queries, of as many classes as possible.
        before_map: mAP of the first model over all queries, the figure of the validation.
        after_map: The same of the second one.
        difference: Of the two figures, and how sure it is.
    """

    pairs: tuple[ComparedQuery, ...]
    before_map: float
    after_map: float
    difference: Difference


def compare_models(
    before: Encoder,
    after: Encoder,
    run: Run,
    ctx: JobContext | None = None,
    *,
    queries: int = 12,
    top: int = 6,
    workers: int | None = None,
) -> Comparison:
    """Search the photos that a run held back among those it trained on, with two models.

    Queries and gallery are those of the run's validation, so they are the same at every call;
    photos that cannot be read any more are passed over.

    Args:
        before: The model it was before the run, or any other.
        after: The model of the run.
        run: Whose photos.
        ctx: Line to whoever runs the job.
        queries: At most so many are shown.
        top: Length of the strips.
        workers: Decode threads; one a core by default.

    Raises:
        TrainingError: FS-513, the photos are not there; FS-519, none was held back or is left.
        InputError: FS-002, the folder or file of the photos is gone.
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    asked, searched = _photos_of(run)
    files = [sample.path for sample in (*asked, *searched)]
    encoded = [encode_files(encoder, files, ctx, workers=workers) for encoder in (before, after)]
    is_left = encoded[0].readable & encoded[1].readable
    rows = np.flatnonzero(is_left[: len(asked)])
    gallery = np.flatnonzero(is_left[len(asked) :]) + len(asked)
    if not len(rows) or not len(gallery):
        raise _refusal(run, "none of the photos it held back can be read any more")
    samples = (*asked, *searched)
    labels = np.unique([sample.label for sample in samples], return_inverse=True)[1]
    reached = [_average_precisions(found.codes, labels, rows, gallery) for found in encoded]
    pairs = []
    for row in _spread(rows, samples, queries, run.request().config.seed):
        strips = (_search(found.codes, row, gallery, samples, top) for found in encoded)
        pairs.append(ComparedQuery(samples[row].path, samples[row].label, *strips))
    before_map, after_map = (float(precisions.mean()) for precisions in reached)
    return Comparison(tuple(pairs), before_map, after_map, compare_precisions(*reached))


def _photos_of(run: Run) -> tuple[list[Sample], list[Sample]]:
    """Return the photos a run held back, and those they were searched in; some may be gone."""
    request, facts = run.request(), run.read_facts() if run.has_begun else {}
    if not facts.get("queries"):
        raise _refusal(run, "it held no photos back")
    if request.folder and not is_there(Path(request.folder)):
        raise TrainingError("FS-513", path=request.folder)
    known = {sample.name: sample for sample in Source.of(request).samples}
    asked, searched = (
        [known[name] for name in facts[part] if name in known] for part in ("queries", "gallery")
    )
    if len(asked) > _MOST_QUERIES:
        rng = np.random.default_rng(request.config.seed)
        chosen = rng.choice(len(asked), _MOST_QUERIES, replace=False)
        asked = [asked[number] for number in np.sort(chosen)]
    if not asked or not searched:
        raise _refusal(run, "none of the photos it held back is there any more")
    return asked, searched


def _search(
    codes: CodeArray,
    row: int,
    gallery: NDArray[np.int64],
    samples: Sequence[Sample],
    top: int,
) -> Strip:
    distances = hamming(codes[gallery], codes[row])
    nearest = np.argsort(distances, kind="stable")[:top].tolist()
    label = samples[row].label
    hits = []
    for place in nearest:
        sample = samples[int(gallery[place])]
        is_right = sample.label == label
        hits.append(StripHit(sample.path, sample.label, is_right, int(distances[place])))
    return Strip(tuple(hits))


def _average_precisions(
    codes: CodeArray,
    labels: NDArray[np.int64],
    rows: NDArray[np.int64],
    gallery: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return what each query reaches, the figure of which the validation takes the mean."""
    queries, searched = (Coded(codes[part], labels[part]) for part in (rows, gallery))
    return score_queries(queries, searched, map_at=None).ap_expected


def _spread(rows: NDArray[np.int64], samples: Sequence[Sample], count: int, seed: int) -> list[int]:
    """Return some of the queries: one of each class, then another one of each, and so on."""
    order = np.random.default_rng(seed).permutation(rows).tolist()
    turns: Counter[str] = Counter()
    ranks = {}
    for row in order:
        ranks[row] = turns[samples[row].label]
        turns[samples[row].label] += 1
    chosen = sorted(order, key=ranks.__getitem__)[:count]
    return sorted(chosen, key=lambda row: (samples[row].label, row))


def _refusal(run: Run, reason: str) -> TrainingError:
    return TrainingError("FS-519", name=run.name, reason=reason)
