"""The training loop of every method: epochs, validation, checkpoints, best weights."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine import distributed
from engine.codes import binarize
from engine.errors import InputError, TrainingError, describe
from engine.events import JobContext
from engine.losses.criterion import Criterion
from engine.storage import disk_failure
from engine.training.batches import Loader, draw_batches
from engine.training.checkpoint import (
    load_checkpoint,
    save_checkpoint,
    save_learned_codes,
    save_weights,
)
from engine.training.memory_need import MemoryNeed
from engine.training.optimizer import create_optimizer, set_lr
from engine.training.run import Run
from engine.training.schedule import lr_factor
from engine.training.setup import Setup
from engine.training.step import LEAST_PART, Stepper
from engine.training.teacher import start_learning
from engine.training.validation import draw_gallery, validate

_LOOK_AT_MEMORY = 0.1  # seconds


class Trainer:
    """A training under way; its state between two epochs is in the run's checkpoint.

    Args:
        setup: What it consists of.
        criterion: Over the training photos, counted in the order of ``setup.photos.train``.
        run: Its folder.

    Attributes:
        history: What each epoch brought.
        best: The ``epoch`` whose weights are kept, 0 before the first, and its validation
            ``map``, None while nothing was validated.
        seconds: Time spent training and validating, without pauses.

    Raises:
        InputError: FS-002, more processes than a batch, or an epoch, has pairs of photos.
    """

    def __init__(self, setup: Setup, criterion: Criterion, run: Run) -> None:
        world = distributed.world_size()
        if setup.config.batch_size < LEAST_PART * world:
            reason = f"{world} processes need batches of at least {LEAST_PART * world} photos"
            raise InputError("FS-002", name="batch_size", reason=reason, advice="Raise it.")
        self._setup = setup
        self._config = setup.config
        self._photos = setup.photos
        self._criterion = criterion
        self._run = run
        if not self._batches(0):
            reason = f"no batch of an epoch has {LEAST_PART * world} photos, two for each"
            advice = "Train in fewer processes, or on more photos."
            raise InputError("FS-002", name=f"{world} processes", reason=reason, advice=advice)
        self._gallery = draw_gallery(setup.photos, setup.config)
        self._optimizer = create_optimizer(
            setup.network, criterion, setup.config, pretrained=setup.pretrained
        )
        self._step = Stepper(setup, criterion, self._optimizer)
        self.history: list[dict[str, Any]] = []
        self.best: dict[str, Any] = {"epoch": 0, "map": None}
        self.seconds = 0.0
        self._began = 0.0  # of the epoch under way
        self._memory = MemoryNeed(setup.device, _LOOK_AT_MEMORY)

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.history)

    def resume(self) -> None:
        """Go on from the run's checkpoint, if it has one.

        Raises:
            TrainingError: FS-506, the checkpoint is damaged or of another training.
        """
        if not self._run.checkpoint.exists():
            return
        try:
            progress = load_checkpoint(self._run.checkpoint, self._modules, self._optimizer)
        except ValueError as error:
            raise TrainingError("FS-506", name=self._run.name, reason=str(error)) from error
        self.history = progress["history"]
        self.best = progress["best"]
        self.seconds = progress["seconds"]
        self._step.part = progress["part"]
        if progress["scaler"]:  # empty where the run computed in full precision so far
            self._step.scaler.load_state_dict(progress["scaler"])

    def train(self, ctx: JobContext) -> None:
        """Train to the end, or until validation has not improved for long.

        Raises:
            TrainingError: FS-502, the loss is no number any more.
            DeviceError: FS-403 or FS-406, memory does not suffice.
            LibraryError: FS-205, the disk is full; the last whole epoch is kept.
            JobCancelled: Somebody asked the job to stop; the last whole epoch is kept.
        """
        threads = ThreadPoolExecutor(self._setup.workers, thread_name_prefix="augment")
        with self._memory, threads as pool:
            try:
                loader = Loader(self._setup, pool)
                for epoch in range(self.epoch, self._config.epochs):
                    if self._is_stuck:
                        break
                    self._do_epoch(epoch, loader, ctx)
            finally:
                pool.shutdown(cancel_futures=True)

    @property
    def _modules(self) -> dict[str, torch.nn.Module]:
        return {"network": self._setup.network, "criterion": self._criterion}

    @property
    def _is_stuck(self) -> bool:
        validated = [entry for entry in self.history if entry["val_map"] is not None]
        since = sum(entry["epoch"] > self.best["epoch"] for entry in validated)
        return bool(self._config.patience) and since >= self._config.patience

    def _do_epoch(self, epoch: int, loader: Loader, ctx: JobContext) -> None:
        self._began = _now(ctx)
        # Dropout and stochastic depth draw from here; a resumed epoch draws as the first time.
        torch.manual_seed(self._config.seed * 1_000_003 + epoch)
        start_learning(self._setup.network, self._setup.teacher)
        self._criterion.train()
        self._criterion.start_epoch(epoch, self._config.epochs)
        batches = self._batches(epoch)
        entry = self._train_epoch(epoch, batches, loader, ctx)
        entry["criterion"] = _finite(self._criterion.end_epoch(epoch, self._config.epochs))
        entry["val_map"] = self._measure(epoch, ctx)
        self.seconds += _now(ctx) - self._began
        try:
            self._keep_if_best(entry)
            self._finish_epoch(entry)
        except OSError as error:
            raise disk_failure(self._run.path, error) from error
        self._began = _now(ctx)
        self._report_epoch(entry, len(batches), ctx)

    def _train_epoch(
        self, epoch: int, batches: list[NDArray[np.int64]], loader: Loader, ctx: JobContext
    ) -> dict[str, Any]:
        sums: dict[str, float] = {}
        lr = 0.0
        for number, batch in enumerate(loader(batches, epoch)):
            ctx.checkpoint()
            factor = lr_factor(self._config, epoch + number / len(batches), 1 / len(batches))
            set_lr(self._optimizer, factor)
            lr = self._config.lr * factor
            part = self._step.part
            terms = self._step.compute_gradients(batch)
            self._require(math.isfinite(terms["total"]), epoch, lr)
            self._step.update()
            if self._step.part < part:
                ctx.warn(describe("FS-402", batch=self._config.batch_size, part=self._step.part))
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + value / len(batches)
            photos = distributed.world_size() * len(batches[number])
            values = {"lr": lr, "losses": terms, "photos": photos}
            self._report_batch(epoch, number + 1, len(batches), values, ctx)
        # The last step may have ruined them, where no loss was computed afterwards.
        self._require(all(map(_is_finite, self._modules.values())), epoch, lr)
        return {"epoch": epoch + 1, "lr": lr, "losses": _finite(sums)}

    def _batches(self, epoch: int) -> list[NDArray[np.int64]]:
        labels = self._photos.labels[self._photos.train]
        chosen = self._criterion.photos_of_epoch(epoch)
        rows = np.arange(len(labels)) if chosen is None else chosen.cpu().numpy()
        return list(_shares(draw_batches(rows, labels, self._config, epoch)))

    def _require(self, is_sound: bool, epoch: int, lr: float) -> None:
        if is_sound:
            return
        advice, best = "Start again with a rate ten times lower", self.best["epoch"]
        advice += f", or keep the model of epoch {best}." if best else "."
        raise TrainingError("FS-502", epoch=epoch + 1, lr=f"{lr:.3g}", advice=advice, best=best)

    def _measure(self, epoch: int, ctx: JobContext) -> float | None:
        """Return the mAP of the photos held back, None where it is not its turn."""
        due = (epoch + 1) % self._config.validate_every == 0 or epoch + 1 == self._config.epochs
        if not (due and len(self._photos.held)):
            return None
        found = None
        if distributed.is_primary():
            found = validate(self._setup, self._gallery, ctx, at_once=self._step.part)
        # One process decides for all: they must stop after the same epoch.
        return float(distributed.broadcast(found))

    def _keep_if_best(self, entry: Mapping[str, Any]) -> None:
        """Write the weights if they are the best so far; while nothing is measured, the latest."""
        figure, record = entry["val_map"], self.best["map"]
        if record is not None and (figure is None or figure <= record):
            return
        self.best = {"epoch": entry["epoch"], "map": figure}
        if not distributed.is_primary():
            return
        save_weights(self._run.best, self._setup.network, self.best)
        learned = self._criterion.learned_codes()
        if learned is not None:
            names = [self._photos.samples[number].name for number in self._photos.train]
            save_learned_codes(self._run.learned_codes, binarize(learned.cpu().numpy()), names)

    def _finish_epoch(self, entry: dict[str, Any]) -> None:
        self.history.append(entry)
        if not distributed.is_primary():
            return
        progress = {
            "history": self.history,
            "best": self.best,
            "seconds": self.seconds,
            "part": self._step.part,
            "scaler": self._step.scaler.state_dict(),
        }
        save_checkpoint(self._run.checkpoint, self._modules, self._optimizer, progress)
        self._run.write_log(self.history)

    def _report_batch(
        self, epoch: int, batch: int, batches: int, values: Mapping[str, Any], ctx: JobContext
    ) -> None:
        epochs = self._config.epochs
        state = {
            "epoch": epoch + 1,
            "epochs": epochs,
            "batch": batch,
            "batches": batches,
            "best": self.best,
            "part": self._step.part,
            "memory": self._memory.so_far,
            **values,
        }
        note = f"epoch {epoch + 1} of {epochs}, loss {values['losses']['total']:.3f}{self._record}"
        done, total = epoch * batches + batch, epochs * batches
        left = self._seconds_left(ctx)
        ctx.progress("Training", done, total, eta=left, training=state, note=note)

    def _report_epoch(self, entry: Mapping[str, Any], batches: int, ctx: JobContext) -> None:
        epochs = self._config.epochs
        note = f"epoch {entry['epoch']} of {epochs}{self._record}"
        done, total = entry["epoch"] * batches, epochs * batches
        left, facts = self._seconds_left(ctx), {"epoch_end": entry, "best": self.best}
        ctx.progress("Training", done, total, force=True, eta=left, note=note, **facts)

    def _seconds_left(self, ctx: JobContext) -> float | None:
        """Return the time to the last epoch; the rate of batches knows nothing of validation."""
        if not self.epoch:
            return None
        left = self.seconds / self.epoch * (self._config.epochs - self.epoch)
        return max(0.0, left - (_now(ctx) - self._began))

    @property
    def _record(self) -> str:
        return "" if self.best["map"] is None else f", best mAP {self.best['map']:.3f}"


def _now(ctx: JobContext) -> float:
    """Return a time that stands still while the job is held."""
    return time.perf_counter() - ctx.held


def _shares(batches: list[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
    """Yield what this process takes of each batch; all take equally many, at least two."""
    world, rank = distributed.world_size(), distributed.rank()
    for batch in batches:
        each = len(batch) // world
        if each >= LEAST_PART:
            yield batch[rank * each : (rank + 1) * each]


def _is_finite(module: torch.nn.Module) -> bool:
    return all(bool(tensor.isfinite().all()) for tensor in module.state_dict().values())


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """Return values as JSON can hold them."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
