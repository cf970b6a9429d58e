"""What the model that a training starts from already says of the classes it is to learn."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from engine.codes import unpack
from engine.events import JobContext
from engine.training.setup import Setup
from engine.training.validation import encode

_ASKED = 40  # photos of a class; more hardly turn a majority round


def parent_votes(setup: Setup, ctx: JobContext) -> Tensor:
    """Return the sum of the codes in {-1, +1} of photos of each class, shape (classes, num_bits).

    Args:
        setup: Of the training; its network is still what it starts from.
        ctx: Line to whoever runs the job.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx.progress("Looking at photos", 0, force=True)
    train, config = setup.photos.train, setup.config
    labels = setup.photos.labels[train]
    rng = np.random.default_rng((config.seed, 8))
    rows = []
    for number in np.unique(labels):
        of_class = train[labels == number]
        asked = rng.choice(of_class, min(_ASKED, len(of_class)), replace=False)
        bits = unpack(encode(setup, np.sort(asked), ctx), setup.network.num_bits)
        rows.append(2 * bits.astype(np.float32).sum(axis=0) - len(asked))
    return torch.from_numpy(np.stack(rows).astype(np.float32))
