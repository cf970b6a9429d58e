"""The thread that stores what an index build computes: the network never waits for a disk."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from engine.errors import Message
from engine.library.catalogue import Catalogue
from engine.library.database import BATCH

_LONGEST = 1.0  # seconds that a result waits for others
_AHEAD = 1024  # results that may wait: more than one transaction, far less than memory


@dataclass(frozen=True)
class Encoded:
    """A photo's code, and the size of the upright picture it was made of."""

    photo_id: int
    code: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Failed:
    """A photo that cannot be decoded, and why."""

    photo_id: int
    message: Message


class IndexWriter:
    """Stores results 256 at a time, sooner where they come slowly, the rest when the block ends.

    A second is as long as anybody should wait for the first photos that can be searched.

    Args:
        catalogue: The library.
        model_key: The model whose codes are stored.
    """

    def __init__(self, catalogue: Catalogue, model_key: str) -> None:
        self._catalogue = catalogue
        self._model_key = model_key
        self._results: queue.Queue[Encoded | Failed | None] = queue.Queue(_AHEAD)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="index-writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def put(self, result: Encoded | Failed) -> None:
        """Hand a result over.

        Raises:
            LibraryError: An earlier result could not be stored: FS-205 the disk is full.
        """
        self._raise_error()
        self._results.put(result)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._results.put(None)
        self._thread.join()
        if error is None:
            self._raise_error()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        batch: list[Encoded | Failed] = []
        began = 0.0
        while (result := self._results.get()) is not None:
            began = began if batch else time.monotonic()
            batch.append(result)
            if len(batch) == BATCH or time.monotonic() - began >= _LONGEST:
                self._store(batch)
                batch = []
        self._store(batch)

    def _store(self, batch: list[Encoded | Failed]) -> None:
        if not batch:
            return
        try:
            self._catalogue.record_index(
                self._model_key,
                [
                    (item.photo_id, item.code, item.width, item.height)
                    for item in batch
                    if isinstance(item, Encoded)
                ],
                [(item.photo_id, item.message) for item in batch if isinstance(item, Failed)],
            )
        except BaseException as error:  # raised again in the thread that waits for it
            # The loop goes on, so that nobody waits for room in the queue for ever.
            self._error = self._error or error
