"""The optimiser of a run: pretrained layers learn slower, norms and biases never decay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch import nn
from torch.optim import Optimizer

from engine.training.config import TrainConfig

_PRETRAINED = "backbone.model."  # the adapter's own projections are new


def create_optimizer(network: nn.Module, criterion: nn.Module, config: TrainConfig) -> Optimizer:
    """Return the optimiser over all trainable parameters of network and criterion.

    Every group keeps its full learning rate as ``base_lr``, which :func:`set_lr` scales.
    """
    groups = [
        {"params": parameters, "base_lr": lr, "lr": lr, "weight_decay": decay}
        for (lr, decay), parameters in _grouped(network, criterion, config).items()
    ]
    match config.optimizer:
        case "adam":
            return torch.optim.Adam(groups)
        case "adamw":
            return torch.optim.AdamW(groups)
        case "rmsprop":
            # Hashing papers use RMSprop without momentum.
            return torch.optim.RMSprop(groups)
        case "sgd":
            return torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum)


def set_lr(optimizer: Optimizer, factor: float) -> None:
    """Scale the learning rates."""
    for group in optimizer.param_groups:
        group["lr"] = group["base_lr"] * factor


def _grouped(
    network: nn.Module, criterion: nn.Module, config: TrainConfig
) -> dict[tuple[float, float], list[nn.Parameter]]:
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in _trainable((network, criterion)):
        scale = config.backbone_lr_scale if name.startswith(_PRETRAINED) else 1.0
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((config.lr * scale, decay), []).append(parameter)
    return groups


def _trainable(modules: Iterable[nn.Module]) -> Iterator[tuple[str, nn.Parameter]]:
    for module in modules:
        for name, parameter in module.named_parameters():
            if parameter.requires_grad:
                yield name, parameter
