"""What a job is doing, in words and as an icon's name; state is never told by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core import wording
from foodsearch_gui.core.theme import Colours
from foodsearch_gui.core.worker_thread import JobHandle, JobState

if TYPE_CHECKING:
    from engine import ScanReport

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
    """Return ``Indexing 1,204 of 7,211 · 212 photos/s · about 30 s left`` or what else is true."""
    progress = handle.last_progress
    if handle.state is JobState.RUNNING:
        return wording.progress_line(progress) if progress else _tr("Running…")
    if handle.state is JobState.STOPPING:
        return _tr("Stopping after this step…")
    if handle.state is JobState.PAUSED:
        return f"{_tr('Paused')} · {wording.progress_line(progress)}" if progress else _tr("Paused")
    if handle.state is JobState.FAILED:
        return str(handle.error)
    if handle.state is JobState.QUEUED:
        return _tr("Waiting for its turn")
    return _ended(handle)


def scan_title(folders: Sequence[Path]) -> str:
    """Return what a scan of these folders is called."""
    if len(folders) == 1:
        name = wording.path(folders[0].name or folders[0])
        return _tr("Looking for photos in “%1”").replace("%1", name)
    return _tr("Looking for photos in %1 folders").replace("%1", wording.count(len(folders)))


def scan_result(report: ScanReport) -> str:
    """Return ``12 new, 3 changed, 1 gone``, or that nothing is new."""
    counts = (
        (report.new, _tr("%1 new")),
        (report.changed, _tr("%1 changed")),
        (report.moved, _tr("%1 moved")),
        (report.gone, _tr("%1 gone")),
    )
    parts = [text.replace("%1", wording.count(number)) for number, text in counts if number]
    return ", ".join(parts) or _tr("nothing new")


def _ended(handle: JobHandle) -> str:
    """Return ``Finished · Indexing 240 of 240 · took about 15 s``."""
    is_stopped = handle.state is JobState.CANCELLED
    parts = [_tr("Stopped") if is_stopped else _tr("Finished")]
    progress = handle.last_progress
    # What has succeeded is whole, though it may have needed fewer steps than it was given.
    if progress is not None and progress.total and (is_stopped or progress.done >= progress.total):
        parts.append(wording.progress_line(replace(progress, rate=None, eta=None)))
    if handle.result_text:
        parts[1:] = [handle.result_text]
    if handle.seconds is not None and handle.seconds >= 1:
        parts.append(_tr("took %1").replace("%1", wording.duration(handle.seconds)))
    return " · ".join(parts)


def _tr(text: str) -> str:
    return QCoreApplication.translate("jobs", text)
