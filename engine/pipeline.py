"""Photos through a network: threads decode ahead while the calling thread computes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.codes import CodeArray, binarize
from engine.cores import cores

READ_AHEAD = 3  # batches
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class PhotoEncoder(Protocol):
    """What turns pictures into codes; ``engine.search.encode.Encoder`` is one."""

    @property
    def key(self) -> str:
        """Identity of the model and its weights."""

    @property
    def num_bits(self) -> int:
        """Length of a code."""

    @property
    def decode_side(self) -> int:
        """How many pixels the shorter side must have for ``prepare``."""

    @property
    def on_processor(self) -> bool:
        """Whether the network computes on the cores that also decode."""

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Return a picture as the network takes it; called from many threads."""

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return logits, shape (len(batch), num_bits), whatever else is in the batch."""


class Pipeline:
    """Threads that decode, and a network; use as a context manager.

    Beside a graphics card the threads never rest. A network on the processor waits for its slowest
    core: there they begin no photo while a batch is computed, since decoding at the same time costs
    more than it gains (12-megapixel photos: 50 a second instead of 55).

    Args:
        encoder: The model.
        batch_size: How many photos are computed together; a few times as many are decoded ahead.
        workers: Decode threads; one a core by default.
    """

    def __init__(
        self, encoder: PhotoEncoder, *, batch_size: int, workers: int | None = None
    ) -> None:
        self._encoder = encoder
        self._ahead = READ_AHEAD * batch_size
        self._pool = ThreadPoolExecutor(workers or cores(), thread_name_prefix="decode")
        self._may_decode = threading.Event()
        self._may_decode.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def decode(
        self, function: Callable[[Item], Outcome], items: Iterable[Item]
    ) -> Iterator[Outcome]:
        """Yield what a function that decodes makes of each item, in their order."""

        def work(item: Item) -> Outcome:
            self._may_decode.wait()
            return function(item)

        waiting: deque[Future[Outcome]] = deque()
        for item in items:
            waiting.append(self._pool.submit(work, item))
            if len(waiting) >= self._ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def encode(self, batch: Sequence[NDArray[np.uint8]]) -> CodeArray:
        """Return the packed codes of prepared pictures, shape (len(batch), bytes)."""
        pixels = np.stack(batch)
        if self._encoder.on_processor:
            self._may_decode.clear()
        try:
            return binarize(self._encoder.encode(pixels))
        finally:
            self._may_decode.set()
