"""Two processes compute what one would on the joined batch, and only the first one writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from engine import distributed
from engine.cores import cores
from engine.errors import InputError
from engine.events import JobContext
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.paths import Paths
from engine.training.run import Run
from engine.training.trainer import Trainer
from tests.engine.training.runs import begin, draw_photos, prepared
from tests.engine.two_ranks import save_gradients

REPOSITORY = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = {
    "backbone": "test_vit",
    "epochs": 2,
    "batch_size": 12,
    "validation_share": 0.1,
}


def launch(*words: object, processes: int = 2) -> subprocess.CompletedProcess[str]:
    """Start a module in several processes on this machine, as torchrun does."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += [f"--nproc-per-node={processes}", "-m", *map(str, words)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)


def in_two(paths: Paths, run: Run, out: Path) -> None:
    out.mkdir()
    done = launch("tests.engine.two_ranks", paths.data.parent, out, run.name)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.resolve(tmp_path / "home")


def test_one_process_is_the_primary_of_one() -> None:
    assert (distributed.rank(), distributed.world_size()) == (0, 1)
    assert distributed.is_primary()
    assert not distributed.launched()
    rows = torch.randn(3, 2, requires_grad=True)
    assert distributed.gather_rows(rows) is rows
    assert distributed.broadcast("x") == "x"
    assert distributed.local_device("auto") == "auto"
    with distributed.process_group("cpu"), distributed.primary_first():
        assert not torch.distributed.is_initialized()


def test_before_they_meet_the_launcher_tells_which_process_is_the_primary_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = cores()
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank, is_primary in (("0", True), ("1", False)):
        monkeypatch.setenv("RANK", rank)
        assert distributed.is_primary() == is_primary
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert cores() == max(1, alone // 2), "they share the cores of a machine"


@pytest.mark.slow
@pytest.mark.parametrize("method", ["hashnet", "dpsh", "greedyhash"])
def test_two_processes_train_as_one_would_on_the_joined_batch(
    method: str, paths: Paths, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    folder = draw_photos(tmp_path / "photos")
    run = begin(paths, folder, method=method, **SETTINGS)
    before = {path for path in paths.data.parent.rglob("*") if path.is_file()}
    in_two(paths, run, tmp_path / "out")
    (first, own), (_, other) = (
        torch.load(tmp_path / "out" / f"gradients-{rank}.pt") for rank in (0, 1)
    )
    alone = begin(paths, folder, name="alone", method=method, **SETTINGS)
    save_gradients(paths, alone, tmp_path / "joined.pt")
    terms, wanted = torch.load(tmp_path / "joined.pt")
    assert first == pytest.approx(terms, rel=1e-5)
    assert own.keys() == other.keys() == wanted.keys()
    for name in wanted:
        torch.testing.assert_close(own[name], other[name], rtol=0, atol=0)
        torch.testing.assert_close(own[name], wanted[name], rtol=1e-5, atol=1e-5)
    check_training(tmp_path / "out", run, before, paths)


def check_training(out: Path, run: Run, before: set[Path], paths: Paths) -> None:
    ranks = [torch.load(out / f"weights-{rank}.pt") for rank in (0, 1)]
    for part in (0, 1):
        for name, value in ranks[0][part].items():
            assert torch.equal(value, ranks[1][part][name]), name
    first, second = (json.loads((out / f"facts-{rank}.json").read_text()) for rank in (0, 1))
    assert first["installed"]
    assert not second["installed"]
    assert first["events"] > 0
    assert second["events"] == 0
    assert first["history"] == second["history"] == run.read_log()
    assert first["best"] == second["best"]
    written = {path for path in paths.data.parent.rglob("*") if path.is_file()} - before
    caches = [path for path in written if path.suffix == ".pixels"]
    assert len(caches) == 1
    assert not [path for path in written if path.suffix == ".part"]


@pytest.mark.slow
def test_the_command_trains_in_two_processes(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "photos")
    words = ["train", folder, "--name", "x", "--method", "hashnet", "--backbone", "test_vit"]
    words += ["--weights", "none", "--set", "input_size=32", "--epochs", "1", "--json"]
    done = launch("engine.cli", *words, "--home", paths.data.parent)
    assert done.returncode == 0, done.stderr[-3000:]
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [event["event"] for event in events].count("result") == 1
    assert sum("epoch_end" in event for event in events) == 1


@pytest.mark.slow
def test_only_one_process_says_what_begins_and_writes_labels(paths: Paths, tmp_path: Path) -> None:
    with open_library(paths) as catalogue:
        catalogue.add_root(draw_photos(tmp_path / "photos"))
        scan(catalogue, JobContext())
        names = {photo.path: photo for photo in catalogue.photos(catalogue.ids())}
        for folder in (tmp_path / "photos").iterdir():
            first, *others = (names[path] for path in sorted(folder.iterdir()))
            for other in others:
                catalogue.judge(first.content_hash, other.id, True)
    words = ["train", "--judgements", "--name", "x", "--weights", "none"]
    words += ["--backbone", "test_vit", "--set", "input_size=32", "--epochs", "1"]
    done = launch("engine.cli", *words, "--home", paths.data.parent)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (done.stdout + done.stderr).count("Training x from") == 1
    assert len(list(paths.labels.iterdir())) == 1


def test_processes_for_which_no_batch_has_photos_are_refused(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An epoch would have no step, and an untrained network be installed."""
    setup, criterion, run = prepared(
        paths, draw_photos(tmp_path / "photos", each=5), batch_size=32, validation_share=0.2
    )
    monkeypatch.setattr(distributed, "world_size", lambda: 8)
    with pytest.raises(InputError, match=r"8 processes.*No batch of an epoch has 16 photos, two"):
        Trainer(setup, criterion, run)


def test_a_batch_too_small_for_the_processes_is_refused(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup, criterion, run = prepared(paths, draw_photos(tmp_path / "photos"))
    monkeypatch.setattr(distributed, "world_size", lambda: 5)
    with pytest.raises(InputError, match="5 processes need batches of at least 10 photos"):
        Trainer(setup, criterion, run)
