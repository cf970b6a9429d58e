"""The codes that a trained model gives to the classes it is to be trained further on."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine import distributed
from engine.codes import unpack
from engine.events import JobContext
from engine.losses.target_update import class_votes
from engine.training.setup import Setup
from engine.training.validation import encode

_ASKED = 40  # photos of a class; more hardly turn a majority round


def ask_votes(setup: Setup, ctx: JobContext) -> Tensor:
    """Return the sum of the codes in {-1, +1} of photos of each class, shape (classes, num_bits).

    Args:
        setup: Of a training whose network is still what it starts from.
        ctx: Line to whoever runs the job.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    asked = photos_asked(setup)
    codes_of_asked = encode(setup, asked, ctx, stage="Looking at photos")
    bits = unpack(codes_of_asked, setup.network.num_bits)
    # A logit next to zero may round to either side: one process decides for all.
    codes = 2 * torch.from_numpy(distributed.broadcast(bits).astype(np.float32)) - 1
    _, classes = np.unique(setup.photos.labels[asked], return_inverse=True)
    return class_votes(codes, torch.from_numpy(classes), int(classes.max()) + 1)


def photos_asked(setup: Setup) -> NDArray[np.int64]:
    """Return the photos whose codes tell those of the classes: some of each class."""
    train = setup.photos.train
    labels = setup.photos.labels[train]
    rng = np.random.default_rng((setup.config.seed, 8))
    of_classes = [rng.permutation(train[labels == label])[:_ASKED] for label in np.unique(labels)]
    return np.sort(np.concatenate(of_classes))
