"""Where in a photo its likeness to another one lies: the maps of all bits, added up for the match.

The target is t = sum_b u_b(q) b_b(r), the inner product of one photo's logits u with the other's
code b in {-1, +1}: what each bit of this photo says for the value that the other one has.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.explain.bit_map import BitMap
from engine.explain.captions import describe_match_map


def match_map(
    maps: Sequence[BitMap], other: NDArray[np.uint8], ignore: Collection[int] = ()
) -> BitMap | None:
    """Return the map of what speaks for a match in one of its photos.

    Args:
        maps: Of every bit of this photo.
        other: Bits of the other photo's code, 0 or 1, shape (num_bits,); for the map of a query
            with those turned round that it is searched for the other way round.
        ignore: Bits that do not count.

    Returns:
        The mean of the maps of the bits that count, the sign changed of those whose bit is off in
        the other photo; None where they are not exact, for others do not add up, or where no bit
        counts.

    Raises:
        ValueError: Not every bit has one map.
    """
    if sorted(-1 if each.bit is None else each.bit for each in maps) != list(range(len(other))):
        raise ValueError(f"{len(maps)} maps for {len(other)} bits")
    if any(each.kind != "exact" for each in maps):
        return None
    counting = [each for each in maps if each.bit not in ignore]
    if not counting:
        return None
    signs = [2.0 * other[each.bit] - 1 for each in counting if each.bit is not None]
    shares = [sign / len(counting) for sign in signs]

    def total(values: Sequence[float]) -> float:
        return float(np.dot(shares, values))

    logit, constant = (
        total([getattr(each, name) for each in counting]) for name in ("logit", "constant")
    )
    return replace(
        maps[0],
        values=np.tensordot(shares, [each.values for each in counting], 1).astype(np.float32),
        bit=None,
        logit=logit,
        caption=describe_match_map(logit, constant),
        constants={"of all bits": constant},
        parts=(),
    )
