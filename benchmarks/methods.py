"""Train methods at several code lengths and seeds, and measure each on the queries once.

    python benchmarks/methods.py --split DIR/food10/splits.csv --input-size 96 \
        --methods dpn,csq,foodhash,queryopt,csce,mdff,itq --bits 16,64 --seeds 0,1,2 \
        --work DIR --out docs/results/food10.csv

Interrupted, it goes on where it was; several may share the folder and the file, each takes the
runs that nobody has. The best epoch is chosen on photos held back from the training photos; the
queries are used once, for the row. All methods get the same recipe, so that the rows differ by
method alone; ``--set`` changes it for all, ``method:name=value`` in ``--methods`` for one.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import hashlib
import itertools
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch

from engine.device import Device, choose_device, use_cores
from engine.errors import EngineError
from engine.evaluation.learned import read_learned_codes
from engine.evaluation.protocol import evaluate
from engine.evaluation.splits import read_splits
from engine.events import JobContext, Progress
from engine.models.ids import model_id
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.search.encode import Encoder
from engine.training.config import TrainConfig, assign
from engine.training.run import Run, RunRequest
from engine.training.train import train

COLUMNS = (
    *("method", "bits", "dataset", "seed", "epochs", "map", "map_expected", "p_at_10", "p_at_h2"),
    *("train_s", "encode_ms", "command", "commit"),
    *("options", "best_epoch", "validation_map", "map_db_learned", "threads"),
)
ID_LENGTH = 64  # of a model
KEY = ("method", "options", "bits", "dataset", "seed", "epochs")
RECIPE: dict[str, Any] = {
    "batch_size": 32,
    "lr": 1e-3,
    "backbone_lr_scale": 0.3,
    "warmup_epochs": 1,
    "augment": "resized_crop",
    "min_scale": 0.5,
    "validate_every": 2,
}


@dataclass(frozen=True)
class Job:
    """One row of the table."""

    map_at: ClassVar[int | None] = None  # the whole gallery

    method: str
    options: str
    bits: int
    seed: int

    def settings(self, arguments: argparse.Namespace) -> dict[str, Any]:
        """Return the settings of its training."""
        settings: dict[str, Any] = {
            **RECIPE,
            "method": self.method,
            "backbone": arguments.backbone,
            "num_bits": self.bits,
            "seed": self.seed,
            "input_size": arguments.input_size,
            "epochs": arguments.epochs,
        }
        for assignment in (*arguments.set, *self.options.split()):
            assign(settings, assignment)
        return settings

    def command(self, arguments: argparse.Namespace) -> str:
        """Return the call that makes this row alone."""
        words = ["python", "benchmarks/methods.py", "--split", f"{arguments.dataset}/splits.csv"]
        words += ["--input-size", str(arguments.input_size), *self.words(arguments)]
        return shlex.join(words)

    def words(self, arguments: argparse.Namespace) -> list[str]:
        """Return the options of that call that say which row it is."""
        words = ["--methods", ":".join([self.method, *self.options.split()])]
        words += ["--bits", str(self.bits), "--seeds", str(self.seed)]
        words += ["--epochs", str(arguments.epochs)]
        for assignment in arguments.set:
            words += ["--set", assignment]
        if arguments.weights:
            words += ["--weights", arguments.weights]
        return words


def main() -> None:
    """Do what is not in the table yet."""
    arguments = parse()
    work_through(plan(arguments), arguments)


def plan(arguments: argparse.Namespace, kind: type[Job] = Job) -> list[Job]:
    """Return the rows that are asked for; the label-free method has no seeds."""
    return [
        kind(method, options.replace(":", " "), bits, seed)
        for seed, bits, (method, _, options) in itertools.product(
            arguments.seeds, arguments.bits, [m.partition(":") for m in arguments.methods]
        )
        if method != "itq" or seed == arguments.seeds[0]
    ]


def work_through(jobs: Sequence[Job], arguments: argparse.Namespace) -> None:
    """Add the rows that the table lacks and nobody else is making."""
    threads = use_cores()
    if arguments.threads:
        torch.set_num_threads(threads := arguments.threads)
    device = choose_device(arguments.device)
    for job in jobs:
        with claim(job, arguments) as is_ours:
            if is_ours:
                row = run(job, arguments, device) | {"threads": threads}
                append(arguments.out, row)
                print(json.dumps(row), flush=True)


def run(job: Job, arguments: argparse.Namespace, device: Device) -> dict[str, Any]:
    """Train and measure; an interrupted training goes on."""
    paths = Paths.resolve(arguments.work)
    config = TrainConfig.from_dict(job.settings(arguments))
    request = RunRequest(
        name=run_name(job, arguments),
        config=config,
        folder=str(arguments.root or ""),
        split=str(arguments.split),
        weights=arguments.weights,
    )
    store, ctx = ModelStore(paths), JobContext(report)
    try:
        trained = Run.create(paths, request)
    except EngineError as error:
        if error.code != "FS-504":
            raise
        trained = Run.open(paths, request.id)
    if any(model.id == request.id for model in store.list()):
        store.remove(
            request.id
        )  # measured by nobody: its run ended just before the row was written
        trained.discard()
        trained = Run.create(paths, request)
    result = train(paths, trained, ctx, device=device)
    assert result is not None, "this script runs in one process"
    splits = read_splits(arguments.split, arguments.root)
    kept = trained.learned_codes
    learned = read_learned_codes(kept) if kept.exists() else None
    measured = evaluate(Encoder(result.model, device), splits, map_at=job.map_at, learned=learned)
    return {
        "method": job.method,
        "options": job.options,
        "bits": job.bits,
        "dataset": arguments.dataset,
        "seed": job.seed,
        "epochs": config.epochs if result.epochs else 0,
        "map": round(measured["map"], 4),
        "map_expected": round(measured["map_expected_ties"], 4),
        "p_at_10": round(measured["p_at"]["10"], 4),
        "p_at_h2": round(measured["p_at_h2"], 4),
        "train_s": round(result.seconds),
        "encode_ms": round(measured["encode_ms"], 2),
        "best_epoch": result.best.get("epoch"),
        "validation_map": round(result.best.get("map") or 0.0, 4),
        "map_db_learned": round(measured["db_learned"]["map"], 4) if learned else None,
        "command": job.command(arguments),
        "commit": commit(),
    }


@contextmanager
def claim(job: Job, arguments: argparse.Namespace) -> Iterator[bool]:
    """Yield whether this process may do a job: it is not done, and nobody is doing it."""
    locks = arguments.work / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / run_name(job, arguments)).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield not is_done(job, arguments)


def is_done(job: Job, arguments: argparse.Namespace) -> bool:
    """Whether the table has the row."""
    if not arguments.out.exists():
        return False
    epochs = 0 if job.method == "itq" else arguments.epochs
    wanted = (job.method, job.options, job.bits, arguments.dataset, job.seed, epochs)
    with arguments.out.open(encoding="utf-8", newline="") as file:
        return any(
            tuple(row[name] for name in KEY) == tuple(map(str, wanted))
            for row in csv.DictReader(file)
        )


def append(out: Path, row: dict[str, Any]) -> None:
    """Add a row; others may add theirs at the same time."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8", newline="") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if file.tell() == 0:
            writer.writeheader()
        writer.writerow(row)


