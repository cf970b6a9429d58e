"""How much memory some work needs, on the device where it computes."""

from __future__ import annotations

import gc
from types import TracebackType
from typing import Self

import torch

from engine.device import Device
from engine.memory import MemoryWatch, free_bytes


class MemoryNeed:
    """Measures the memory that is claimed while a ``with`` block runs.

    Args:
        device: Whose memory.
        interval: Seconds between two looks at the memory of the processor.

    Attributes:
        bytes: The most that was in use at once, beyond what was before.
        free_bytes: What was free before, None where the system does not say.
    """

    bytes: int
    free_bytes: int | None

    def __init__(self, device: Device, interval: float = 0.02) -> None:
        self._card = device.name if device.name.startswith("cuda") else None
        self._watch = MemoryWatch(interval)

    def __enter__(self) -> Self:
        gc.collect()
        if self._card:
            torch.cuda.empty_cache()
            self.free_bytes = torch.cuda.mem_get_info(self._card)[0]
            torch.cuda.reset_peak_memory_stats(self._card)
            self._before = torch.cuda.memory_allocated(self._card)
        else:
            self._watch.__enter__()
            self.free_bytes = free_bytes()
        return self

    @property
    def so_far(self) -> int:
        """The most that was in use at once until now."""
        if self._card:
            return int(torch.cuda.max_memory_allocated(self._card)) - self._before
        return self._watch.growth

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._card:
            self._watch.__exit__(kind, error, traceback)
        self.bytes = self.so_far
