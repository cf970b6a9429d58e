"""Fine-tune a model on half of a collection's dishes: what do they gain, what do the others lose?

    python benchmarks/finetune.py --data DIR/thai10 --work WORK [--model dishes-64] [--json]

Of the dishes of DIR/thai10/splits.csv, in alphabetical order, every second one is trained on,
beginning with the first. The training sees their photos of the split train and nothing of the other
dishes; it is what the page Train and ``foodsearch-cli train --from`` make of the preset. Then the
model and what came of it answer all queries in the whole gallery: mAP of the queries of either
half, what it was divided by what it is, and the difference. Accepted if the trained half gains
and the other half keeps 90 %.

WORK keeps the run and both evaluations; the same command again goes on where it was broken off.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.device import Device, choose_device, use_cores
from engine.errors import InputError
from engine.evaluation.protocol import evaluate, task_id
from engine.evaluation.splits import Sample, Splits, read_splits
from engine.events import JobContext, Progress
from engine.models.store import ModelInfo, ModelStore
from engine.paths import Paths
from engine.search.encode import Encoder
from engine.storage import write_json
from engine.training.request import compose_config
from engine.training.run import Run, RunRequest
from engine.training.train import train

KEPT = 0.9


def main() -> None:
    """Fine-tune, evaluate, print."""
    arguments = parse()
    use_cores()
    device = choose_device(arguments.device)
    arguments.work.mkdir(parents=True, exist_ok=True)
    paths = Paths.resolve(arguments.work)
    parent = ModelStore(paths).get(arguments.model)
    splits = thin(read_splits(arguments.data / "splits.csv"), arguments.per_dish)
    dishes = sorted({sample.label for sample in splits.train})
    trained = dishes[::2]
    child = fine_tune(paths, parent, splits, trained, arguments, device)
    before, after = (
        average_precisions(arguments.work, model, splits, device) for model in (parent, child)
    )
    result = {
        "model": parent.id,
        "preset": arguments.preset,
        "epochs": Run.open(paths, child.id).request().config.epochs,
        "method": child.manifest.method,
        "input_size": child.manifest.preprocessing.input_size,
        "trained_on": trained,
        "photos": sum(sample.label in trained for sample in splits.train),
        "queries": len(splits.queries),
        "gallery": len(splits.gallery),
        **compare(splits, before, after, "trained", set(trained)),
        **compare(splits, before, after, "others", set(dishes) - set(trained)),
        **compare(splits, before, after, "all", set(dishes)),
    }
    result["accepted"] = result["trained_lift"] > 0 and result["others_ratio"] >= KEPT
    print(json.dumps(result) if arguments.json else table(result))


def thin(splits: Splits, each: int | None) -> Splits:
    """Keep the first few photos of every dish in each split, all of them by default."""

    def first(samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
        counts: dict[str, int] = {}
        for sample in samples:
            counts[sample.label] = counts.get(sample.label, 0) + 1
            if each is None or counts[sample.label] <= each:
                yield sample

    parts = {name: tuple(first(getattr(splits, name))) for name in ("queries", "gallery", "train")}
    return replace(splits, **parts)


def fine_tune(
    paths: Paths,
    parent: ModelInfo,
    splits: Splits,
    dishes: list[str],
    arguments: argparse.Namespace,
    device: Device,
) -> ModelInfo:
    """Return the model that was trained on some of the dishes."""
    chosen = {"epochs": arguments.epochs} if arguments.epochs else {}
    request = RunRequest(
        name=f"{parent.id}-half",
        config=compose_config(preset=arguments.preset, parent=parent, settings=chosen),
        split=str(write_labels(paths, splits, dishes)),
        folder=str(splits.root.absolute()),
        parent=parent.id,
    )
    try:
        run = Run.open(paths, request.id)
    except InputError:
        run = Run.create(paths, request)
    if run.request() != request:
        sys.exit(f"{arguments.work} holds another training: choose another folder with --work.")
    if not run.is_finished:
        train(paths, run, JobContext(tell), device=device)
    return ModelStore(paths).get(request.id)


def write_labels(paths: Paths, splits: Splits, dishes: list[str]) -> Path:
    """Write the photos of these dishes that may be trained on, and return the file."""
    file = paths.data.parent / "half.csv"
    with file.open("w", encoding="utf-8", newline="") as target:
        rows = csv.writer(target)
        rows.writerow(("path", "label"))
        rows.writerows((s.name, s.label) for s in splits.train if s.label in dishes)
    return file.absolute()


def tell(progress: Progress) -> None:
    """Say what an epoch brought."""
    entry: Any = progress.details.get("epoch_end")
    if entry:
        print(f"{progress.details['note']}: {entry['val_map']}", file=sys.stderr, flush=True)


def average_precisions(work: Path, model: ModelInfo, splits: Splits, device: Device) -> list[float]:
    """Return the average precision of each query in the whole gallery."""
    file = work / f"{model.id}-{model.key[:12]}-{task_id(splits)[:12]}.json"
    if not file.exists():
        result = evaluate(Encoder(model, device), splits, map_at=None)
        if result["unreadable"]:
            sys.exit(f"{result['unreadable']} photos cannot be read: {result['problems'][0]}")
        write_json(file, {"model": model.id, "map": result["map"], **result["per_query"]})
    found: list[float] = json.loads(file.read_text(encoding="utf-8"))["ap"]
    return found


def compare(
    splits: Splits, before: list[float], after: list[float], name: str, dishes: set[str]
) -> dict[str, float]:
    """Return the mAP of the queries of some dishes, before and after."""
    rows = [row for row, query in enumerate(splits.queries) if query.label in dishes]
    old, new = (sum(ap[row] for row in rows) / len(rows) for ap in (before, after))
    return {
        f"{name}_map_before": round(old, 4),
        f"{name}_map_after": round(new, 4),
        f"{name}_lift": round(new - old, 4),
        f"{name}_ratio": round(new / old, 3),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result for people."""
    return "\n".join(f"{name:20} {value}" for name, value in result.items())


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with splits.csv")
    parser.add_argument("--work", type=Path, required=True, help="keeps what was done")
    parser.add_argument("--model", help="to start from; the default model otherwise")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--epochs", type=int, help="instead of the preset's")
    parser.add_argument("--per-dish", type=int, help="photos of a dish in each split; all of them")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
