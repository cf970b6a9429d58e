"""What a training has told so far: its curves, how fast it is, how long it still takes. No Qt."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import Progress, SoFar
from foodsearch_gui.core import wording

TOTAL = "total"
NOTHING_YET = SoFar()
_MOST_POINTS = 100_000  # of a curve; ten a second are as many in three hours


@dataclass
class Points:
    """A curve that grows."""

    xs: array[float] = field(default_factory=lambda: array("d"))
    ys: array[float] = field(default_factory=lambda: array("d"))

    def add(self, x: float, y: float | None) -> None:
        """Append a point; None is a gap."""
        self.xs.append(x)
        self.ys.append(math.nan if y is None else y)
        if len(self.xs) > _MOST_POINTS:
            self.xs, self.ys = self.xs[::2], self.ys[::2]


class Stopwatch:
    """Seconds that something ran, without its pauses.

    Args:
        seconds: Where it begins.
        clock: Monotonic time in seconds.
    """

    def __init__(self, seconds: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds = seconds
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """How long it ran."""
        return self._seconds + (0.0 if self._since is None else self._clock() - self._since)

    @property
    def is_running(self) -> bool:
        """Whether time counts at present."""
        return self._since is not None

    def run(self, is_on: bool) -> None:
        """Let it run, or hold it."""
        if is_on != self.is_running:
            self._seconds = self.seconds
            self._since = self._clock() if is_on else None


class RunRecord:
    """Gathers the reports of one training.

    Args:
        epochs: How many it is to have, 0 for a method without epochs.
        history: Of the epochs that were done before.
        patience: Validations without gain after which it ends by itself, 0 for never.
        so_far: What it came to before.
        clock: Monotonic time in seconds.

    Attributes:
        losses: Curve of each term over the epochs, the total first.
        figures: Validation mAP over the epochs.
        watch: Time since it began.
        best_epoch: The epoch whose weights are kept, 0 before the first.
        best: Its mAP, None while nothing was validated.
        now: The last validation mAP.
        without_gain: Validations since the best one.
        place: Epochs done, with the part of the present one.
        rate: Photos a second, None while unknown.
        memory: Bytes, None while unknown.
    """

    def __init__(
        self,
        epochs: int,
        history: Sequence[Mapping[str, Any]] = (),
        *,
        patience: int = 0,
        so_far: SoFar = NOTHING_YET,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.epochs = epochs
        self.patience = patience
        self.watch = Stopwatch(so_far.seconds, clock)
        self.losses: dict[str, Points] = {TOTAL: Points()}
        self.figures = Points()
        self.best_epoch, self.best = so_far.best_epoch, so_far.best_map
        self.now: float | None = None
        self.without_gain = 0
        self.place = 0.0
        self.rate: float | None = None
        self.memory: int | None = None
        self._eta: tuple[float, float] | None = None  # seconds left, and when that was said
        for entry in history:
            self._add_losses(entry["epoch"] - 0.5, entry["losses"])  # means over the epoch
            self._end_epoch(entry)

    @property
    def epoch(self) -> int:
        """The epoch that is going on, from 1 on; 0 before any."""
        return min(self.epochs, math.ceil(self.place))

    @property
    def seconds_left(self) -> float | None:
        """Estimate of the time to the last epoch, None while it is unknown."""
        if self._eta is None:
            return None
        left, said = self._eta
        return max(0.0, left - (self.watch.seconds - said))

    def take(self, progress: Progress) -> Mapping[str, Any] | None:
        """Take a report; return the entry of the epoch if one has ended."""
        batch, entry = progress.details.get("training"), progress.details.get("epoch_end")
        self._eta = None if progress.eta is None else (progress.eta, self.watch.seconds)
        if isinstance(batch, Mapping):
            self._take_batch(batch, progress)
        if not isinstance(entry, Mapping):
            return None
        best: Any = progress.details["best"]
        self.best_epoch, self.best = best["epoch"], best["map"]
        self._end_epoch(entry)
        return entry

    def _take_batch(self, batch: Mapping[str, Any], progress: Progress) -> None:
        self.epochs = batch["epochs"]
        self.place = batch["epoch"] - 1 + batch["batch"] / batch["batches"]
        self.rate = wording.photos_per_second(progress)
        self.memory = batch.get("memory") or self.memory
        self._add_losses(self.place, batch["losses"])

    def _end_epoch(self, entry: Mapping[str, Any]) -> None:
        self.place = float(entry["epoch"])
        figure = entry["val_map"]
        if figure is None:
            return
        self.figures.add(entry["epoch"], figure)
        self.now = figure
        self.without_gain = self.without_gain + 1 if entry["epoch"] > self.best_epoch else 0

    def _add_losses(self, place: float, losses: Mapping[str, float | None]) -> None:
        for name, value in losses.items():
            self.losses.setdefault(name, Points()).add(place, value)
