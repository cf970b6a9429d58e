"""How long a training will take and how much memory it needs, from trying it for some batches."""

from __future__ import annotations

from dataclasses import dataclass

from engine.device import Device
from engine.events import JobContext
from engine.paths import Paths
from engine.training.run import RunRequest


@dataclass(frozen=True)
class Estimate:
    """What a training will cost.

    Attributes:
        seconds: From start to the installed model, if it runs all its epochs.
        bytes: Memory it needs, of the processor or of the graphics card.
        free_bytes: How much of that is free now, None where the system does not say.
    """

    seconds: float
    bytes: int
    free_bytes: int | None


def estimate(
    paths: Paths, request: RunRequest, ctx: JobContext | None = None, *, device: Device
) -> Estimate:
    """Try a training for some batches and return what all of it will cost."""
    raise NotImplementedError
