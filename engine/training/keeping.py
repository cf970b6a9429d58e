"""Training a model further without losing what it knows of photos that are not shown to it.

Its own logits of the new photos are a second target (Li and Hoiem, Learning without Forgetting,
ECCV 2016, with the squared difference in place of the distillation loss), classes begin with the
codes that it gives them, and its batch norms keep their statistics.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from engine.codes import unpack
from engine.events import JobContext
from engine.losses.target_update import class_votes
from engine.training.setup import Setup
from engine.training.validation import encode

_ASKED = 40  # photos of a class; more hardly turn a majority round


def start_learning(setup: Setup) -> None:
    """Switch the network to training; where codes are kept, its statistics do not move."""
    setup.network.train()
    if setup.held is not None:
        for module in setup.network.modules():
            if isinstance(module, _BatchNorm):
                module.eval()


def drift(logits: Tensor, held: Tensor) -> Tensor:
    """Return the mean squared difference of logits, both of shape (batch, num_bits)."""
    return (logits - held).square().mean()


def ask_votes(setup: Setup, ctx: JobContext) -> Tensor | None:
    """Return the sum of the codes that photos of each class have, shape (classes, num_bits).

    Args:
        setup: Of a training whose network is still what it starts from.
        ctx: Line to whoever runs the job.

    Returns:
        The sum of codes in {-1, +1}; None where no codes are kept.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    if setup.held is None:
        return None
    ctx.progress("Looking at photos", 0, force=True)
    asked = photos_asked(setup)
    bits = unpack(encode(setup, asked, ctx), setup.network.num_bits)
    _, numbers = np.unique(setup.photos.labels[asked], return_inverse=True)
    codes = 2 * torch.from_numpy(bits.astype(np.float32)) - 1
    return class_votes(codes, torch.from_numpy(numbers), int(numbers.max()) + 1)


def photos_asked(setup: Setup) -> NDArray[np.int64]:
    """Return the photos whose codes tell those of the classes: some of each class."""
    train = setup.photos.train
    labels = setup.photos.labels[train]
    rng = np.random.default_rng((setup.config.seed, 8))
    of_classes = [rng.permutation(train[labels == label])[:_ASKED] for label in np.unique(labels)]
    return np.sort(np.concatenate(of_classes))
