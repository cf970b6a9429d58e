"""A training in a process of its own: the command line's, told what to do through its stdin.

Its JSON lines become the reports of a job handle, so that the window sees no difference. The
process ends with the window: it stops where its stdin ends, which comes also when we are killed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QIODevice, QObject, QProcess, Slot

import engine
from engine import EngineError, JobContext, Message, Paths, Progress, describe
from foodsearch_gui.core.worker_thread import JobHandle

_FORCE_MS = 5000
_PROGRESS = ("stage", "done", "total", "rate", "eta")


def train_command(paths: Paths, run: str, device: str, processes: int = 1) -> list[str]:
    """Return the words that train a run in processes of their own.

    Args:
        paths: Of the installation.
        run: Name of the run's folder.
        device: As in :func:`engine.choose_device`.
        processes: One a graphics card; torchrun starts several.
    """
    home = [] if paths == Paths.resolve() else ["--home", str(paths.data.parent)]
    workers = str(max(1, engine.background_cores() // processes))
    options = ["train", "--resume", run, "--json", "--attached", "--device", device]
    options += ["--workers", workers, *home]
    if getattr(sys, "frozen", False):  # there is no interpreter to ask for a module
        return [str(Path(sys.executable).with_name("foodsearch-cli")), *options]
    if processes == 1:
        return [sys.executable, "-m", "engine", *options]
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    return [sys.executable, *launcher, "-m", "engine", *options]


class ToldError(EngineError):
    """What another process could not do, in its own words.

    Args:
        message: Its words.
    """

    def __init__(self, message: Message) -> None:
        Exception.__init__(self, str(message))
        self.message = message
        self.details = {}


class TrainingChild(QObject):
    """The process and the handle that stands for it.

    Args:
        command: What to run.
        name: Of the training.
        title: What the job is called.
        log: Where its stderr goes.

    Attributes:
        handle: Reports as that of a job in a worker; ``succeeded`` brings the result as a dict.
    """

    def __init__(
        self, command: Sequence[str], name: str, title: str, log: Path, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._rest = b""
        self._end: tuple[str, Any] | None = None
        self.handle = JobHandle(
            title, _Line(self._say), lambda _number: None, interactive=False, number=0
        )
        log.parent.mkdir(parents=True, exist_ok=True)
        process = self._process = QProcess(self)
        process.setProgram(command[0])
        process.setArguments(list(command[1:]))
        process.setStandardErrorFile(str(log), QIODevice.OpenModeFlag.Append)
        process.started.connect(self._tell_start)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._tell_end)
        process.errorOccurred.connect(self._tell_error)

    @property
    def pid(self) -> int:
        """Number of the process, 0 while there is none."""
        return int(self._process.processId())

    def start(self) -> None:
        """Begin."""
        self._process.start()

    def shutdown(self, ms: int) -> bool:
        """Stop the process, by force if it takes too long; return whether it has ended."""
        process = self._process
        if process.state() == QProcess.ProcessState.NotRunning:
            return True
        self.handle.cancel()
        process.closeWriteChannel()
        if not self._has_ended(ms):
            process.kill()
        return self._has_ended(_FORCE_MS)

    def _has_ended(self, ms: int) -> bool:
        self._process.waitForFinished(ms)  # False also for one that never started
        return self._process.state() == QProcess.ProcessState.NotRunning

    def _say(self, word: str) -> None:
        self._process.write(f"{word}\n".encode())

    @Slot()
    def _tell_start(self) -> None:
        self.handle.receive("started", None)

    @Slot()
    def _read(self) -> None:
        data = self._rest + bytes(self._process.readAllStandardOutput().data())
        *lines, self._rest = data.split(b"\n")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            event = json.loads(line)
            kind = event.pop("event")
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # a library that writes to stdout
        if kind == "progress":
            values = {name: event.pop(name) for name in _PROGRESS}
            self.handle.receive("progress", Progress(**values, details=event))
        elif kind == "warning":
            self.handle.receive("warning", _message(event))
        elif kind == "result":
            self._end = ("succeeded", event)
        elif kind == "stopped":
            self._end = ("cancelled", None)
        elif kind == "error":
            error = ToldError(_message(event)) if "parts" in event else RuntimeError(event)
            self._end = ("failed", (error, event["message"]))

    @Slot(int, QProcess.ExitStatus)
    def _tell_end(self, code: int, _status: QProcess.ExitStatus) -> None:
        self._read()
        if self._end is None and self.handle.is_cancelled:
            self._end = ("cancelled", None)  # before it could say so
        if self._end is None:
            message = describe("FS-512", name=self._name, reason=f"its exit code was {code}")
            self._end = ("failed", (ToldError(message), ""))
        self.handle.receive(*self._end)

    @Slot(QProcess.ProcessError)
    def _tell_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            message = describe("FS-512", name=self._name, reason=self._process.errorString())
            self.handle.receive("failed", (ToldError(message), ""))


class _Line(JobContext):
    """Passes on what the window asks of the job."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def cancel(self) -> None:
        super().cancel()
        self._say("stop")

    def pause(self) -> None:
        super().pause()
        self._say("pause")

    def resume(self) -> None:
        super().resume()
        self._say("resume")


def _message(event: dict[str, Any]) -> Message:
    parts = {**event["parts"], "actions": tuple(event["parts"]["actions"])}
    return Message(event["code"], **parts)
