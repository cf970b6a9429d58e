"""What an explanation is: maps over a photo's own pixels, each with what it does and does not mean.

Knows no torch, so that maps can be drawn in any thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.preprocessing import Box

Kind = Literal["exact", "attention", "gradient", "occlusion"]
KINDS: tuple[Kind, ...] = ("exact", "attention", "gradient", "occlusion")


@dataclass(frozen=True)
class BitMap:
    """One map of a photo, of one bit or of the network's attention as a whole.

    Attributes:
        values: On the grid of the network, shape (h, w). Signed: positive pushes the bit on.
            Attention is unsigned: how much was looked at.
        bit: Whose map it is; None for attention that belongs to no single bit.
        logit: Of the bit; NaN without one.
        kind: "exact" if ``values.sum() + constant`` is the logit, "attention" for what was looked
            at, "gradient" and "occlusion" for estimates from outside.
        region: The part of the picture that the grid covers, as left, top, right, bottom in the
            picture's own upright pixels.
        picture_size: Width and height of the upright picture.
        caption: What the map means, and what it does not.
        name: Which map it is, such as "rollout"; of a bit's parts, which part.
        constants: Of exact maps, by name: shares of the logit that have no place.
        parts: Maps that add up to this one, each on a grid of its own; none if there is only one.
    """

    values: NDArray[np.float32]
    bit: int | None
    logit: float
    kind: Kind
    region: Box
    picture_size: tuple[int, int]
    caption: str
    name: str = ""
    constants: Mapping[str, float] = field(default_factory=dict)
    parts: tuple[BitMap, ...] = ()

    @property
    def constant(self) -> float:
        """The sum of the constants: what of the logit has no place in the picture."""
        return float(sum(self.constants.values()))

    @property
    def signed(self) -> bool:
        """Whether values below zero mean the opposite of values above."""
        return self.kind != "attention"

    def on_picture(self, width: int, height: int) -> NDArray[np.float32]:
        """Return the map over the whole picture drawn at a size; NaN where the network saw nothing.

        Values between the middles of the grid's cells are interpolated; crop and resize of the
        photo are undone.

        Args:
            width: Of the drawn picture in pixels, whatever size its file has.
            height: Likewise.
        """
        left, top, right, bottom = self.region
        columns = _positions(width, self.picture_size[0], left, right)
        rows = _positions(height, self.picture_size[1], top, bottom)
        between_rows = _interpolation(rows, self.values.shape[0])
        between_columns = _interpolation(columns, self.values.shape[1])
        drawn = between_rows @ self.values.astype(np.float32) @ between_columns.T
        drawn[(rows < 0) | (rows > 1)] = np.nan
        drawn[:, (columns < 0) | (columns > 1)] = np.nan
        return drawn

    def at(self, x: float, y: float) -> float | None:
        """Return the value of the cell under a point of the upright picture, None outside."""
        left, top, right, bottom = self.region
        if not (left <= x <= right and top <= y <= bottom):
            return None
        height, width = self.values.shape
        column = min(int((x - left) / (right - left) * width), width - 1)
        row = min(int((y - top) / (bottom - top) * height), height - 1)
        return float(self.values[row, column])


@dataclass(frozen=True)
class Explanation:
    """What a model saw in a photo.

    Attributes:
        maps: One a bit that was asked for, in that order.
        attention: The map that says best what the network looked at as a whole; None if it has no
            attention of its own.
        views: All such maps, that one first.
        logits: Of all bits, shape (num_bits,); bit = 1 iff logit > 0.
        picture_size: Width and height of the upright picture.
        kinds: The kinds of bit maps that this model offers, the best first.
        parts: Names of the maps that add up to those of the best kind; none if there is only one.
    """

    maps: tuple[BitMap, ...]
    attention: BitMap | None
    views: tuple[BitMap, ...]
    logits: NDArray[np.float32]
    picture_size: tuple[int, int]
    kinds: tuple[Kind, ...]
    parts: tuple[str, ...] = ()


def _positions(drawn: int, own: int, start: float, end: float) -> NDArray[np.float64]:
    """Return where the middles of drawn pixels lie in the region: 0 its start, 1 its end."""
    middles = (np.arange(drawn) + 0.5) * own / drawn
    return (middles - start) / (end - start)


def _interpolation(positions: NDArray[np.float64], cells: int) -> NDArray[np.float32]:
    """Return the weights of the cells at each position, shape (positions, cells)."""
    places = np.clip(positions * cells - 0.5, 0, cells - 1)
    before = np.minimum(places.astype(np.intp), max(cells - 2, 0))
    after = np.minimum(before + 1, cells - 1)
    share = (places - before).astype(np.float32)
    weights = np.zeros((len(positions), cells), np.float32)
    rows = np.arange(len(positions))
    np.add.at(weights, (rows, before), 1 - share)
    np.add.at(weights, (rows, after), share)
    return weights
