"""Which bits of a photo are so near their boundary that they may flip."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Of the photo's median margin. Logits have another scale in every model, so no number of theirs
# would do; of evenly spread margins this marks about every tenth bit.
_NEAR = 0.2


def may_flip(logits: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which bits a little other light or framing may turn, shape (num_bits,)."""
    margins = np.abs(logits)
    near: NDArray[np.bool_] = margins < _NEAR * np.median(margins) if len(logits) else margins > 0
    return near
