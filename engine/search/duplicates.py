"""Photos that are nearly the same picture, recognised by their codes."""

from __future__ import annotations

import numpy as np

from engine.codes import CodeArray, IdArray, hamming
from engine.methods import METHODS

NEAR_DUPLICATE_BITS = 2
_SHORTEST = 32  # bits; in shorter codes different photos meet too often


def near_duplicate_distance(method: str, num_bits: int) -> int | None:
    """Return how close the codes of near-duplicates are, None if these codes cannot tell.

    A method that learns from labels draws all photos of a dish together, and a short code leaves
    no room between them: there a small distance means "the same dish", not "the same picture".
    """
    learns_dishes = method in METHODS and METHODS[method].needs_labels
    return None if learns_dishes or num_bits < _SHORTEST else NEAR_DUPLICATE_BITS


def group_near_duplicates(
    ids: IdArray,
    codes: CodeArray,
    threshold: int = NEAR_DUPLICATE_BITS,
    *,
    limit: int | None = None,
) -> list[tuple[int, ...]]:
    """Return groups of ids, each led by its first id; all lie close to the leader's code.

    An id joins the first leader it is close to, so groups do not grow along chains, and what
    follows later in the list changes no group's leader.

    Args:
        ids: In the order of a ranking, shape (n,).
        codes: Their packed codes, shape (n, bytes).
        threshold: The largest distance, inclusive.
        limit: Stop after so many groups.
    """
    groups: list[tuple[int, ...]] = []
    is_free = np.ones(len(ids), bool)
    for leader in range(len(ids)):
        if len(groups) == limit:
            break
        if is_free[leader]:
            is_near = is_free & (hamming(codes, codes[leader]) <= threshold)
            is_free &= ~is_near
            groups.append(tuple(ids[is_near].tolist()))
    return groups


def each_alone(ids: IdArray, *, limit: int) -> list[tuple[int, ...]]:
    """Return groups of one, as if no two photos were alike."""
    return [(photo_id,) for photo_id in np.asarray(ids[:limit]).tolist()]
