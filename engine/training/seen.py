"""Whether a model has learned from the photos it is measured on, as far as this computer knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from pathlib import Path

from engine.errors import EngineError
from engine.evaluation.splits import Sample, Splits
from engine.models.store import ModelInfo, ModelStore
from engine.paths import Paths
from engine.training.run import Run, RunRequest
from engine.training.source import Source


def has_seen(paths: Paths, model: ModelInfo, task: Splits) -> bool:
    """Whether a model, or one that it was trained further from, has learned from queries.

    Of a training on a folder all that lies in it has been seen, of one by a table (a file of
    splits or labels, or judgements) what that says is trained on. What is searched in may have been
    learned from, as it is in the protocols of the papers. Nothing is known of models that were
    trained elsewhere, nor where the photos of a training are gone.

    Args:
        paths: Of the installation.
        model: What is measured.
        task: On which photos; of judgements nothing is known.
    """
    if task.facts["kind"] == "judgements":
        return False
    asked = _real_paths(task.queries)
    return any(_overlaps(request, asked) for request in _trainings(paths, model))


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


def _overlaps(request: RunRequest, asked: Set[Path]) -> bool:
    if not request.split:
        place = Path(request.folder).resolve()
        return any(folder.is_relative_to(place) for folder in {path.parent for path in asked})
    try:
        return not asked.isdisjoint(_real_paths(Source.of(request).samples))
    except EngineError:  # the table is gone, or its photos
        return False


def _real_paths(samples: Iterable[Sample]) -> set[Path]:
    """Return the files by their real folders, each of which is looked up once."""
    paths = [sample.path for sample in samples]
    folders = {folder: folder.resolve() for folder in {path.parent for path in paths}}
    return {folders[path.parent] / path.name for path in paths}
