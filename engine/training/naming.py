"""Names for new models."""

from __future__ import annotations

import itertools

from engine.models.ids import model_id
from engine.models.manifest import MAX_ID
from engine.paths import Paths
from engine.training.run import is_taken


def free_name(paths: Paths, wanted: str) -> str:
    """Return a name, or the first of ``wanted-2``, ``wanted-3``, ... that a new run can have.

    Raises:
        InputError: FS-002, no model can have such a name.
    """
    if not is_taken(paths, model_id(wanted)):
        return wanted
    ends = (f"-{number}" for number in itertools.count(2))
    # An id ends after so many letters, and with a longer name it would end before the number.
    names = (f"{wanted[: MAX_ID - len(end)]}{end}" for end in ends)
    return next(name for name in names if not is_taken(paths, model_id(name)))
