"""The classification heads that some criteria carry."""

from __future__ import annotations

from torch import nn

from engine.losses.criterion import TrainingTask


def create_classifier(task: TrainingTask, *, bias: bool = True) -> nn.Linear:
    """Return Linear(width, num_classes) as PyTorch initialises it, but from the task's seed."""
    head = nn.Linear(task.width, task.num_classes, bias=bias)
    bound = task.width**-0.5
    for parameter in head.parameters():
        nn.init.uniform_(parameter, -bound, bound, generator=task.generator(1))
    return head
