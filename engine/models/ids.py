"""Ids of models: how a name becomes one, and which ones are allowed."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from engine.errors import InputError
from engine.models.manifest import MAX_ID, check_id


def model_id(name: str) -> str:
    """Return the id that belongs to a name, e.g. ``my-meals-64`` to ``My meals (64)``.

    Raises:
        InputError: FS-002, no letter or digit is left.
    """
    kept = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name.lower())
    id = "-".join(part for part in kept.split("-") if part)[:MAX_ID].strip("-")
    if not id:
        reason, advice = "it has no letter from a to z and no digit", "Choose another name."
        raise InputError("FS-002", name=name, reason=reason, advice=advice)
    require_id(id, name)
    return id


def require_id(id: str, name: str = "") -> None:
    """Check an id that the user wrote, or that comes from this name.

    Raises:
        InputError: FS-002, it is none.
    """
    try:
        check_id(id)
    except ValueError as error:
        advice = "Use the letters a to z, digits and single hyphens."
        raise InputError("FS-002", name=name or id, reason=str(error), advice=advice) from error


def free_id(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """Return an id, or the first of ``wanted-2``, ``wanted-3``, ... that is free."""
    ends = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    ids = (wanted[: MAX_ID - len(end)].rstrip("-") + end for end in ends)
    return next(id for id in ids if not is_taken(id))
