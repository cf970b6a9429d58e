from __future__ import annotations

import threading

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.device import Device
from engine.events import JobCancelled, JobContext
from engine.paths import Paths
from engine.search.speed import EncodeTimes, measure_encode

CPU = Device("cpu", "Processor, 2 cores", "")
CARD = Device("cuda:0", "Card", "")


class SlowEncoder:
    """Takes half a second for the first photo and a hundredth for each later one."""

    num_bits = 8

    def __init__(self) -> None:
        self.photos = 0

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        return np.asarray(image.resize((8, 8)))

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        threading.Event().wait(0.01 if self.photos else 0.5)
        self.photos += len(batch)
        return np.zeros((len(batch), 8), np.float32)


def test_the_slow_start_does_not_count() -> None:
    assert 10 <= measure_encode(SlowEncoder()) < 100  # type: ignore[arg-type]


def test_it_can_be_stopped() -> None:
    ctx = JobContext()
    ctx.cancel()
    with pytest.raises(JobCancelled):
        measure_encode(SlowEncoder(), ctx)  # type: ignore[arg-type]


def test_a_time_is_remembered_by_model_and_device() -> None:
    times = EncodeTimes(Paths.resolve())
    assert times.get("a-1", CPU) is None
    kept = times.keep("a-1", CPU, 41.23456)
    assert (kept.ms, kept.device) == (41.23, "Processor, 2 cores")
    times.keep("a-1", CARD, 2)
    again = EncodeTimes(Paths.resolve())
    assert again.get("a-1", CPU) == kept
    assert again.get("b-2", CPU) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"a-1 @ Card": {"seconds": 1}}', '{"a-1 @ Card": 3}'])
def test_a_damaged_note_is_measured_anew(text: str) -> None:
    paths = Paths.resolve()
    paths.cache.mkdir(parents=True)
    (paths.cache / "encode-times.json").write_text(text)
    times = EncodeTimes(paths)
    assert times.get("a-1", CARD) is None
    assert times.get("a-1", CARD) != times.keep("a-1", CARD, 1.0)


def test_a_disk_that_refuses_is_no_harm() -> None:
    paths = Paths.resolve()
    paths.cache.parent.mkdir(parents=True, exist_ok=True)
    paths.cache.write_text("a file where the folder should be")
    assert EncodeTimes(paths).keep("a-1", CPU, 3.0).ms == 3.0
