"""Where a training is, and what is to become of it."""

from __future__ import annotations

from enum import StrEnum

from foodsearch_gui.core.worker_thread import JobState


class Stage(StrEnum):
    """Where the training is; those from ``INTERRUPTED`` on are at rest."""

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    SAVING = "saving"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    FINISHED = "finished"

    @property
    def is_busy(self) -> bool:
        """Whether something is going on that cannot be done twice at a time."""
        return self in _BUSY


_BUSY = (Stage.STARTING, Stage.RUNNING, Stage.PAUSED, Stage.STOPPING, Stage.SAVING)
STAGES = {
    JobState.QUEUED: Stage.STARTING,
    JobState.RUNNING: Stage.RUNNING,
    JobState.PAUSED: Stage.PAUSED,
    JobState.STOPPING: Stage.STOPPING,
}


class Wish(StrEnum):
    """What is to become of a run once its training has stopped."""

    INTERRUPT = "interrupt"
    KEEP = "keep"
    DISCARD = "discard"
