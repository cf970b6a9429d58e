"""Train the bundled models that know dishes, stage by stage; an interrupted one goes on.

    python benchmarks/build_dishes.py --data DIR --work DIR [--stages dishes-first,dishes-64]

The stages are in benchmarks/dishes/stages.toml. Of the collections food64, food10 and thai10 the
splits train and database are trained on; no photo that is a query of any collection is: food10 and
food64 are both parts of Food-101, and a query of one may lie in the gallery of the other. Each
stage's best epoch is chosen on photos held back from these; the queries are not looked at here.
"""

from __future__ import annotations

import argparse
import csv
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from engine.device import choose_device, use_cores
from engine.errors import EngineError
from engine.events import JobContext, Progress
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.training.config import TrainConfig
from engine.training.run import Run, RunRequest
from engine.training.train import train

COLLECTIONS = {"food64": "food-101", "food10": "food-101", "thai10": "thai10"}  # and their origin
TRAINED_ON = ("train", "database")
STAGES = Path(__file__).parent / "dishes" / "stages.toml"


def main() -> None:
    """Train the stages asked for that are not finished; print what each reached."""
    arguments = parse()
    threads = use_cores()
    torch.set_num_threads(arguments.threads or threads)
    stages = read_stages(arguments.config)
    paths = Paths.resolve(arguments.work)
    for name in arguments.stages or [name for name in stages if not stages[name].get("trial")]:
        print(json.dumps(build(stages[name], arguments.data, paths)), flush=True)


def read_stages(config: Path) -> dict[str, dict[str, Any]]:
    """Return the stages by name, each with all of its settings."""
    text = tomllib.loads(config.read_text(encoding="utf-8"))
    return {
        stage["name"]: {**stage, "settings": {**text["settings"], **stage["settings"]}}
        for stage in text["stages"]
    }


def build(stage: Mapping[str, Any], data: Path, paths: Paths) -> dict[str, Any]:
    """Train a stage, or go on with it, unless it is done; return its validation figures."""
    name = stage["name"]
    models = {model.id: model for model in ModelStore(paths).list()}
    if name not in models:
        run = open_run(stage, data, paths)
        train(paths, run, JobContext(report), device=choose_device("auto"))
    run = Run.open(paths, name)
    history = run.read_log()
    figures = [(entry["epoch"], entry["val_map"]) for entry in history if entry["val_map"]]
    return {"stage": name, "validation_map": figures}


def open_run(stage: Mapping[str, Any], data: Path, paths: Paths) -> Run:
    """Begin the run of a stage, or return the one that was interrupted."""
    split = paths.data / f"{stage['name']}.csv"
    write_split(split, stage["collections"], data)
    request = RunRequest(
        name=stage["name"],
        config=TrainConfig.from_dict(stage["settings"]),
        folder=str(data.absolute()),
        split=str(split),
        parent=stage.get("from", ""),
    )
    try:
        return Run.create(paths, request)
    except EngineError as error:
        if error.code != "FS-504":
            raise
    run = Run.open(paths, request.id)
    if run.request() != request:
        raise SystemExit(f"The run {run.name} had other settings: choose another --work.")
    return run


def write_split(target: Path, wanted: Sequence[str], data: Path) -> None:
    """Write which photos a stage trains on, and all queries: none of these may be among them."""
    rows = [(name, row) for name in COLLECTIONS for row in read_rows(data / name / "splits.csv")]
    queries = {identity(name, row) for name, row in rows if row["split"] == "query"}
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "label", "split"))
        for name, row in rows:
            photo = identity(name, row)
            if row["split"] == "query":
                writer.writerow((row["path"], row["label"], "query"))
            elif photo not in queries and name in wanted and row["split"] in TRAINED_ON:
                writer.writerow((row["path"], row["label"], "train"))


def read_rows(source: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a file of splits."""
    with source.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def identity(collection: str, row: Mapping[str, str]) -> tuple[str, str, str]:
    """Return what a photo is recognised by at any size: origin, dish and file name."""
    return COLLECTIONS[collection], row["label"], Path(row["path"]).name


def report(progress: Progress) -> None:
    """Print a line an epoch."""
    if "epoch_end" in progress.details:
        print(json.dumps(progress.details["epoch_end"]), flush=True)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--work", type=Path, required=True, help="home of runs and models")
    parser.add_argument("--stages", type=lambda text: text.split(","), help="all but trials")
    parser.add_argument("--config", type=Path, default=STAGES)
    parser.add_argument("--threads", type=int, help="of torch; one a core by default")
    return parser.parse_args()


if __name__ == "__main__":
    main()
