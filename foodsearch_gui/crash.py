"""Faults of ours: logged from every thread, shown in the GUI thread, kept for the next start."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

_log = logging.getLogger(__name__)
_LOG_BYTES, _LOG_FILES = 1_000_000, 5
_REPEAT_SECONDS = 10.0


class CrashReporter(QObject):
    """Collects faults of all threads. Lives in the GUI thread.

    Args:
        folder: Of the logs.
        show: Tells the user; called in the GUI thread, one call at a time.
    """

    _collected = Signal(str)

    def __init__(
        self, folder: Path, show: Callable[[str], object], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._show = show
        self._is_showing = False
        self._lock = threading.Lock()
        self._last = ("", float("-inf"))
        self._file: TextIO | None = None
        self._handler: logging.Handler | None = None
        self._collected.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self.previous_crash = self._take_previous()

    def install(self) -> None:
        """Watch Python, its threads and the process itself, and keep a log."""
        self._handler = logging.handlers.RotatingFileHandler(
            self._folder / "foodsearch.log",
            maxBytes=_LOG_BYTES,
            backupCount=_LOG_FILES - 1,
            encoding="utf-8",
        )
        self._handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)s %(name)s %(threadName)s %(message)s")
        )
        logging.getLogger().addHandler(self._handler)
        self._file = self._crash_log.open("w", encoding="utf-8")
        faulthandler.enable(self._file)
        sys.excepthook = self._python_failed
        threading.excepthook = self._thread_failed

    def uninstall(self) -> None:
        """Stop watching; the program ends as it should, so there is no crash to keep."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        faulthandler.disable()
        if self._file is not None:
            self._file.close()
            self._crash_log.unlink(missing_ok=True)
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()

    @Slot(object, str)
    def report(self, error: Exception, text: str) -> None:
        """Log and show a fault; may be called from any thread."""
        summary = f"{type(error).__name__}: {error}"
        with self._lock:
            previous, when = self._last
            is_repeated = previous == summary and time.monotonic() - when < _REPEAT_SECONDS
            self._last = (summary, time.monotonic())
        _log.error("fault%s\n%s", " again" if is_repeated else "", text or summary)
        if not is_repeated:
            self._collected.emit(text or summary)

    @property
    def _crash_log(self) -> Path:
        return self._folder / f"crash-{os.getpid()}.log"

    def _take_previous(self) -> str:
        """Return what a program wrote while it died, and keep it under another name."""
        found = ""
        for path in self._folder.glob("crash-[0-9]*.log"):
            if _is_alive(int(path.stem.removeprefix("crash-"))):
                continue
            if text := path.read_text(encoding="utf-8", errors="replace"):
                found = text
                path.replace(self._folder / "crash-last.log")
            else:  # killed from outside: nothing to tell
                path.unlink()
        return found

    def _python_failed(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            self.report(error, "".join(traceback.format_exception(kind, error, trace)))
        else:
            sys.__excepthook__(kind, error, trace)

    def _thread_failed(self, arguments: Any) -> None:
        self._python_failed(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    @Slot(str)
    def _tell(self, text: str) -> None:
        assert QThread.currentThread() is self.thread(), "dialogs belong to the GUI thread"
        if self._is_showing:
            return  # it is in the log; one dialog at a time is enough
        self._is_showing = True
        try:
            self._show(text)
        finally:
            self._is_showing = False


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return False  # asking would end the process there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs, for another user
        return True
    return True
