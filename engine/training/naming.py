"""Names for new models."""

from __future__ import annotations

import itertools

from engine.errors import InputError
from engine.models.ids import model_id
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.training.run import list_runs


def free_name(paths: Paths, wanted: str) -> str:
    """Return a name, or the first of ``wanted-2``, ``wanted-3``, ... that no model or run has."""
    taken = {model.id for model in ModelStore(paths).list()}
    taken |= {run.name for run in list_runs(paths)}
    names = itertools.chain([wanted], (f"{wanted}-{number}" for number in itertools.count(2)))
    try:
        return next(name for name in names if model_id(name) not in taken)
    except InputError:  # no name at all; whoever begins a run with it is told so
        return wanted
