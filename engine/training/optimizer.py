"""The optimiser of a run: pretrained layers learn slower, norms and biases never decay."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import nn
from torch.optim import Optimizer

from engine.training.config import TrainConfig


def create_optimizer(
    network: nn.Module,
    criterion: nn.Module,
    config: TrainConfig,
    *,
    pretrained: Collection[str] = (),
) -> Optimizer:
    """Return the optimiser over all trainable parameters of network and criterion.

    Every group keeps its full learning rate as ``base_lr``, which :func:`set_lr` scales.

    Args:
        network: Of the method.
        criterion: Its loss.
        config: Of the run.
        pretrained: Names of the network's parameters that start from weights.
    """
    groups = [
        {"params": parameters, "base_lr": lr, "lr": lr, "weight_decay": decay}
        for (lr, decay), parameters in _grouped(network, criterion, config, pretrained).items()
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
    network: nn.Module, criterion: nn.Module, config: TrainConfig, pretrained: Collection[str]
) -> dict[tuple[float, float], list[nn.Parameter]]:
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    rates = [
        (parameter, config.backbone_lr_scale if name in pretrained else 1.0)
        for name, parameter in network.named_parameters()
    ]
    rates += [(parameter, 1.0) for parameter in criterion.parameters()]
    for parameter, scale in rates:
        if not parameter.requires_grad:
            continue
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((config.lr * scale, decay), []).append(parameter)
    return groups
