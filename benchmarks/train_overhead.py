"""Measure what our training loop costs beside a bare loop of PyTorch that does the same work.

    python benchmarks/train_overhead.py [--method dpn] [--rounds 5] [--json]

Both train on the same drawn photos: the same batches, augmentation in as many threads, network,
loss, optimiser and learning rates, and after each epoch the same two files (best weights, and a
checkpoint). Ours also serves, reports, checks for numbers and keeps a history. Each round trains
both from the beginning, in turns; the median of the rounds' ratios is accepted up to 1.05. The
ratio of processor time is reported too: it is the steadier one where other programs run beside.
Both must end with equal weights, or they have not done the same work.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from engine.demo import draw_demo_photos
from engine.device import choose_device, use_cores
from engine.events import JobContext
from engine.losses.criterion import Criterion, TrainingTask
from engine.methods import create_criterion
from engine.networks.inputs import normalize
from engine.paths import Paths
from engine.training.augment import augment
from engine.training.batches import draw_batches
from engine.training.checkpoint import save_checkpoint, save_weights
from engine.training.config import TrainConfig
from engine.training.optimizer import create_optimizer
from engine.training.run import Run, RunRequest
from engine.training.schedule import lr_factor
from engine.training.setup import Setup, set_up
from engine.training.trainer import Trainer

MOST = 1.05


def main() -> None:
    """Measure and report."""
    arguments = parse()
    threads = use_cores()
    if arguments.threads:
        torch.set_num_threads(threads := arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        draw_demo_photos(photos, per_dish=arguments.per_dish)
        paths = Paths.resolve(Path(folder) / "home")
        seconds: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
        for turn in range(arguments.rounds + 1):
            setups = {}
            for name in sorted(seconds, reverse=bool(turn % 2)):
                setups[name], work = prepare(paths, photos, f"{name}-{turn}", arguments)
                elapsed = timed(work)
                if turn:  # the first round warms up
                    seconds[name].append(elapsed)
            check_equal(setups["ours"], setups["bare"])
    ratio, cpu_ratio = (
        statistics.median(
            one[kind] / other[kind]
            for one, other in zip(seconds["ours"], seconds["bare"], strict=True)
        )
        for kind in (0, 1)
    )
    result = {
        "method": arguments.method,
        "backbone": arguments.backbone,
        "input_size": arguments.input_size,
        "photos": 12 * arguments.per_dish,
        "threads": threads,
        "epochs": arguments.epochs,
        "rounds": arguments.rounds,
        "ours_s": round(statistics.median(wall for wall, _ in seconds["ours"]), 3),
        "bare_s": round(statistics.median(wall for wall, _ in seconds["bare"]), 3),
        "ratio": round(ratio, 3),
        "cpu_ratio": round(cpu_ratio, 3),
        "accepted": ratio <= MOST,
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        print(f"ours {result['ours_s']} s, bare {result['bare_s']} s, ratio {ratio:.3f}")


def prepare(
    paths: Paths, photos: Path, name: str, arguments: argparse.Namespace
) -> tuple[Setup, Callable[[], None]]:
    """Return a training, and what does it; the first part of its name says in which way."""
    config = TrainConfig(
        method=arguments.method,
        backbone=arguments.backbone,
        num_bits=64,
        input_size=arguments.input_size,
        epochs=arguments.epochs,
        batch_size=32,
        augment="resized_crop",
        jitter=0.2,
        validation_share=0.0,
    )
    run = Run.create(paths, RunRequest(name, config, str(photos), weights="none"))
    setup = set_up(paths, run, JobContext(), device=choose_device(arguments.device))
    labels = torch.from_numpy(setup.photos.labels[setup.photos.train])
    network = setup.network
    task = TrainingTask(network.num_bits, network.train_width, len(setup.photos.classes), labels)
    torch.manual_seed(0)
    criterion = create_criterion(arguments.method, task).to(setup.device.name)
    if name.startswith("bare"):
        return setup, lambda: train_barely(setup, criterion, run)
    reports: list[object] = []
    trainer = Trainer(setup, criterion, run)
    return setup, lambda: trainer.train(JobContext(reports.append))


def train_barely(setup: Setup, criterion: Criterion, run: Run) -> None:
    """Train with nothing but PyTorch and the parts that are shared."""
    config, network, photos = setup.config, setup.network, setup.photos
    optimizer = create_optimizer(network, criterion, config, pretrained=setup.pretrained)
    labels = photos.labels[photos.train]
    targets = torch.from_numpy(labels).to(setup.device.name)

    def square(row: int, epoch: int) -> np.ndarray:
        rng = np.random.default_rng((config.seed, epoch, 1, row))
        pixels = photos.cache[int(photos.train[row])]
        return augment(pixels, setup.preprocessing, config, rng)

    for epoch in range(config.epochs):
        torch.manual_seed(config.seed * 1_000_003 + epoch)
        network.train()
        batches = draw_batches(np.arange(len(labels)), labels, config, epoch)
        with ThreadPoolExecutor(setup.workers) as pool:
            squares = [[pool.submit(square, int(row), epoch) for row in rows] for rows in batches]
            for step, (rows, futures) in enumerate(zip(batches, squares, strict=True)):
                for group in optimizer.param_groups:
                    factor = lr_factor(config, epoch + step / len(batches), 1 / len(batches))
                    group["lr"] = group["base_lr"] * factor
                pixels = torch.from_numpy(np.stack([future.result() for future in futures]))
                images = normalize(pixels.to(setup.device.name), setup.preprocessing)
                indices = torch.from_numpy(rows).to(setup.device.name)
                output = network(images)
                terms = criterion(output.logits, targets[indices], indices, **output.extras)
                optimizer.zero_grad()
                terms["total"].backward()
                optimizer.step()
        save_weights(run.best, network, {})
        modules = {"network": network, "criterion": criterion}
        save_checkpoint(run.checkpoint, modules, optimizer, {})


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds some work takes, and those that processors spend on it."""
    began, computed = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - computed


def check_equal(ours: Setup, bare: Setup) -> None:
    """Check that both networks learned the same."""
    theirs = bare.network.state_dict()
    for name, value in ours.network.state_dict().items():
        if not torch.equal(value, theirs[name]):
            raise SystemExit(f"the loops did different work: {name} differs")


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", default="dpn")
    parser.add_argument("--backbone", default="tf_efficientnet_lite0")
    parser.add_argument("--input-size", type=int, default=96)
    parser.add_argument("--per-dish", type=int, default=16, help="photos of each of 12 dishes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=6, help="of a round")
    parser.add_argument("--threads", type=int, help="of torch (all cores)")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
