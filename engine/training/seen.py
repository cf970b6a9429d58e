"""Whether a model has learned from the photos it is measured on, as far as this computer knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.errors import EngineError
from engine.evaluation.splits import Splits
from engine.models.store import ModelInfo, ModelStore
from engine.paths import Paths
from engine.training.run import Run, RunRequest


def has_seen(paths: Paths, model: ModelInfo, task: Splits) -> bool:
    """Whether a model, or one that it was trained further from, was trained where queries lie.

    A file of splits tells what is trained on from what is asked: by the same file nothing is seen.
    What is searched in may have been learned from, as it is in the protocols of the papers. Of
    models that were trained elsewhere nothing is known.

    Args:
        paths: Of the installation.
        model: What is measured.
        task: On which photos; of judgements nothing is known.
    """
    if task.facts["kind"] == "judgements":
        return False
    return any(_overlaps(request, task) for request in _trainings(paths, model))


def _trainings(paths: Paths, model: ModelInfo) -> Iterator[RunRequest]:
    """Yield what was asked of the training of a model and of those before it."""
    known = {each.id: each for each in ModelStore(paths).list()}
    wanted: str | None = model.id
    while wanted in known:
        parent = known.pop(wanted).manifest.parent
        try:
            run = Run.open(paths, wanted)
            if run.is_finished and run.read_facts()["model"] == wanted:
                yield run.request()
        except EngineError:  # it was trained elsewhere, or its run is gone
            pass
        wanted = parent


def _overlaps(request: RunRequest, task: Splits) -> bool:
    if request.split and Path(request.split).resolve() == task.source.resolve():
        return False
    place = Path(request.folder or Path(request.split).parent).resolve()
    asked = {query.path.parent for query in task.queries}
    return any(folder.resolve().is_relative_to(place) for folder in asked)
