"""What a job is doing, in words and as an icon's name; state is never told by colour alone."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core import wording
from foodsearch_gui.core.theme import Colours
from foodsearch_gui.core.worker_thread import JobHandle, JobState

_ICONS = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "activity",
    JobState.PAUSED: "pause",
    JobState.STOPPING: "stop",
    JobState.SUCCEEDED: "done",
    JobState.FAILED: "error",
    JobState.CANCELLED: "cancelled",
}


def state_icon(state: JobState) -> str:
    """Return the icon of a state."""
    return _ICONS[state]


def state_colour(state: JobState, colours: Colours) -> str:
    """Return the colour of a state's icon."""
    special = {
        JobState.SUCCEEDED: colours.ok,
        JobState.FAILED: colours.error,
        JobState.RUNNING: colours.frame,
    }
    return special.get(state, colours.secondary)


def state_line(handle: JobHandle) -> str:
    """Return ``Indexing 1,204 / 7,211 · 212 photos/s · about 30 s left`` or what else is true."""
    progress = handle.last_progress
    if handle.state is JobState.RUNNING:
        return wording.progress_line(progress) if progress else _tr("Running…")
    if handle.state is JobState.STOPPING:
        return _tr("Stopping after this step…")
    if handle.state is JobState.PAUSED:
        return f"{_tr('Paused')} · {wording.progress_line(progress)}" if progress else _tr("Paused")
    if handle.state is JobState.FAILED:
        return str(handle.error)
    return {
        JobState.QUEUED: _tr("Waiting for its turn"),
        JobState.SUCCEEDED: _tr("Finished"),
        JobState.CANCELLED: _tr("Stopped"),
    }[handle.state]


def _tr(text: str) -> str:
    return QCoreApplication.translate("jobs", text)
