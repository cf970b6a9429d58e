"""A training that was interrupted, anywhere and in any way, ends as if it had not been."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engine.errors import TrainingError
from engine.events import JobCancelled
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.training import run as run_module
from engine.training.run import Run
from engine.training.train import finish
from tests.engine.training.runs import (
    CLASSES,
    CPU,
    Listener,
    assert_equal,
    begin,
    complete,
    draw_photos,
    interrupt,
    weights_of,
)

ADSH = {"num_sampled": 12, "inner_epochs": 2, "gamma": 1.0}
CASES: dict[str, dict[str, Any]] = {
    "dpn with Adam": {"optimizer": "adam", "weight_decay": 1e-4},
    "SGD": {"optimizer": "sgd", "lr": 0.01, "clip_norm": 1.0},
    "RMSprop": {"optimizer": "rmsprop", "lr": 1e-4, "schedule": "step", "step_epochs": 1},
    "a memory bank": {"method": "dpsh", "photos_per_class": 2},
    "learned codes": {"method": "adsh", "criterion": ADSH, "epochs": 4},
    "dropout": {"method": "mdff", "epochs": 2},
    "random margins": {
        "method": "csce",
        "criterion": {"elastic": 0.1},
        "input_size": 64,
        "epochs": 2,
    },
    "moving targets": {
        "method": "foodhash",
        "criterion": {"target_update": "epoch", "update_start": 0.0},
        "input_size": 64,
        "epochs": 2,
    },
    "convolutions": {"backbone": "test_resnet", "optimizer": "adamw", "epochs": 2},
    "a transformer": {"backbone": "test_vit", "balance": True, "warmup_epochs": 1.5},
}
STOCHASTIC_DEPTH = {
    "method": "hybridhash",
    "backbone": "nest_tiny",
    "input_size": 64,
    "network": {"widths": [64, 128, 256], "depths": [1, 1, 2], "drop_path": 0.5},
    "epochs": 2,
}


def log_of(run: Run) -> list[dict[str, Any]]:
    return run.read_log()


def check(paths: Paths, photos: Path, settings: dict[str, Any], cuts: list[int]) -> None:
    """Train once without and once with interruptions after so many safe points each."""
    whole = begin(paths, photos, name="whole", **settings)
    calm = Listener(whole)
    unbroken = complete(paths, whole, calm)
    cut = begin(paths, photos, name="cut", **settings)
    for after in cuts:
        interrupt(paths, cut, after)
    listener = Listener(cut)
    resumed = complete(paths, Run.open(paths, "cut"), listener)
    assert log_of(cut) == log_of(whole)
    assert dict(resumed.best) == dict(unbroken.best)
    assert_equal(listener.states[-1], calm.states[-1])
    assert_equal(weights_of(resumed), weights_of(unbroken))


@pytest.mark.parametrize("name", CASES)
def test_interrupted_anywhere_and_resumed_equals_the_unbroken_run(
    name: str, paths: Paths, photos: Path
) -> None:
    draw = random.Random(name)
    # An epoch comes to 6 or 7 safe points, so the cuts fall into the first epoch, the second, and
    # the first of a resumed run; the alternating method is in the middle of a round then.
    check(paths, photos, CASES[name], [draw.randint(2, 6), draw.randint(8, 12), draw.randint(2, 6)])


@pytest.mark.parametrize("after", [1, 29, 36])
def test_no_moment_is_a_bad_one(after: int, paths: Paths, photos: Path) -> None:
    run = begin(paths, photos, epochs=3)
    interrupt(paths, run, after)
    resumed = complete(paths, run)
    other = Paths.resolve(paths.data.parent.parent / "other")
    assert_equal(weights_of(resumed), weights_of(complete(other, begin(other, photos, epochs=3))))


@pytest.mark.slow
def test_stochastic_depth_resumes(paths: Paths, photos: Path) -> None:
    check(paths, photos, STOCHASTIC_DEPTH, [7])


PROGRAM = """
import sys, torch
from pathlib import Path
from engine.paths import Paths
from engine.training.run import Run
from tests.engine.training.runs import complete
torch.set_num_threads(1)
paths = Paths.resolve(sys.argv[1])
complete(paths, Run.open(paths, "killed"))
"""


@pytest.mark.slow
def test_a_killed_process_loses_at_most_its_epoch(paths: Paths, photos: Path) -> None:
    settings = {"epochs": 6, "optimizer": "adam"}
    unbroken = complete(paths, begin(paths, photos, name="whole", **settings))
    run = begin(paths, photos, name="killed", **settings)
    home = str(paths.data.parent)
    for epochs in (1, 3):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, home])
        while len(run.read_log()) < epochs:
            assert process.poll() is None, "the training ended too early"
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    resumed = complete(paths, run)
    assert run.read_log() == Run.open(paths, "whole").read_log()
    assert_equal(weights_of(resumed), weights_of(unbroken))


def test_a_damaged_checkpoint_is_refused_and_the_best_can_still_be_kept(
    paths: Paths, photos: Path
) -> None:
    from engine.training.train import finish

    run = begin(paths, photos)
    interrupt(paths, run, 36)
    content = run.checkpoint.read_bytes()
    for damaged in (b"", content[: len(content) // 2], b"nonsense" + content[8:]):
        run.checkpoint.write_bytes(damaged)
        with pytest.raises(TrainingError, match="damaged") as caught:
            complete(paths, run)
        assert caught.value.code == "FS-506"
    assert finish(paths, run).id == "meals"


def test_a_checkpoint_of_another_network_is_refused(paths: Paths, photos: Path) -> None:
    run, other = begin(paths, photos), begin(paths, photos, name="other", num_bits=32)
    interrupt(paths, run, 36)
    interrupt(paths, other, 8)
    run.checkpoint.write_bytes(other.checkpoint.read_bytes())
    with pytest.raises(TrainingError, match="another network"):
        complete(paths, run)


def test_photos_may_not_change_between_interruption_and_resume(
    paths: Paths, tmp_path: Path
) -> None:
    folder = draw_photos(tmp_path / "mine")
    run = begin(paths, folder)
    interrupt(paths, run, 36)
    (folder / CLASSES[0] / "00.png").unlink()
    with pytest.raises(TrainingError, match="photos have changed") as caught:
        complete(paths, run)
    assert caught.value.code == "FS-506"
    assert run.checkpoint.exists()


def test_a_resumed_training_needs_neither_weights_nor_parent_any_more(
    paths: Paths, photos: Path
) -> None:
    from engine.models.store import ModelStore

    complete(paths, begin(paths, photos, name="parent", epochs=1))
    run = begin(paths, photos, parent="parent", epochs=2)
    interrupt(paths, run, 10)
    unbroken = begin(paths, photos, name="unbroken", parent="parent", epochs=2)
    expected = weights_of(complete(paths, unbroken))
    ModelStore(paths).remove("parent")
    resumed = complete(paths, run)
    assert resumed.model.manifest.parent == "parent"
    assert "drift" in log_of(run)[-1]["losses"]  # from the parent, whose codes are kept
    assert log_of(run) == log_of(unbroken)
    assert_equal(weights_of(resumed), expected)


def test_the_rates_of_a_resumed_training_are_those_it_began_with(
    paths: Paths, photos: Path
) -> None:
    from engine.events import JobContext
    from engine.training.setup import set_up

    complete(paths, begin(paths, photos, name="parent", epochs=1))
    run = begin(paths, photos, parent="parent", epochs=2)
    interrupt(paths, run, 10)
    noted = set(run.read_facts()["pretrained"])
    resumed = set_up(paths, run, JobContext(), device=CPU, workers=1)
    assert resumed.pretrained == noted
    assert noted
    assert all(name.startswith("backbone.model.") for name in noted)


def test_a_scaler_that_had_nothing_to_save_is_no_reason_to_stop(paths: Paths, photos: Path) -> None:
    run = begin(paths, photos, epochs=2)
    interrupt(paths, run, 10)
    values = json.loads((run.path / "run.json").read_text())
    values["config"]["amp"] = "fp16"
    (run.path / "run.json").write_text(json.dumps(values))
    assert complete(paths, run).epochs == 2


def test_a_training_that_has_ended_is_not_begun_anew(paths: Paths, photos: Path) -> None:
    run = begin(paths, photos, epochs=1)
    complete(paths, run)
    with pytest.raises(TrainingError, match="has ended") as caught:
        complete(paths, run)
    assert caught.value.code == "FS-509"


def test_two_do_not_train_one_run(
    paths: Paths, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "_PATIENCE", 0.1)
    run = begin(paths, photos, epochs=1)
    with run.held():
        for act in (
            lambda again: complete(paths, again),
            lambda again: finish(paths, again),
            Run.discard,
        ):
            with pytest.raises(TrainingError) as caught:
                act(Run.open(paths, run.name))
            assert caught.value.code == "FS-522"
    if os.name == "posix":  # elsewhere a file that is held cannot go
        lock = (run.path / ".lock").stat().st_ino
        complete(paths, Run.open(paths, run.name))
        assert (run.path / ".lock").stat().st_ino == lock, "who waited for it holds another one"


def test_a_damaged_log_is_no_reason_to_stop(paths: Paths, photos: Path) -> None:
    """A power cut may leave zeros in a file that was not written for good."""
    run = begin(paths, photos, epochs=3)
    seen = Listener(at_checkpoint=lambda ctx: ctx.cancel() if len(run.read_log()) > 1 else None)
    with pytest.raises(JobCancelled):
        complete(paths, run, seen)
    log = run.path / "log.jsonl"
    first = log.read_bytes().splitlines()[0]
    log.write_bytes(first + b"\n" + bytes(200) + b"\n\xff\n3\n")
    assert [entry["epoch"] for entry in run.read_log()] == [1]
    assert run.so_far().epochs == 2
    shutil.copytree(run.path, run.path.with_name("copy"))
    assert complete(paths, run).epochs == 3
    assert [entry["epoch"] for entry in run.read_log()] == [1, 2, 3]
    ModelStore(paths).remove("meals")
    assert finish(paths, Run.open(paths, "copy")).id == "meals"
