"""What the workers do for a training: plain functions over the engine, without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import engine

if TYPE_CHECKING:
    from engine import (
        Device,
        Estimate,
        JobContext,
        ModelInfo,
        Paths,
        PhotoCheck,
        Run,
        RunRequest,
        SoFar,
    )


@dataclass(frozen=True)
class RunState:
    """How far a run on the disk is.

    Attributes:
        run: The run.
        request: What it was asked to do.
        history: What each epoch brought.
        has_best: Whether there are weights to keep.
        so_far: How long it trained, and which epoch was the best.
    """

    run: Run
    request: RunRequest
    history: tuple[Mapping[str, Any], ...] = ()
    has_best: bool = False
    so_far: SoFar = field(default_factory=lambda: engine.SoFar())  # loaded with the first run

    @property
    def epochs(self) -> int:
        """Epochs it was asked for."""
        return self.request.config.epochs


@dataclass(frozen=True)
class Devices:
    """Where can be computed.

    Attributes:
        automatic: What is taken where nothing is chosen; says why there is no graphics card.
        usable: All that work, the processor first.
    """

    automatic: Device
    usable: tuple[Device, ...]


def probe_devices() -> Devices:
    """Try every device; imports torch."""
    return Devices(engine.choose_device("auto"), tuple(engine.list_devices()))


def read_run(run: Run) -> RunState:
    """Read how far a run is.

    Raises:
        TrainingError: FS-506, its description is damaged.
    """
    return RunState(run, run.request(), tuple(run.read_log()), run.best.exists(), run.so_far())


def interrupted_runs(paths: Paths) -> list[RunState]:
    """Return the runs that have not come to their end, the newest last."""
    found = []
    for run in engine.list_runs(paths):
        try:
            if not run.is_finished:
                found.append(read_run(run))
        except (engine.EngineError, ValueError, KeyError):
            continue  # a folder that is none of ours, or too damaged to go on with
    return found


def look_at_name(paths: Paths, request: RunRequest) -> tuple[str, RunState | None]:
    """Return a name that is free, and the run to go on with that has the one asked for."""
    same = (state for state in interrupted_runs(paths) if state.run.name == request.id)
    return engine.free_name(paths, request.name), next(same, None)


def check(paths: Paths, request: RunRequest, context: JobContext) -> PhotoCheck:
    """Look at the photos of a training before it begins."""
    return engine.check_photos(paths, request, context, workers=engine.background_cores())


def estimate(paths: Paths, request: RunRequest, device: str, context: JobContext) -> Estimate:
    """Measure a few batches, to tell how long a training takes as :func:`train` does it."""
    chosen, workers = engine.choose_device(device), engine.background_cores()
    return engine.estimate(paths, request, context, device=chosen, workers=workers)


def train(paths: Paths, run: Run, device: str, context: JobContext) -> ModelInfo | None:
    """Train and install."""
    chosen, workers = engine.choose_device(device), engine.background_cores()
    result = engine.train(paths, run, context, device=chosen, workers=workers)
    return result.model if result is not None else None
