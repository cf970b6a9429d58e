"""A command whose owner talks to it through stdin, one word a line, and that ends with its owner.

The window trains in a process of its own this way: ``pause``, ``resume`` and ``stop`` do what the
names say, and the end of the input, which comes also when the window was killed, stops the job.
"""

from __future__ import annotations

import contextlib
import os
import threading

from engine.console.signals import INTERRUPTED
from engine.events import JobContext

PATIENCE = 20.0  # seconds in which a batch ends, or nobody waits for it any more
_NICENESS = 5


def attach(ctx: JobContext) -> None:
    """Obey stdin from now on, in the background, and leave the processor to windows."""
    from engine.device import use_cores

    use_cores(reserve=1)
    with contextlib.suppress(AttributeError, OSError):  # Windows has no niceness
        os.nice(_NICENESS)
    threading.Thread(target=_listen, args=(ctx,), name="attached", daemon=True).start()


def _listen(ctx: JobContext) -> None:
    commands = {b"pause": ctx.pause, b"resume": ctx.resume, b"stop": ctx.cancel}
    rest = b""
    # Not through sys.stdin: a thread that waits in its buffer would hold up the end of Python.
    while data := _read():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if command := commands.get(line.strip()):
                command()
    ctx.cancel()
    timer = threading.Timer(PATIENCE, os._exit, (INTERRUPTED,))  # every write is atomic
    timer.daemon = True
    timer.start()


def _read() -> bytes:
    try:
        return os.read(0, 4096)
    except OSError:
        return b""
