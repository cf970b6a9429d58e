"""Reports of a training as the engine makes them."""

from __future__ import annotations

from typing import Any

from engine import Progress

EPOCHS, BATCHES = 30, 10


def epoch_entry(epoch: int, figure: float | None) -> dict[str, Any]:
    """Return what an epoch brought."""
    losses = {"polarization": 2 / epoch, "total": 3 / epoch}
    return {"epoch": epoch, "lr": 0.0003, "losses": losses, "val_map": figure}


def batch_report(epoch: int, batch: int, **changes: Any) -> Progress:
    """Return the report after a batch."""
    done = (epoch - 1) * BATCHES + batch
    training = {
        "epoch": epoch,
        "epochs": EPOCHS,
        "batch": batch,
        "batches": BATCHES,
        "best": {"epoch": 0, "map": None},
        "part": 32,
        "photos": 32,
        "memory": 1_230_000_000,
        "lr": 0.0003,
        "losses": {"polarization": 2.0, "s_cross_entropy": 1.0, "total": 3.0},
        **changes,
    }
    return Progress("Training", done, EPOCHS * BATCHES, 2.0, 600.0, {"training": training})


def epoch_report(
    epoch: int, figure: float | None, best: tuple[int, float | None] | None = None
) -> Progress:
    """Return the report at the end of an epoch, which is the best one unless another is."""
    kept = dict(zip(("epoch", "map"), best or (epoch, figure), strict=True))
    details: dict[str, object] = {"epoch_end": epoch_entry(epoch, figure), "best": kept}
    return Progress("Training", epoch * BATCHES, EPOCHS * BATCHES, 2.0, 600.0, details)
