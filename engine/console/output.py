"""What a command writes: results on stdout, everything said on the way on stderr.

With ``--json`` every event is an object on a line of its own on stdout, the result being the last.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from engine.console.text import duration, printable
from engine.errors import Message
from engine.events import Progress
from engine.wording import percent

PLAIN_INTERVAL = 10.0  # seconds between progress lines where nobody watches a terminal


class Console:
    """The two streams of a command.

    Args:
        as_json: Write JSON lines.
        out: Where results go; stdout by default.
        err: Where messages go; stderr by default.
    """

    def __init__(
        self, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self.as_json = as_json
        self._out = out or _tolerant(sys.stdout)
        self._err = err or _tolerant(sys.stderr)
        self._live = self._err.isatty() and not as_json
        self.has_skipped = False  # something that was asked for could not be done
        self._line = ""  # what stands on the terminal's progress line
        self._stage = ""
        self._said_at = float("-inf")

    def result(self, values: Mapping[str, Any], lines: Sequence[str]) -> None:
        """Write the result, as one object or as text."""
        self.part("result", values, lines)

    def part(self, name: str, values: Mapping[str, Any], lines: Sequence[str]) -> None:
        """Write a part of the result that is ready, as an event of its own or as text."""
        self._clear()
        if self.as_json:
            self._event(name, values)
        else:
            self._out.write("".join(f"{line}\n" for line in lines))
            self._out.flush()

    def progress(self, progress: Progress) -> None:
        """Show how far a job is."""
        if self.as_json:
            values = {name: value for name, value in vars(progress).items() if name != "details"}
            self._event("progress", values | progress.details)
        elif self._live:
            self._overwrite(describe_progress(progress))
        elif self._is_worth_a_line(progress):
            self._write(describe_progress(progress))

    def note(self, text: str) -> None:
        """Say something in passing, to people only."""
        if not self.as_json:
            self._write(text)

    def warn(self, message: Message) -> None:
        """Say what is wrong though the command goes on."""
        if self.as_json:
            values = {"code": message.code, "message": str(message), "parts": _parts(message)}
            self._event("warning", values)
        self._write(str(message))

    def skip(self, message: Message) -> None:
        """Say what could not be done though the rest is; the exit code will say so, too."""
        self.has_skipped = True
        self.warn(message)

    def error(self, code: str, text: str, message: Message | None = None) -> None:
        """Say why the command ends here.

        Args:
            code: Of the message.
            text: All of it.
            message: Its parts, for programs.
        """
        if self.as_json:
            parts = {"parts": _parts(message)} if message is not None else {}
            self._event("error", {"code": code, "message": text, **parts})
        self._write(text)

    def stopped(self, text: str) -> None:
        """Say that the user stopped the command."""
        if self.as_json:
            self._event("stopped", {"message": text})
        self._write(text)

    def _event(self, name: str, values: Mapping[str, Any]) -> None:
        # ASCII only: file names that are not text survive as lone surrogates.
        self._out.write(json.dumps({"event": name, **values}) + "\n")
        self._out.flush()

    def _write(self, text: str) -> None:
        self._clear()
        self._err.write(printable(text) + "\n")
        self._err.flush()

    def _overwrite(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]
        self._err.write("\r" + text.ljust(len(self._line)))
        self._err.flush()
        self._line = text

    def _clear(self) -> None:
        if self._line:
            self._err.write("\r" + " " * len(self._line) + "\r")
            self._line = ""

    def _is_worth_a_line(self, progress: Progress) -> bool:
        now = time.monotonic()
        begins, ends = progress.stage != self._stage, progress.done == progress.total
        if not (begins or ends or now - self._said_at >= PLAIN_INTERVAL):
            return False
        self._stage, self._said_at = progress.stage, now
        return True


@contextlib.contextmanager
def logs_shown(console: Console, debug: bool = False) -> Iterator[None]:
    """Pass the engine's log records on to a console while the block runs: warnings, or all."""
    logger, handler = logging.getLogger("engine"), _ConsoleHandler(console)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if debug else logging.WARNING)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


class _ConsoleHandler(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.note(f"{record.levelname.lower()}: {record.getMessage()}")


def describe_progress(progress: Progress) -> str:
    """Return e.g. ``Indexing  1,203 of 5,193  23 %  41 a second  1 min 37 s left``."""
    parts = [progress.stage]
    if progress.total is None and progress.done:
        parts.append(f"{progress.done:,}")
    elif progress.total:
        parts.append(f"{progress.done:,} of {progress.total:,}")
        parts.append(percent(progress.done / progress.total))
    if progress.rate:
        parts.append(_speed(progress.rate))
    if progress.eta is not None and progress.done != progress.total:
        parts.append(f"{duration(progress.eta)} left")
    parts += [f"{value:,} {name}" for name, value in progress.details.items() if _counts(value)]
    if "note" in progress.details:
        parts.append(str(progress.details["note"]))
    return "  ".join(parts)


def _speed(rate: float) -> str:
    """Return ``41 a second``, or how long one takes where that is long."""
    if rate < 0.1:
        return f"{duration(1 / rate)} each"
    if rate < 0.95:
        return f"{1 / rate:.1f} s each"
    return f"{rate:,.{0 if rate >= 10 else 1}f} a second"


def _parts(message: Message) -> dict[str, Any]:
    """Return what a window shows each in its own way."""
    return {
        "title": message.title,
        "cause": message.cause,
        "advice": message.advice,
        "actions": message.actions,
    }


def _counts(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _tolerant(stream: TextIO) -> TextIO:
    # A terminal of a small character set must not end the program over a quotation mark.
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream
