"""The arithmetic of a plot, apart from its painting: ranges, scales, ticks, fewer points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

LARGEST = 1e100  # beyond it the arithmetic of an axis would overflow
RECENT_SHARE = 0.2
_ROOM = 0.05  # of the range, above and below the curves
_TAIL = 5.0  # per cent of the values on each side that outliers may hide in
_REACH = 0.5  # of the middle range that still belongs to it
_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Axis:
    """Values along one side of a plot.

    Attributes:
        low: Value at the start.
        high: Value at the end, larger.
        is_log: Whether equal ratios, not differences, are equally far apart.
    """

    low: float
    high: float
    is_log: bool = False

    def place(self, values: Values) -> Values:
        """Return where values are, 0 at the start and 1 at the end; what has no place is NaN."""
        if not self.is_log:
            return (values - self.low) / (self.high - self.low)
        low, high = math.log10(self.low), math.log10(self.high)
        return (log10(values) - low) / (high - low)

    def value(self, place: float) -> float:
        """Return the value at a place."""
        if not self.is_log:
            return self.low + place * (self.high - self.low)
        low, high = math.log10(self.low), math.log10(self.high)
        return float(10 ** (low + place * (high - low)))

    def ticks(self, most: int, *, is_whole: bool = False) -> list[float]:
        """Return round values to write beside the axis.

        Args:
            most: How many have room, roughly.
            is_whole: Leave out what lies between whole numbers.
        """
        if self.is_log and self.high / self.low > 10:
            return _decades(self.low, self.high, most)
        step = _round_step((self.high - self.low) / max(1, most))
        if is_whole:
            step = max(1.0, step)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def digits(ticks: Sequence[float]) -> int:
    """Return how many decimals tell the ticks of an axis apart."""
    for count in range(10):
        if all(
            math.isclose(round(tick, count), tick, rel_tol=1e-6, abs_tol=1e-12) for tick in ticks
        ):
            return count
    return 10


def log10(values: Values) -> Values:
    """Return decimal logarithms, NaN where there is none."""
    return np.log10(np.where(values > 1 / LARGEST, values, np.nan))


def recent(low: float, high: float) -> tuple[float, float]:
    """Return the last fifth of a range."""
    return high - RECENT_SHARE * (high - low), high


def across(values: Values) -> tuple[float, float]:
    """Return the range of positions along the horizontal axis; never empty."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    room = max(0.5, 1e-6 * abs(low))
    return (low, high) if high > low else (low - room, high + room)


def upright(
    values: Values, *, is_log: bool = False, hides_outliers: bool = False, headroom: float = 0.0
) -> Axis:
    """Return the vertical axis that shows values.

    Args:
        values: All that is to be seen; NaN is skipped, and on a logarithmic axis what is not
            positive.
        is_log: Whether it is logarithmic.
        hides_outliers: Whether rare far values may lie outside.
        headroom: Room to leave above the curves, as a share of their range.
    """
    scaled = log10(values) if is_log else values
    scaled = scaled[np.isfinite(scaled)]
    if not len(scaled):
        return Axis(0.1, 1.0, True) if is_log else Axis(0.0, 1.0)
    low, high = float(scaled.min()), float(scaled.max())
    if hides_outliers:
        low, high = _middle(scaled)
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # a constant
        room = 0.1 if is_log else (0.1 * abs(low) or 0.5)
    else:
        room = _ROOM * (high - low)
    bottom, top = low - room, high + room + headroom * (high - low)
    if is_log:
        return Axis(10**bottom, 10**top, True)
    return Axis(max(bottom, 0.0) if low >= 0 else bottom, top)


@dataclass(frozen=True)
class Columns:
    """Many points put together column by column; NaN where a column has none.

    Attributes:
        places: Middle of each column.
        lowest: Least height in it.
        mean: Mean height.
        highest: Greatest height.
    """

    places: Values
    lowest: Values
    mean: Values
    highest: Values


def by_column(places: Values, heights: Values, width: float) -> Columns:
    """Put points together that are drawn in the same column of the screen.

    Args:
        places: Ascending, in pixels, at least one.
        heights: Of the same length, NaN for gaps.
        width: Of a column in pixels.
    """
    column = np.floor(places / width).astype(np.int64)
    starts = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])
    is_gap = np.isnan(heights)
    number = np.add.reduceat((~is_gap).astype(np.float64), starts)
    total = np.add.reduceat(np.where(is_gap, 0.0, heights), starts)
    lowest = np.minimum.reduceat(np.where(is_gap, np.inf, heights), starts)
    highest = np.maximum.reduceat(np.where(is_gap, -np.inf, heights), starts)
    is_empty = number == 0
    lowest[is_empty] = highest[is_empty] = np.nan
    mean: Values = np.where(is_empty, np.nan, total / np.maximum(number, 1))
    places = np.asarray((column[starts] + 0.5) * width, np.float64)
    return Columns(places, lowest, mean, highest)


def _middle(scaled: Values) -> tuple[float, float]:
    low, high = np.percentile(scaled, (_TAIL, 100 - _TAIL))
    reach = _REACH * (high - low)
    return max(float(scaled.min()), low - reach), min(float(scaled.max()), high + reach)


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))


def _decades(low: float, high: float, most: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1, 2, 5), (1, 3), (1,)):
        ticks = [f * 10.0**power for power in range(first, last + 1) for f in factors]
        ticks = [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if len(ticks) <= max(2, most):
            return ticks
    return ticks[:: math.ceil(len(ticks) / max(2, most))]
