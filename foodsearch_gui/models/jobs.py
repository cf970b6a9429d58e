"""The long jobs of this session, newest first, for the Activity page and the status bar."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)

from foodsearch_gui.core.worker_thread import JobHandle, JobState

Index = QModelIndex | QPersistentModelIndex
_KEPT = 200


class JobRole(IntEnum):
    """What the model tells about a job besides its title."""

    HANDLE = Qt.ItemDataRole.UserRole
    STATE = Qt.ItemDataRole.UserRole + 1
    STARTED = Qt.ItemDataRole.UserRole + 2


class JobsModel(QAbstractListModel):
    """Rows are job handles, newest first.

    Signals:
        activity_changed: A job was added, changed its state or made progress.
    """

    activity_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[tuple[JobHandle, datetime]] = []

    @Slot(object)
    def add(self, handle: JobHandle) -> None:
        """List a job; interactive ones come and go too fast to be listed."""
        if handle.interactive:
            return
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._jobs.insert(0, (handle, datetime.now().astimezone()))
        self.endInsertRows()
        handle.state_changed.connect(self._row_changed)
        handle.progressed.connect(self._row_changed)
        self._forget_oldest()
        self.activity_changed.emit()

    def active(self) -> list[JobHandle]:
        """Return the jobs that are not over, the running one first."""
        jobs = [job for job, _ in reversed(self._jobs) if not job.state.is_final]
        return sorted(jobs, key=lambda job: job.state is JobState.QUEUED)

    def handles(self) -> list[JobHandle]:
        """Return all listed jobs, newest first."""
        return [job for job, _ in self._jobs]

    def clear_finished(self) -> None:
        """Drop the jobs that are over."""
        self.beginResetModel()
        self._jobs = [entry for entry in self._jobs if not entry[0].state.is_final]
        self.endResetModel()
        self.activity_changed.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        """Return the number of jobs."""
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one fact about a job."""
        if not index.isValid():
            return None
        job, started = self._jobs[index.row()]
        facts: dict[int, Any] = {
            Qt.ItemDataRole.DisplayRole: job.title,
            Qt.ItemDataRole.AccessibleTextRole: f"{job.title}, {job.state}",
            JobRole.HANDLE: job,
            JobRole.STATE: job.state,
            JobRole.STARTED: started,
        }
        return facts.get(role)

    @Slot()
    def _row_changed(self) -> None:
        handle = self.sender()
        for row, (job, _) in enumerate(self._jobs):
            if job is handle:
                self.dataChanged.emit(self.index(row), self.index(row))
        self.activity_changed.emit()

    def _forget_oldest(self) -> None:
        while len(self._jobs) > _KEPT and self._jobs[-1][0].state.is_final:
            last = len(self._jobs) - 1
            self.beginRemoveRows(QModelIndex(), last, last)
            self._jobs.pop()
            self.endRemoveRows()
