"""Small trainings for tests: drawn photos, tiny networks, and what they said on their way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from engine.device import Device
from engine.errors import Message
from engine.events import JobCancelled, JobContext, Progress
from engine.losses.criterion import Criterion, TrainingTask
from engine.methods import create_criterion
from engine.models.bundle import load_tensors
from engine.paths import Paths
from engine.training.config import TrainConfig
from engine.training.run import Run, RunRequest
from engine.training.setup import Setup, set_up
from engine.training.train import TrainResult, train

CPU = Device("cpu", "Processor")
CLASSES = ("bowl", "plate", "stripe")
SIDE = 32
SMALL: dict[str, Any] = {
    "method": "dpn",
    "backbone": "test_efficientnet",
    "num_bits": 16,
    "input_size": SIDE,
    "crop_pct": 1.0,
    "epochs": 3,
    "batch_size": 8,
    "lr": 1e-3,
    "backbone_lr_scale": 1.0,
    "augment": "resized_crop",
    "jitter": 0.1,
    "degrade": 0.2,
    "validation_share": 0.2,
}


def draw_photos(folder: Path, each: int = 9, classes: tuple[str, ...] = CLASSES) -> Path:
    """Draw ``each`` pictures of every class, all different."""
    rng = np.random.default_rng(0)
    for kind, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            draw(kind, rng).save(folder / name / f"{number:02}.png")
    return folder


def draw(kind: int, rng: np.random.Generator) -> Image.Image:
    """Draw a shape of a kind in colours of its own, on a photo of any ratio.

    Without a ground of many colours they would be near-duplicates.
    """
    size = int(rng.integers(40, 56)), int(rng.integers(40, 56))
    ground = Image.fromarray(rng.integers(160, 256, (5, 5, 3), np.uint8))
    image = ground.resize(size, Image.Resampling.BICUBIC)
    colour = [40, 40, 40]
    colour[kind % 3] = 200
    left, top = (int(rng.integers(0, length - 28)) for length in size)
    box = (left, top, left + 28, top + (8 if kind == 2 else 28))
    shape = ImageDraw.Draw(image)
    (shape.ellipse if kind == 0 else shape.rectangle)(box, fill=tuple(colour))
    return image


def configure(**settings: Any) -> TrainConfig:
    return TrainConfig.from_dict({**SMALL, **settings})


def begin(paths: Paths, folder: Path | str, *, name: str = "meals", **settings: Any) -> Run:
    """Ask for a training on random weights."""
    split = settings.pop("split", "")
    parent = settings.pop("parent", "")
    request = RunRequest(
        name=name,
        config=configure(**settings),
        folder=str(folder),
        split=str(split),
        parent=parent,
        weights="none",
    )
    return Run.create(paths, request)


@dataclass
class Listener:
    """Notes what a training reports, and what is in its checkpoint after each epoch."""

    run: Run | None = None
    at_checkpoint: Callable[[JobContext], None] = lambda ctx: None
    events: list[Progress] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    states: list[dict[str, Tensor]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ctx = JobContext(
            self._note,
            serve=lambda: self.at_checkpoint(self.ctx),
            on_warning=self.warnings.append,
        )

    @property
    def epochs(self) -> list[dict[str, Any]]:
        """What the forced report of each epoch said."""
        ends = [event.details.get("epoch_end") for event in self.events]
        return [dict(entry) for entry in ends if isinstance(entry, dict)]

    def _note(self, event: Progress) -> None:
        self.events.append(event)
        if "epoch_end" in event.details and self.run is not None:
            self.states.append(safetensors.torch.load(self.run.checkpoint.read_bytes()))


def complete(paths: Paths, run: Run, listener: Listener | None = None) -> TrainResult:
    """Train to the end."""
    ctx = listener.ctx if listener else None
    result = train(paths, run, ctx, device=CPU, workers=1)
    assert result is not None
    return result


def interrupt(paths: Paths, run: Run, after: int) -> None:
    """Train until the job has come to a safe point so many times."""
    left = [after]

    def count(ctx: JobContext) -> None:
        left[0] -= 1
        if left[0] <= 0:
            ctx.cancel()

    try:
        complete(paths, run, Listener(at_checkpoint=count))
    except JobCancelled:
        return
    raise AssertionError("the training ended before it could be interrupted")


def weights_of(result: TrainResult) -> dict[str, Tensor]:
    return {name: torch.from_numpy(v) for name, v in load_tensors(result.model.path).items()}


def assert_equal(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    assert found.keys() == wanted.keys()
    differing = [name for name in wanted if not torch.equal(found[name], wanted[name])]
    assert not differing, differing


def prepared(paths: Paths, folder: Path, **settings: Any) -> tuple[Setup, Criterion, Run]:
    """Set up what a trainer needs."""
    run = begin(paths, folder, **settings)
    setup = set_up(paths, run, JobContext(), device=CPU, workers=1)
    return setup, make_criterion(setup), run


def make_criterion(setup: Setup) -> Criterion:
    """Build the loss that a setup asks for."""
    labels = torch.from_numpy(setup.photos.labels[setup.photos.train])
    task = TrainingTask(
        setup.network.num_bits, setup.network.train_width, len(setup.photos.classes), labels
    )
    return create_criterion(setup.config.method, task, setup.config.criterion)
