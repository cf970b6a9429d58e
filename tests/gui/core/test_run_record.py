from __future__ import annotations

import math

import pytest

from engine import SoFar
from foodsearch_gui.core import run_record
from foodsearch_gui.core.run_record import Points, RunRecord, Stopwatch
from tests.gui.training_reports import BATCHES, EPOCHS, batch_report, epoch_entry, epoch_report


class Clock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make(clock: Clock, **options: object) -> RunRecord:
    record = RunRecord(EPOCHS, clock=clock, **options)  # type: ignore[arg-type]
    record.watch.run(True)
    return record


def test_a_stopwatch_does_not_count_pauses(clock: Clock) -> None:
    watch = Stopwatch(10, clock)
    assert (watch.seconds, watch.is_running) == (10, False)
    watch.run(True)
    clock.now += 5
    watch.run(True)
    assert watch.seconds == 15
    watch.run(False)
    clock.now += 100
    assert watch.seconds == 15
    watch.run(True)
    clock.now += 1
    assert watch.seconds == 16


def test_losses_are_points_along_the_epochs(clock: Clock) -> None:
    record = make(clock)
    record.take(batch_report(1, 1))
    record.take(batch_report(3, 5, losses={"polarization": None, "total": 4.0}))
    assert list(record.losses) == ["total", "polarization", "s_cross_entropy"]
    assert list(record.losses["total"].xs) == [0.1, 2.5]
    assert list(record.losses["total"].ys) == [3, 4]
    assert math.isnan(record.losses["polarization"].ys[1])
    assert (record.epoch, record.place) == (3, 2.5)
    assert (record.rate, record.memory) == (64, 1_230_000_000)


def test_the_best_epoch_is_the_one_the_training_tells_of(clock: Clock) -> None:
    record = make(clock, patience=5)
    for epoch, figure in enumerate([0.5, 0.7, None, 0.7, 0.6], start=1):
        entry = record.take(epoch_report(epoch, figure, (2, 0.7) if epoch > 2 else None))
        assert entry == epoch_entry(epoch, figure)
    assert (record.best_epoch, record.best, record.now) == (2, 0.7, 0.6)
    assert record.without_gain == 2
    assert list(record.figures.xs) == [1, 2, 4, 5]
    assert record.take(batch_report(6, 1)) is None


def test_where_nothing_is_validated_the_latest_epoch_is_kept(clock: Clock) -> None:
    record = make(clock)
    for epoch in (1, 2):
        record.take(epoch_report(epoch, None))
    assert (record.best_epoch, record.best, record.without_gain) == (2, None, 0)


def test_a_run_taken_up_again_begins_with_its_history(clock: Clock) -> None:
    history = [epoch_entry(1, 0.4), epoch_entry(2, 0.6), epoch_entry(3, 0.5)]
    record = make(clock, history=history, so_far=SoFar(20, 2, 0.6))
    assert (record.best_epoch, record.best, record.without_gain) == (2, 0.6, 1)
    assert record.watch.seconds == 20
    record = make(clock, history=history[:2], so_far=SoFar(20, 2, 0.6))
    assert list(record.figures.ys) == [0.4, 0.6]
    assert list(record.losses["total"].xs) == [0.5, 1.5]
    assert (record.best_epoch, record.epoch) == (2, 2)
    record.take(batch_report(3, BATCHES // 2))
    assert (record.epoch, record.seconds_left) == (3, 600)


def test_the_time_left_shrinks_between_reports_but_not_while_held(clock: Clock) -> None:
    record = make(clock)
    assert record.seconds_left is None
    record.take(batch_report(1, 1))
    clock.now += 10
    assert record.seconds_left == 590
    record.watch.run(False)
    clock.now += 3600
    record.watch.run(True)
    assert record.seconds_left == 590
    clock.now += 700
    assert record.seconds_left == 0


def test_very_long_curves_lose_every_second_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_record, "_MOST_POINTS", 8)
    points = Points()
    for number in range(20):
        points.add(number, number)
    assert len(points.xs) == len(points.ys) <= 8
    assert points.xs[0] == 0
    assert list(points.xs) == sorted(points.xs)
    assert points.xs[-1] >= 18
