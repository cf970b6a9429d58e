"""A training in a process of its own. Each start imports torch, so most of these are slow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from engine import Paths, Progress
from engine.models.bundle import load_tensors
from foodsearch_gui.core.training_child import TrainingChild, train_command
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.core.worker_thread import JobState
from tests.gui.core.training.conftest import Driver


@pytest.fixture
def apart(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A driver whose trainings are processes."""
    driver.session.settings.change(train_apart=True)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return driver


def child_of(driver: Driver) -> TrainingChild:
    (child,) = driver.trainings.findChildren(TrainingChild)
    return child


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_the_process_reports_as_a_job_does_and_keeps_the_best(apart: Driver) -> None:
    seen: list[Progress] = []
    apart.trainings.progressed.connect(seen.append)
    apart.trainings.start(apart.ask(epochs=500))
    apart.epochs(2)
    assert apart.session.jobs.active() == [apart.trainings.handle]
    assert any("losses" in p.details.get("training", {}) for p in seen)
    pid = child_of(apart).pid
    assert is_running(pid)
    apart.trainings.toggle_pause()
    assert apart.trainings.stage is Stage.PAUSED
    apart.trainings.toggle_pause()
    apart.stages.clear()
    apart.trainings.stop_and_keep()
    assert apart.stages == [Stage.STOPPING]
    apart.reach(Stage.FINISHED)
    assert apart.trainings.model.id == "meals"
    assert not is_running(pid)


@pytest.mark.slow
def test_a_killed_process_is_taken_up_with_the_unbroken_result(apart: Driver) -> None:
    apart.trainings.start(apart.ask(name="whole"))
    apart.reach(Stage.FINISHED)
    unbroken = load_tensors(apart.trainings.model.path)
    apart.trainings.leave()
    apart.trainings.start(apart.ask())
    apart.epochs(1)
    os.kill(child_of(apart).pid, signal.SIGKILL)
    apart.reach(Stage.FAILED)
    assert list(apart.banners["FS-512"][1]) == ["Resume", "Keep best", "Discard…"]
    apart.press("FS-512", "Resume")
    apart.reach(Stage.FINISHED)
    found = load_tensors(apart.trainings.model.path)
    assert found.keys() == unbroken.keys()
    assert all((found[name] == unbroken[name]).all() for name in unbroken)
    whole, mine = (apart.session.paths.runs / name for name in ("whole", "meals"))
    assert {p.name for p in whole.iterdir()} == {p.name for p in mine.iterdir()}
    assert (whole / "log.jsonl").read_text() == (mine / "log.jsonl").read_text()


@pytest.mark.slow
def test_a_refusal_of_the_process_is_told_in_its_words(apart: Driver, tmp_path: Path) -> None:
    apart.trainings.start(apart.ask(tmp_path))
    apart.reach(Stage.FAILED)
    assert apart.trainings.error.code == "FS-501"
    message, actions = apart.banners["FS-501"]
    assert message.title == "Too few photos."
    assert list(actions) == ["How to prepare a folder"]


@pytest.mark.slow
def test_nothing_is_left_when_the_window_closes(apart: Driver) -> None:
    apart.trainings.start(apart.ask(epochs=500))
    apart.epochs(1)
    pid, handle = child_of(apart).pid, apart.trainings.handle
    assert apart.session.shutdown(20_000)
    assert not is_running(pid)
    assert handle.state is JobState.CANCELLED
    assert apart.trainings.run.read_log()


@pytest.mark.slow
def test_the_process_ends_when_its_window_is_killed(driver: Driver, paths: Paths) -> None:
    from tests.engine.training.runs import begin

    run = begin(paths, driver.meals, epochs=500)
    words = train_command(paths, run.name, "cpu")
    program = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({words!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "for line in child.stdout:\n"
        "    if b'epoch_end' in line: break\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(100)\n"
    )
    window = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert window.stdout is not None
    pid = int(window.stdout.readline())
    window.kill()
    window.wait()
    window.stdout.close()
    driver.wait(lambda: not is_running(pid))
    assert run.best.exists()


@pytest.mark.slow
def test_several_processes_train_together(apart: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    apart.trainings.cards = 2
    apart.trainings.start(apart.ask())
    apart.reach(Stage.FINISHED)
    assert len(apart.trainings.state.history) == 3


def test_a_process_that_cannot_start_is_a_failure(qapp: QObject, tmp_path: Path) -> None:
    owner = QObject()
    child = TrainingChild(
        [str(tmp_path / "missing")], "meals", "Training", tmp_path / "log" / "x.log", owner
    )
    child.start()
    assert child.shutdown(1000)
    assert child.handle.state is JobState.FAILED
    assert child.handle.error.code == "FS-512"


def test_the_words_name_the_home_only_where_it_is_not_the_usual_one(
    paths: Paths, tmp_path: Path
) -> None:
    assert "--home" not in train_command(paths, "meals", "auto")
    elsewhere = train_command(Paths.resolve(tmp_path), "meals", "auto")
    assert elsewhere[-2:] == ["--home", str(tmp_path)]
    several = train_command(paths, "meals", "auto", processes=2)
    assert several[1:3] == ["-m", "torch.distributed.run"]


@pytest.mark.parametrize(("cores", "processes", "workers"), [(8, 1, 7), (8, 3, 2), (1, 2, 1)])
def test_processes_share_the_cores_that_the_window_leaves(
    cores: int, processes: int, workers: int, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = set(range(cores))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: allowed, raising=False)
    words = train_command(paths, "meals", "auto", processes)
    assert words[words.index("--workers") + 1] == str(workers)
