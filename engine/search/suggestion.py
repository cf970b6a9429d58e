"""What the suggestions of a library are worth: measured on its own labelled photos, then kept.

Some photos are drawn, each asks for its neighbours as if it were new, and what they suggest is
compared with its label. A photo has no vote on itself, and neither have near-duplicates: they would
flatter the answer. The measure holds for new photos of dishes that the library knows. It flatters a
model that was trained on these very photos, and it says nothing of dishes the library lacks.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeAlias

import numpy as np

from engine.codes import IdArray
from engine.events import JobContext
from engine.index.flat import FlatIndex
from engine.search.calibration import Calibration, Case, calibrate
from engine.search.votes import VOTERS, Ballot, vote
from engine.storage import write_json

LabelsOf: TypeAlias = Callable[[Sequence[int]], Mapping[int, str | None]]

SAMPLES = 1000  # photos that are asked; more make the curve no better
_FILE = "suggestions.json"
_SPARE = 10  # neighbours more than vote, for the near-duplicates among them
_BATCH = 64  # questions between two checkpoints
_SEED = 0

logger = logging.getLogger(__name__)


def measure_suggestions(
    index: FlatIndex, labels_of: LabelsOf, near: int | None, ctx: JobContext
) -> Calibration | None:
    """Return how far votes can be believed in a library; None if too few photos have labels.

    Args:
        index: Of the library's codes.
        labels_of: Returns the labels of photos by id, None for those without.
        near: Distance up to which codes are taken for the same picture; None if they cannot tell.
        ctx: Line to whoever runs the job.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ids = index.ids
    drawn = np.random.default_rng(_SEED).permutation(ids)[:SAMPLES]
    cases: list[Case] = []
    for start in range(0, len(drawn), _BATCH):
        ctx.checkpoint()
        cases += _cases(index, labels_of, drawn[start : start + _BATCH], near)
        ctx.progress("Checking suggestions", min(start + _BATCH, len(drawn)), len(drawn))
    return calibrate(cases)


def read_calibration(folder: Path) -> Calibration | None:
    """Return what was measured and kept in the folder of an index, None if nothing can be read."""
    try:
        values = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        kept = Calibration(**values)
        if not np.isfinite(list(asdict(kept).values())).all():
            return None
    except (OSError, ValueError, TypeError):
        return None
    return kept


def keep_calibration(folder: Path, calibration: Calibration | None) -> None:
    """Keep a measure beside an index; it is a cache, and a disk that refuses is only logged."""
    try:
        if calibration is None:
            (folder / _FILE).unlink(missing_ok=True)
        else:
            write_json(folder / _FILE, asdict(calibration))
    except OSError as error:
        logger.warning("what suggestions are worth could not be kept in %s: %s", folder, error)


def _cases(index: FlatIndex, labels_of: LabelsOf, asked: IdArray, near: int | None) -> list[Case]:
    found = index.search(index.codes_of(asked), 1 + VOTERS + _SPARE)
    neighbours: list[list[tuple[int, int]]] = []
    for photo_id, ids, distances in zip(asked, found.ids, found.distances, strict=True):
        others = (ids != photo_id) & (distances > (-1 if near is None else near))
        nearest = zip(ids[others].tolist(), distances[others].tolist(), strict=True)
        neighbours.append(list(nearest)[:VOTERS])
    wanted = {int(photo_id) for photo_id in asked}
    wanted |= {photo_id for pairs in neighbours for photo_id, _ in pairs}
    labels = labels_of(sorted(wanted))
    cases: list[Case] = []
    for photo_id, pairs in zip(asked.tolist(), neighbours, strict=True):
        truth = labels.get(photo_id)
        if truth is not None:
            ballots = [Ballot(other, labels.get(other), distance) for other, distance in pairs]
            cases.append((vote(ballots), truth))
    return cases
