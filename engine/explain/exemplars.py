"""Photos that show what a bit is: those it is surest of, and those it can hardly decide.

A library keeps codes, and codes do not tell how sure a bit was. So some photos are drawn and
encoded again, once for all bits. An exemplar is the best of those drawn, not of the whole library.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, IdArray
from engine.events import JobContext
from engine.explain.samples import draw_photos, read_pictures
from engine.library.catalogue import Catalogue

if TYPE_CHECKING:
    from engine.search.encode import Encoder

SHOWN = 6
_BATCH = 16


@dataclass(frozen=True)
class Margins:
    """The logits of photos that were drawn from a library.

    Attributes:
        ids: Shape (n,).
        logits: Shape (n, num_bits).
        drawn_from: How many photos the library had.
    """

    ids: IdArray
    logits: NDArray[np.float32]
    drawn_from: int


@dataclass(frozen=True)
class Exemplar:
    """A photo and the logit of the bit in question."""

    photo_id: int
    logit: float


@dataclass(frozen=True)
class Exemplars:
    """What shows a bit.

    Attributes:
        on: Photos with the bit on, the surest first.
        off: Photos with the bit off, the surest first.
        boundary: Photos nearest to the boundary, of either side, the nearest first.
        drawn: Of how many photos they are the best.
    """

    on: tuple[Exemplar, ...]
    off: tuple[Exemplar, ...]
    boundary: tuple[Exemplar, ...]
    drawn: int


def measure_margins(
    encoder: Encoder,
    catalogue: Catalogue,
    ids: IdArray,
    codes: CodeArray,
    ctx: JobContext | None = None,
) -> Margins:
    """Draw photos of a library and encode them again; those that cannot be read are left out.

    Args:
        encoder: The model.
        catalogue: The library.
        ids: Its photos with a code, shape (n,).
        codes: Their codes, packed, shape (n, bytes).
        ctx: Line to whoever runs the job; interactive work is served between photos.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    drawn = draw_photos(ids, codes, encoder.num_bits)
    found: list[int] = []
    rows: list[NDArray[np.float32]] = []
    batch: list[NDArray[np.uint8]] = []
    for photo_id, picture in read_pictures(catalogue, drawn, encoder.decode_side, ctx):
        found.append(photo_id)
        batch.append(encoder.prepare(picture))
        if len(batch) == _BATCH:
            rows.append(encoder.encode(np.stack(batch)))
            batch = []
            ctx.progress("Looking at examples", len(found), len(drawn))
    if batch:
        rows.append(encoder.encode(np.stack(batch)))
    logits = np.concatenate(rows) if rows else np.empty((0, encoder.num_bits), np.float32)
    return Margins(np.array(found, np.int64), logits, len(ids))


def choose_exemplars(margins: Margins, bit: int, shown: int = SHOWN) -> Exemplars:
    """Return the photos that show a bit, equal ones by id."""
    logits = margins.logits[:, bit]
    falling = np.argsort(-logits, kind="stable")
    rising = np.argsort(logits, kind="stable")
    near = np.argsort(np.abs(logits), kind="stable")

    def told(rows: Iterable[int]) -> tuple[Exemplar, ...]:
        return tuple(Exemplar(int(margins.ids[row]), float(logits[row])) for row in rows)

    return Exemplars(
        on=told(row for row in falling[:shown].tolist() if logits[row] > 0),
        off=told(row for row in rising[:shown].tolist() if logits[row] <= 0),
        boundary=told(near[:shown].tolist()),
        drawn=len(logits),
    )