def commit() -> str:
    """Return the revision of the code."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def run_name(job: Job, arguments: argparse.Namespace) -> str:
    """Return the name of a job's run and model."""
    end = f"{job.bits}-s{job.seed}-e{arguments.epochs}"
    name = "-".join([arguments.dataset, job.method, *job.options.split(), end])
    if len(name) > ID_LENGTH:  # what is cut off must not be what tells runs apart
        name = f"{name[:24]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}-{end}"
    return model_id(name)


def report(progress: Progress) -> None:
    """Say what an epoch brought."""
    if "epoch_end" in progress.details:
        print(json.dumps(progress.details["epoch_end"]), file=sys.stderr, flush=True)


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", type=Path, required=True, help="file of splits")
    parser.add_argument("--root", type=Path, help="what its paths are relative to (its folder)")
    parser.add_argument("--dataset", help="its name in the table (that of its folder)")
    parser.add_argument("--methods", type=words, required=True, help="dpn,queryopt:lr=1e-4,...")
    add_options(parser)
    parser.set_defaults(backbone="tf_efficientnet_lite0", bits=[16, 64], epochs=10)
    arguments = parser.parse_args()
    arguments.split = arguments.split.absolute()
    arguments.dataset = arguments.dataset or arguments.split.parent.name
    return arguments


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every table of trainings has."""
    parser.add_argument("--backbone")
    parser.add_argument("--weights", default="", help="file, or none for random ones")
    parser.add_argument("--input-size", type=int)
    parser.add_argument("--bits", type=numbers)
    parser.add_argument("--seeds", type=numbers, default=[0, 1, 2])
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--set", action="append", default=[], help="another setting, for all")
    parser.add_argument("--work", type=Path, required=True, help="folder for runs and models")
    parser.add_argument("--out", type=Path, required=True, help="the table")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, help="of torch (all cores)")


def words(text: str) -> list[str]:
    """Return the parts of a list."""
    return text.split(",")


def numbers(text: str) -> list[int]:
    """Return the whole numbers of a list."""
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
