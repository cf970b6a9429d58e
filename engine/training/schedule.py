"""The learning rate as a function of the time trained."""

from __future__ import annotations

import math

from engine.training.config import TrainConfig


def lr_factor(config: TrainConfig, epoch: float, step: float = 0.0) -> float:
    """Return what the learning rate is multiplied with.

    Args:
        config: Of the run.
        epoch: Epochs trained so far, with the fraction of the current one.
        step: Share of an epoch that the step about to be taken is; the warm-up counts it, lest
            the first step be none.
    """
    if epoch < config.warmup_epochs:
        return min(1.0, (epoch + step) / config.warmup_epochs)
    if config.schedule == "constant":
        return 1.0
    if config.schedule == "step":
        return float(config.step_factor ** int(epoch // config.step_epochs))
    share = (epoch - config.warmup_epochs) / max(config.epochs - config.warmup_epochs, 1e-9)
    return 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
