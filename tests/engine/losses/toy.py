"""A toy training set on which every criterion must do its work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from engine.evaluation.metrics import average_precision, rank
from engine.losses.criterion import Criterion, TrainingTask

Create = Callable[[TrainingTask], Criterion]


def toy_task(seed: int = 0, num_bits: int = 16, width: int | None = None) -> TrainingTask:
    """Forty photos of five classes."""
    labels = torch.arange(40) % 5
    return TrainingTask(num_bits, width or num_bits, num_classes=5, labels=labels, seed=seed)


def first_logits(task: TrainingTask, scale: float = 0.5) -> Tensor:
    """Random logits in which classes can be seen, faintly; shape (photos, width)."""
    generator = torch.Generator().manual_seed(1)
    means = torch.randn(task.num_classes, task.width, generator=generator)
    noise = torch.randn(len(task.labels), task.width, generator=generator)
    return scale * (0.5 * means[task.labels] + noise)


def mean_average_precision(logits: Tensor, labels: Tensor) -> float:
    """Every photo queries all others."""
    codes = (logits.detach() > 0).float() * 2 - 1
    distances = ((codes.shape[1] - codes @ codes.T) / 2).int().numpy()
    relevant = (labels[:, None] == labels).numpy()
    others = ~np.eye(len(labels), dtype=bool)
    precisions = [
        average_precision(rank(distances[row, others[row]], relevant[row, others[row]]))
        for row in range(len(labels))
    ]
    return float(np.mean(precisions))


def call(criterion: Criterion, logits: Tensor, task: TrainingTask, **extras: Tensor) -> Tensor:
    terms = criterion(logits, task.labels, torch.arange(len(task.labels)), **extras)
    assert all(term.ndim == 0 for term in terms.values())
    return terms["total"]


def descend(
    criterion: Criterion, task: TrainingTask, *, epochs: int = 60, rate: float = 0.05
) -> tuple[Tensor, list[float]]:
    """Train free logits and the criterion's heads; return the logits and the losses."""
    logits = torch.nn.Parameter(first_logits(task))
    optimizer = torch.optim.Adam([logits, *criterion.parameters()], lr=rate)
    losses = []
    for epoch in range(epochs):
        criterion.start_epoch(epoch, epochs)
        optimizer.zero_grad()
        loss = call(criterion, logits, task)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        criterion.end_epoch(epoch, epochs)
    return logits.detach(), losses


def check_criterion(
    create: Create, *, epochs: int = 60, rate: float = 0.05, least: float = 0.95
) -> None:
    """Assert what every criterion must do; the pytest of each calls it.

    ``least`` is the mAP to reach. A quantisation holds free logits on the side where they start,
    which it cannot do to the outputs of a network that photos share.
    """
    task = toy_task()
    check_descent(create(task), task, epochs, rate, least)
    check_state(create, task)
    check_extremes(create(task), task)


def check_descent(
    criterion: Criterion, task: TrainingTask, epochs: int, rate: float, least: float
) -> None:
    before = mean_average_precision(first_logits(task), task.labels)
    logits, losses = descend(criterion, task, epochs=epochs, rate=rate)
    assert losses[-1] < 0.8 * losses[0], losses
    after = mean_average_precision(logits, task.labels)
    assert before < 0.5 < least < after, (before, after)
    for parameter in criterion.parameters():
        assert parameter.grad is not None


def check_state(create: Create, task: TrainingTask) -> None:
    """Equal seeds build equally; a state dict carries all that a loss depends on."""
    logits = first_logits(task)
    criterion, twin = create(task), create(task)
    assert torch.equal(call(criterion, logits, task), call(twin, logits, task))
    descend(criterion, task, epochs=4)
    other = create(toy_task(seed=7))
    other.load_state_dict(criterion.state_dict())
    for each in (criterion, other):
        each.start_epoch(4, 60)
    assert torch.equal(call(criterion, logits, task), call(other, logits, task))


def check_extremes(criterion: Criterion, task: TrainingTask) -> None:
    for scale in (0.0, 1e-12, 1e4):
        logits = first_logits(task, scale).requires_grad_()
        loss = call(criterion, logits, task)
        loss.backward()
        assert torch.isfinite(loss), scale
        assert logits.grad is not None
        assert torch.isfinite(logits.grad).all(), scale
