"""Writes a picture of the window once its content has arrived, then ends the program."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Slot

from foodsearch_gui.core.session import Session
from foodsearch_gui.main_window import SIZE, MainWindow

_POLL_MS = 100
_STEADY_POLLS = 4  # answers may arrive one after the other
_LONGEST_MS = 600_000
_KINDS = ("engine", "open", "roots", "scan", "index", "samples", "refresh", "query")


class Screenshot(QObject):
    """Waits until nothing happens any more, searches once if need be, takes the picture.

    Args:
        window: What is shown.
        target: The PNG file.
        search: Whether to search with a photo of the library first.
    """

    def __init__(self, window: MainWindow, target: Path, *, search: bool) -> None:
        super().__init__(window)
        self._window = window
        self._target = target
        self._search = search
        self._steady = 0
        window.resize(*SIZE)  # not the size the user left it with
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._look)
        self._waited = 0

    @Slot()
    def start(self) -> None:
        """Begin to wait."""
        self._timer.start()

    @Slot()
    def _look(self) -> None:
        self._waited += _POLL_MS
        if self._waited > _LONGEST_MS:
            self._end("The window did not come to rest.")
        self._steady = self._steady + 1 if self._is_at_rest() else 0
        if self._steady < _STEADY_POLLS:
            return
        self._steady = 0
        if self._search:
            self._search = False
            _search_one(self._window.session)
        else:
            self._take()

    def _is_at_rest(self) -> bool:
        session = self._window.session
        is_busy = session.jobs.active() or any(map(session.running, _KINDS))
        is_ready = session.catalogue is not None or session.running("open") is None
        page = self._window.current_page
        is_settled = page is not None and page.is_settled()
        return is_ready and not is_busy and session.thumbs.is_idle and is_settled

    def _take(self) -> None:
        picture = self._window.grab()
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            saved = picture.save(str(self._target), "PNG")
        except OSError:
            saved = False
        self._end("" if saved else f"{self._target} cannot be written.")

    def _end(self, complaint: str) -> None:
        self._timer.stop()
        if complaint:
            sys.stderr.write(complaint + "\n")
        QCoreApplication.exit(1 if complaint else 0)


def _search_one(session: Session) -> None:
    """Search with a photo from the library, if it has any."""
    if session.catalogue is None or session.searcher is None:
        return
    ids = session.catalogue.ids()
    if len(ids):
        session.find_similar(int(ids[3 * len(ids) // 4]))
