"""From pixels to the input of a network: the one place that knows mean and standard deviation."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.preprocessing import Preprocessing


def normalize(pixels: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Return normalised images in channels_last layout, shape (batch, 3, height, width).

    Args:
        pixels: ``uint8``, shape (batch, height, width, 3), already on the device of the network.
        preprocessing: Of the network.
    """
    mean = torch.tensor(preprocessing.mean, device=pixels.device) * 255
    std = torch.tensor(preprocessing.std, device=pixels.device) * 255
    # Moving the channel axis of packed pixels is the channels_last layout; nothing is copied.
    return ((pixels.float() - mean) / std).permute(0, 3, 1, 2)
