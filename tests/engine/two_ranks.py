"""What each of two processes does in tests/engine/test_distributed.py (started by torchrun)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

from engine import distributed
from engine.events import JobContext
from engine.paths import Paths
from engine.training.batches import Batch
from engine.training.optimizer import create_optimizer
from engine.training.run import Run
from engine.training.step import Stepper
from engine.training.train import train
from engine.training.trainer import Trainer
from tests.engine.training.runs import CPU, make_criterion, set_up


def main(home: str, out: Path, name: str) -> None:
    """Save the gradients of a joined batch, then train to the end."""
    torch.set_num_threads(1)
    paths = Paths.resolve(home)
    with distributed.process_group("cpu"):
        run = Run.open(paths, name)
        save_gradients(paths, run, out / f"gradients-{distributed.rank()}.pt")
        events: list[str] = []
        ctx = JobContext(lambda progress: events.append(progress.stage))
        kept: list[Trainer] = []
        watch_trainers(kept)
        result = train(paths, run, ctx, device=CPU, workers=1)
        weights = kept[0]._setup.network.state_dict()
        criterion = kept[0]._criterion.state_dict()
        torch.save((weights, criterion), out / f"weights-{distributed.rank()}.pt")
        facts = {
            "events": len(events),
            "installed": result is not None,
            "history": kept[0].history,
            "best": kept[0].best,
        }
        (out / f"facts-{distributed.rank()}.json").write_text(json.dumps(facts))


def save_gradients(paths: Paths, run: Run, path: Path) -> None:
    """Compute those of one step; each process sees its half of twelve photos."""
    setup = set_up(paths, run, JobContext(), device=CPU, workers=1)
    torch.manual_seed(0)
    criterion = make_criterion(setup)
    setup.network.train()
    stepper = Stepper(setup, criterion, create_optimizer(setup.network, criterion, setup.config))
    batch = joined_batch()
    half = len(batch.rows) // distributed.world_size()
    own = slice(distributed.rank() * half, (distributed.rank() + 1) * half)
    terms = stepper.compute_gradients(Batch(batch.pixels[own], batch.rows[own]))
    modules = (setup.network, criterion)
    gradients = {
        f"{number}.{name}": parameter.grad
        for number, module in enumerate(modules)
        for name, parameter in module.named_parameters()
    }
    torch.save((terms, gradients), path)


def joined_batch() -> Batch:
    """Return twelve photos of noise; those of three classes by their numbers."""
    rng = np.random.default_rng(3)
    return Batch(rng.integers(0, 256, (12, 32, 32, 3), np.uint8), np.arange(0, 24, 2))


def watch_trainers(kept: list[Trainer]) -> None:
    """Keep every trainer that is made."""
    begin = Trainer.__init__

    def remember(self: Trainer, *arguments: object) -> None:
        begin(self, *arguments)  # type: ignore[arg-type]
        kept.append(self)

    Trainer.__init__ = remember  # type: ignore[method-assign]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
