"""What Qt has to say goes through Python's logging, like everything else."""

from __future__ import annotations

import logging

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
# The offscreen platform says this of every window; it is no fault of anybody.
_EXPECTED = ("This plugin does not support propagateSizeHints()",)
_log = logging.getLogger("qt")


def install() -> None:
    """Take over Qt's messages."""
    qInstallMessageHandler(_take)


def uninstall() -> None:
    """Give them back: at the end of the process Python cannot take them any more."""
    qInstallMessageHandler(None)


def _take(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    if text not in _EXPECTED:
        _log.log(_LEVELS.get(kind, logging.WARNING), text)
