"""What is said when memory runs out in a training and no smaller part of a batch would help."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from engine.device import Device, is_out_of_memory
from engine.errors import DeviceError


def is_lack_of_memory(error: MemoryError | RuntimeError) -> bool:
    """Whether Python, torch or a graphics card had no memory left."""
    return isinstance(error, MemoryError) or is_out_of_memory(error)


@contextlib.contextmanager
def lack_of_memory_told(device: Device) -> Iterator[None]:
    """Turn a lack of memory within the block into words.

    Raises:
        DeviceError: FS-406.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_lack_of_memory(error):
            raise
        advice = "Close other programs, choose a smaller model, or use the processor."
        raise DeviceError(
            "FS-406", work="The training", device=device.label, advice=advice
        ) from error
