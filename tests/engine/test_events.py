from __future__ import annotations

import threading
import time

import pytest

from engine.errors import Message, describe
from engine.events import JobCancelled, JobContext, Progress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_at_most_ten_reports_a_second_come_through() -> None:
    clock, seen = Clock(), list[Progress]()
    ctx = JobContext(seen.append, clock=clock)
    for step in range(1000):
        clock.now += 0.005
        ctx.progress("Encoding", step)
    assert 45 <= len(seen) <= 51  # five seconds


def test_the_last_report_always_comes_through() -> None:
    clock, seen = Clock(), list[Progress]()
    ctx = JobContext(seen.append, clock=clock)
    for step in range(1, 8):
        ctx.progress("Encoding", step, 7)
    assert [report.done for report in seen] == [1, 7]


def test_rate_and_eta_follow_the_last_thirty_seconds() -> None:
    clock, seen = Clock(), list[Progress]()
    ctx = JobContext(seen.append, clock=clock)
    for second in range(120):
        clock.now += 1
        done = second * 10 if second < 60 else 600 + (second - 60) * 2
        ctx.progress("Encoding", done, 1000)
    assert seen[50].rate == pytest.approx(10, rel=0.01)
    assert seen[-1].rate == pytest.approx(2, rel=0.05)
    assert seen[-1].eta == pytest.approx((1000 - seen[-1].done) / 2, rel=0.05)


def test_no_eta_before_it_can_be_trusted() -> None:
    clock, seen = Clock(), list[Progress]()
    ctx = JobContext(seen.append, clock=clock)
    for second in range(20):
        clock.now += 1
        ctx.progress("Encoding", second, 500)
    assert all(report.eta is None for report in seen[:15])
    assert seen[-1].eta is not None
    ctx.progress("Saving", 0, None)
    assert (seen[-1].rate, seen[-1].eta) == (None, None)


def test_a_cancelled_job_stops_at_its_next_checkpoint() -> None:
    ctx = JobContext()
    ctx.checkpoint()
    ctx.cancel()
    with pytest.raises(JobCancelled):
        ctx.checkpoint()


def test_waiting_work_is_served_while_paused_and_the_job_goes_on_after() -> None:
    served = threading.Event()
    ctx = JobContext(serve=served.set)
    ctx.pause()
    job = threading.Thread(target=ctx.checkpoint)
    job.start()
    assert served.wait(2)
    assert job.is_alive()
    ctx.resume()
    job.join(2)
    assert not job.is_alive()


def test_a_paused_job_can_be_cancelled() -> None:
    ctx = JobContext()
    ctx.pause()
    outcome: list[str] = []

    def job() -> None:
        try:
            ctx.checkpoint()
        except JobCancelled:
            outcome.append("cancelled")

    thread = threading.Thread(target=job)
    thread.start()
    time.sleep(0.05)
    ctx.cancel()
    thread.join(2)
    assert outcome == ["cancelled"]


def test_a_job_that_knows_better_tells_the_time_left_itself() -> None:
    now = [0.0]
    reports: list[Progress] = []
    context = JobContext(reports.append, clock=lambda: now[0])
    for done in range(5):
        now[0] += 10
        context.progress("Training", done, 10, eta=7.5 if done == 4 else None)
    assert (reports[3].eta, reports[4].eta) == (pytest.approx(70), 7.5)


def test_it_is_counted_how_long_a_job_was_held() -> None:
    now = [0.0]

    def serve() -> None:
        now[0] += 1
        if now[0] >= 5:
            context.resume()

    context = JobContext(serve=serve, clock=lambda: now[0])
    context.checkpoint()
    assert context.held == 0
    context.pause()
    context.checkpoint()
    assert context.held == pytest.approx(3)


def test_a_line_without_warnings_passes_the_rest_on() -> None:
    reports: list[Progress] = []
    warnings: list[Message] = []
    ctx = JobContext(reports.append, on_warning=warnings.append)
    line = ctx.unwarned()
    line.warn(describe("FS-215", name="x"))
    line.progress("Trying", 1, 1)
    assert (len(reports), warnings) == (1, [])
    ctx.cancel()
    with pytest.raises(JobCancelled):
        line.checkpoint()
