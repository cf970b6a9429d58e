"""How long a model takes to encode one photo on this computer: measured once, then remembered."""

from __future__ import annotations

import json
import logging
import statistics
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from engine.device import Device
from engine.events import JobContext
from engine.paths import Paths
from engine.storage import write_json

if TYPE_CHECKING:
    from engine.search.encode import Encoder

WARM_UP = 2  # the first passes choose kernels and allocate memory
REPEATS = 9
_SIDE = 256

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EncodeTime:
    """What was measured.

    Attributes:
        ms: Milliseconds for one photo, decoding left out: the median of several passes.
        device: What it was computed on, in words.
        measured: UTC time, ISO 8601.
    """

    ms: float
    device: str
    measured: str


def measure_encode(encoder: Encoder, ctx: JobContext | None = None) -> float:
    """Return the milliseconds that one photo takes, the median of several passes.

    Raises:
        JobCancelled: Somebody asked the job to stop.
        DeviceError: FS-403, a photo does not fit into memory.
    """
    noise = np.random.default_rng(0).integers(0, 256, (_SIDE, _SIDE, 3), dtype=np.uint8)
    pixels = encoder.prepare(Image.fromarray(noise))[np.newaxis]
    times = []
    for _ in range(WARM_UP + REPEATS):
        if ctx is not None:
            ctx.checkpoint()
        began = time.perf_counter()
        encoder.encode(pixels)
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times[WARM_UP:])


class EncodeTimes:
    """The measured times of this computer, in one file of the cache.

    Args:
        paths: Of the installation.
    """

    def __init__(self, paths: Paths) -> None:
        self._path = paths.cache / "encode-times.json"

    def get(self, model_key: str, device: Device) -> EncodeTime | None:
        """Return what was measured with a model on a device, None if nothing was."""
        found = self._read().get(_place(model_key, device))
        try:
            return EncodeTime(**found) if isinstance(found, dict) else None
        except TypeError:  # of another version
            return None

    def keep(self, model_key: str, device: Device, ms: float) -> EncodeTime:
        """Remember a time; a disk that does not let it is only logged, for it is a cache."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        entry = EncodeTime(round(ms, 2), device.label, now)
        try:
            write_json(self._path, {**self._read(), _place(model_key, device): asdict(entry)})
        except OSError as error:
            logger.warning("the time of %s could not be kept: %s", model_key, error)
        return entry

    def _read(self) -> dict[str, Any]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}


def _place(model_key: str, device: Device) -> str:
    return f"{model_key} @ {device.label}"
