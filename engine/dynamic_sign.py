"""The dynamic sign of CSCE-Net: bits too close to zero to be decided share one value.

Xue et al., Cross-Scale Context Extracted Hashing for Fine-Grained Image Binary Encoding,
ACML 2022, equations 6 and 7. Both the network (codes of photos) and its loss (targets of the
quantisation) follow it. All functions take logits (..., num_bits) and one threshold t >= 0 a
photo, shape (..., 1).
"""

from __future__ import annotations

import torch
from torch import Tensor

MAX_THRESHOLD = 0.005
"""Upper end of the threshold in the paper; the released code has 0.01, and allows negative ones."""


def fill_value(logits: Tensor, threshold: Tensor | float) -> Tensor:
    """Return the value that the undecided bits of each code get: -1 or +1, shape (..., 1).

    It is the sign in the minority among the decided bits, +1 if there is none: the code is
    balanced by it. (The released code counts all positive logits and compares with 32.)
    """
    positive = (logits > threshold).sum(-1, keepdim=True)
    negative = (logits < -threshold).sum(-1, keepdim=True)
    return torch.where(positive > negative, -1.0, 1.0).to(logits.dtype)


def dynamic_sign(logits: Tensor, threshold: Tensor | float) -> Tensor:
    """Return codes in {-1, +1}, without gradient; a logit of exactly t is undecided."""
    values, bound = logits.detach(), _detached(threshold)
    decided = torch.where(values > bound, 1.0, -1.0).to(values.dtype)
    return torch.where(values.abs() > bound, decided, fill_value(values, bound))


def settle(logits: Tensor, threshold: Tensor | float) -> Tensor:
    """Return logits whose plain signs are the dynamic ones.

    The magnitudes stay, so that an undecided bit still tells how weak it is; a logit of zero
    becomes the smallest number of its type, for zero would be the bit 0 whatever the fill.
    """
    magnitude = logits.abs().clamp(min=torch.finfo(logits.dtype).tiny)
    return torch.where(logits.abs() > threshold, logits, fill_value(logits, threshold) * magnitude)


def soft_dynamic_sign(
    logits: Tensor, threshold: Tensor | float, max_threshold: Tensor | float = MAX_THRESHOLD
) -> Tensor:
    """Return a smooth dynamic sign in (-1, 1) through which the threshold can learn.

    Our addition: the paper calls the threshold learned, yet no gradient reaches it in the
    released code. The fill value counts as constant. The steps are a fifth of the largest
    threshold wide; towards 0 this becomes :func:`dynamic_sign`.

    Args:
        logits: Shape (..., num_bits).
        threshold: Shape (..., 1).
        max_threshold: Upper end of the threshold of the network, of the same shape.
    """
    temperature = max_threshold / 5
    above = torch.sigmoid((logits - threshold) / temperature)
    below = torch.sigmoid((-logits - threshold) / temperature)
    fill = fill_value(logits.detach(), _detached(threshold))
    return above - below + fill * (1 - above - below)


def _detached(threshold: Tensor | float) -> Tensor | float:
    return threshold.detach() if isinstance(threshold, Tensor) else threshold
