"""Compare what a training was estimated to cost with what it then did cost.

    python benchmarks/estimate.py PHOTOS [--per-class 30] [--only NAME]... [--json]

PHOTOS is a folder of labelled photos, of which each class gives its first few. Every run is first
checked and estimated, then trained from beginning to end in the same process, as the window does:
seconds until the model is installed, and the most memory that was held beyond what was before.
An estimate is accepted if it is within a factor of 1.5. Other programs that compute meanwhile
make the machine another one from minute to minute: the load is reported with each run, and the
factor for processor time, as if the share of the machine had stayed what it was while estimating.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from engine.device import Device, choose_device, use_cores
from engine.evaluation.folders import samples_of_folder
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.training.check import check_photos
from engine.training.estimate import estimate
from engine.training.memory_need import MemoryNeed
from engine.training.request import compose_config
from engine.training.run import Run, RunRequest
from engine.training.train import train

MOST = 1.5
RUNS: dict[str, dict[str, Any]] = {
    "quick": {"preset": "quick", "epochs": 3, "input_size": 96},
    "balanced": {"preset": "balanced", "epochs": 3, "input_size": 96},
    "thorough": {"preset": "thorough", "epochs": 2, "input_size": 96},
    "larger": {"preset": "quick", "epochs": 2, "input_size": 160},
    "short": {"preset": "quick", "epochs": 1, "input_size": 64, "num_bits": 16},
    "on-starter": {"preset": "quick", "epochs": 2, "input_size": 96, "parent": "starter-64"},
    "resnet": {"preset": "quick", "epochs": 2, "input_size": 96, "backbone": "resnet18"},
    "queryopt": {"preset": "balanced", "epochs": 3, "input_size": 96, "method": "queryopt"},
    "label-free": {"method": "itq"},
}


def main() -> None:
    """Measure and report."""
    arguments = parse()
    use_cores()
    device = choose_device(arguments.device)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        link(Path(arguments.photos), photos, arguments.per_class)
        paths = Paths.resolve(Path(folder) / "home")
        for name in arguments.only or RUNS:
            results.append(measure(paths, photos, name, device))
            print(line(results[-1], as_json=arguments.json), flush=True)
    accepted = sum(result["accepted"] for result in results)
    if not arguments.json:
        print(f"{accepted} of {len(results)} within a factor of {MOST}")


def link(source: Path, target: Path, each: int) -> None:
    """Make a folder of links to the first photos of every class."""
    counts: dict[str, int] = {}
    for sample in samples_of_folder(source):
        counts[sample.label] = counts.get(sample.label, 0) + 1
        if counts[sample.label] <= each:
            place = target / sample.label / sample.path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(sample.path.absolute())


def measure(paths: Paths, photos: Path, name: str, device: Device) -> dict[str, Any]:
    """Estimate a run, train it, and return both."""
    request = ask(paths, photos, name)
    began = time.perf_counter()
    found = check_photos(paths, request)
    checked, before = time.perf_counter(), time.process_time()
    guess = estimate(paths, request, device=device)
    estimated, computed = time.perf_counter(), time.process_time()
    share = (computed - before) / (estimated - checked)
    with MemoryNeed(device) as memory:
        train(paths, Run.create(paths, request), device=device)
    seconds = time.perf_counter() - estimated
    worked = time.process_time() - computed
    factors = guess.seconds / seconds, guess.bytes / memory.bytes
    return {
        "run": name,
        "device": device.label,
        "photos": found.photos,
        "load": round(os.getloadavg()[0], 1),
        "check_s": round(checked - began, 1),
        "estimate_s": round(estimated - checked, 1),
        "estimated_s": round(guess.seconds, 1),
        "actual_s": round(seconds, 1),
        "time_factor": round(factors[0], 2),
        "cpu_factor": round(guess.seconds * share / worked, 2),
        "estimated_mb": round(guess.bytes / 1e6),
        "actual_mb": round(memory.bytes / 1e6),
        "memory_factor": round(factors[1], 2),
        "accepted": all(1 / MOST <= factor <= MOST for factor in factors),
    }


def ask(paths: Paths, photos: Path, name: str) -> RunRequest:
    """Return what a run is asked to do."""
    choice = dict(RUNS[name])
    parent = ModelStore(paths).get(choice.pop("parent")) if "parent" in choice else None
    preset, method = choice.pop("preset", "quick"), choice.pop("method", None)
    config = compose_config(preset=preset, method=method, parent=parent, settings=choice)
    return RunRequest(
        name=name,
        config=config,
        folder=str(photos),
        parent=parent.id if parent else "",
        weights="none" if "backbone" in choice else "",
    )


def line(result: dict[str, Any], *, as_json: bool) -> str:
    """Return a result on one line."""
    if as_json:
        return json.dumps(result)
    return (
        f"{result['run']:<11} {result['estimated_s']:>6} s, was {result['actual_s']:>6} s "
        f"({result['time_factor']:.2f}, "
        f"cpu {result['cpu_factor']:.2f}); {result['estimated_mb']:>5} MB, was "
        f"{result['actual_mb']:>5} MB ({result['memory_factor']:.2f}); "
        f"tried in {result['estimate_s']} s, load {result['load']}"
    )


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", help="folder with a folder of photos for every class")
    parser.add_argument("--per-class", type=int, default=30, help="photos of each class")
    parser.add_argument("--only", action="append", choices=list(RUNS), help="of the runs")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
