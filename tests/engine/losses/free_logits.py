"""Trains logits without a network, as the training loop would, to see what a criterion does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from engine.codes import binarize, hamming
from engine.evaluation.metrics import average_precision, rank
from engine.losses.criterion import Criterion, TrainingTask

Factory = Callable[[TrainingTask], Criterion]


def toy_task(
    num_classes: int = 4, photos: int = 40, num_bits: int = 12, width: int = 0, seed: int = 0
) -> TrainingTask:
    labels = torch.arange(photos) % num_classes
    return TrainingTask(num_bits, width or num_bits, num_classes, labels, seed)


def mean_average_precision(logits: Tensor, labels: Tensor, num_bits: int) -> float:
    codes = binarize(logits.detach().numpy()[:, :num_bits])
    classes = labels.numpy()
    return float(
        np.mean(
            [
                average_precision(rank(hamming(code, codes), classes == own))
                for code, own in zip(codes, classes, strict=True)
            ]
        )
    )


class FreeLogits:
    """One row of logits a photo, trained by Adam in shuffled batches."""

    def __init__(
        self, build: Factory, task: TrainingTask, batch: int = 10, rate: float = 0.05
    ) -> None:
        self.task, self.batch = task, batch
        self.criterion = build(task)
        shape = (len(task.labels), task.width)
        self.logits = torch.nn.Parameter(0.5 * torch.randn(shape, generator=task.generator(99)))
        parameters = [self.logits, *self.criterion.parameters()]
        self.optimizer = torch.optim.Adam(parameters, lr=rate)

    def train(self, first: int, end: int, epochs: int) -> list[float]:
        """Train epochs ``first`` to ``end`` of ``epochs``; return the loss of each batch."""
        losses = []
        for epoch in range(first, end):
            self.criterion.start_epoch(epoch, epochs)
            photos = self.criterion.photos_of_epoch(epoch)
            photos = torch.arange(len(self.logits)) if photos is None else photos
            order = torch.randperm(len(photos), generator=self.task.generator(1000 + epoch))
            for indices in photos[order].split(self.batch):
                losses.append(self.step(indices))
            self.criterion.end_epoch(epoch, epochs)
        return losses

    def step(self, indices: Tensor) -> float:
        total = self.loss(indices)
        self.optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return float(total.detach())

    def loss(self, indices: Tensor) -> Tensor:
        labels = self.task.labels[indices]
        return self.criterion(self.logits[indices], labels, indices)["total"]

    def state(self) -> dict[str, object]:
        return {
            "criterion": {k: v.clone() for k, v in self.criterion.state_dict().items()},
            "logits": self.logits.detach().clone(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load(self, state: dict[str, object]) -> None:
        self.criterion.load_state_dict(state["criterion"])  # type: ignore[arg-type]
        self.logits.data.copy_(state["logits"])  # type: ignore[arg-type]
        self.optimizer.load_state_dict(state["optimizer"])  # type: ignore[arg-type]

    def mean_average_precision(self) -> float:
        return mean_average_precision(self.logits, self.task.labels, self.task.num_bits)
