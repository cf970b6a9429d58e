"""``train --check``: what a training would meet and cost, without beginning it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.console.invocation import Invocation
from engine.console.text import count, duration, printable, table
from engine.errors import EngineError, TrainingError

if TYPE_CHECKING:
    from engine.training.config import TrainConfig
    from engine.training.estimate import Estimate
    from engine.training.findings import Finding, PhotoCheck
    from engine.training.run import RunRequest

_SIGNS = {"error": "stop", "warning": "mind", "note": "note"}


def check(call: Invocation, request: RunRequest) -> None:
    """Tell what was found, and what the training would cost.

    Raises:
        EngineError: FS-521, or the reason why it cannot start.
    """
    from engine.device import choose_device, use_cores
    from engine.training.check import check_photos
    from engine.training.estimate import estimate

    call.ctx.progress("Loading the model", 0)
    use_cores()
    device = choose_device(call.options.device)
    found = check_photos(call.paths, request, call.ctx, workers=call.options.workers)
    cost, refusal = None, None
    if found.can_start:
        try:
            cost = estimate(
                call.paths,
                request,
                call.ctx,
                device=device,
                download=call.options.download,
                workers=call.options.workers,
            )
        except EngineError as error:  # what was found is told all the same
            refusal = error
    values = {
        "can_start": found.can_start and refusal is None,
        "photos": found.photos,
        "train": found.train,
        "held": found.held,
        "classes": [vars(entry) for entry in found.classes],
        "findings": [_finding(finding) for finding in found.findings],
        "seconds": cost and cost.seconds,
        "bytes": cost and cost.bytes,
        "free_bytes": cost and cost.free_bytes,
        "device": device.label,
    }
    call.console.result(values, _lines(found, cost, request.config, device.label))
    if refusal is not None:
        raise refusal
    if not found.can_start:
        raise TrainingError("FS-521")


def _finding(finding: Finding) -> dict[str, Any]:
    message = finding.message
    return {
        "severity": finding.severity,
        "code": message.code,
        "message": str(message),
        "paths": [str(path) for path in finding.paths],
    }


def _lines(found: PhotoCheck, cost: Estimate | None, config: TrainConfig, device: str) -> list[str]:
    lines = _photos(found)
    lines += [f"{_SIGNS[f.severity]}: {printable(f.message)}" for f in found.findings]
    if cost is not None:
        lines += [] if found.findings else ["Nothing has to be mended."]
        plan = f"{config.method}, {config.num_bits} bits, {count(config.epochs, 'epoch')}"
        lines.append(f"about {_roughly(cost.seconds)} and {_memory(cost)} ({plan}, {device})")
    return lines


def _photos(found: PhotoCheck) -> list[str]:
    """Return how many there are, and their shares unless no training can come of them."""
    if not found.photos:  # the first finding says what there is
        return []
    sum_up, shared = count(found.photos, "photo"), bool(found.train)
    if shared:
        sum_up += f": {found.train:,} to train on, {found.held:,} held back to choose the epoch"
    if not found.classes:
        return [sum_up]
    captions: tuple[str, ...] = ("class", "photos", "train", "held")
    rows: list[tuple[object, ...]] = [
        (entry.name, entry.photos, entry.train, entry.held) for entry in found.classes
    ]
    if not shared:
        captions, rows = captions[:2], [row[:2] for row in rows]
    return [*table(captions, rows, right="photos train held"), sum_up]


def _roughly(seconds: float) -> str:
    """Return a time no more precise than an estimate is."""
    if seconds < 100:
        return duration(seconds)
    return duration(60 * round(seconds / 60)).removesuffix(" 0 s")


def _memory(cost: Estimate) -> str:
    free = "" if cost.free_bytes is None else f" of {cost.free_bytes / 1e9:,.1f} GB free"
    return f"{cost.bytes / 1e6:,.0f} MB{free}"
