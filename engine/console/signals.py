"""Ctrl-C and SIGTERM ask the running job to stop; a second one ends the process at once."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType

from engine.events import JobContext

INTERRUPTED = 130  # exit code of a command that was asked to stop, as shells have it
_NOTICE = b"\nStopping; what is done is kept. Once more ends at once.\n"


@contextlib.contextmanager
def interruptible(ctx: JobContext) -> Iterator[None]:
    """Turn the signals into a request to stop while the block runs, in the main thread."""

    def stop(number: int, frame: FrameType | None) -> None:
        if ctx.is_cancelled:
            os._exit(INTERRUPTED)  # everything stored is safe: every write is a transaction
        ctx.cancel()
        # Not through a stream: the signal may have come in the middle of a write to it.
        with contextlib.suppress(OSError):
            os.write(2, _NOTICE)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
