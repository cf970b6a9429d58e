"""The training loop of every method: epochs, validation, checkpoints, best weights."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch.nn.parallel import DistributedDataParallel

from engine import distributed
from engine.codes import binarize
from engine.device import Device
from engine.errors import TrainingError, describe
from engine.events import JobContext
from engine.losses.criterion import Criterion
from engine.networks.output import HashNetwork
from engine.preprocessing import Preprocessing
from engine.storage import atomic_write, disk_failure
from engine.training.batches import draw_batches, iterate
from engine.training.checkpoint import load_checkpoint, save_checkpoint, save_weights
from engine.training.config import TrainConfig
from engine.training.optimizer import create_optimizer, set_lr
from engine.training.prepare import TrainingPhotos
from engine.training.run import Run
from engine.training.schedule import lr_factor
from engine.training.step import Stepper, amp_dtype
from engine.training.validation import draw_gallery, validate

logger = logging.getLogger(__name__)


class Trainer:
    """A training under way; its state between two epochs is in the run's checkpoint.

    Args:
        config: Of the run.
        run: Its folder.
        photos: What it trains on.
        network: To be trained; its weights are where training starts.
        preprocessing: From a photo to its input.
        criterion: Over the training photos, counted in the order of ``photos.train``.
        device: Where to compute.
        workers: Threads that prepare batches.
    """

    def __init__(
        self,
        config: TrainConfig,
        run: Run,
        photos: TrainingPhotos,
        network: HashNetwork,
        preprocessing: Preprocessing,
        criterion: Criterion,
        device: Device,
        workers: int,
    ) -> None:
        self._config = config
        self._run = run
        self._photos = photos
        self._network = network
        self._preprocessing = preprocessing
        self._criterion = criterion
        self._workers = workers
        self._gallery = draw_gallery(photos, config)
        self._optimizer = create_optimizer(network, criterion, config)
        self._labels = photos.labels[photos.train]
        self._step = Stepper(
            _wrapped(network, device),
            criterion,
            self._optimizer,
            preprocessing,
            torch.from_numpy(self._labels).to(device.name),
            device.name,
            amp_dtype(config.amp, device.name),
            config.clip_norm,
            config.batch_size,
        )
        self.history: list[dict[str, Any]] = []
        self.best: dict[str, Any] = {"epoch": 0, "map": -1.0}
        self.seconds = 0.0

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
        self._step.scaler.load_state_dict(progress["scaler"])

    def train(self, ctx: JobContext) -> None:
        """Train to the end, or until validation has not improved for long.

        Raises:
            TrainingError: FS-502, the loss is no number any more.
            DeviceError: FS-403, memory does not suffice for two photos.
            JobCancelled: Somebody asked the job to stop; the last whole epoch is kept.
        """
        with ThreadPoolExecutor(self._workers, thread_name_prefix="augment") as pool:
            try:
                for epoch in range(self.epoch, self._config.epochs):
                    if self._is_stuck:
                        break
                    began = time.perf_counter()
                    entry = self._train_epoch(epoch, pool, ctx)
                    self._validate(epoch, entry, ctx)
                    self.seconds += time.perf_counter() - began
                    self._finish_epoch(entry, ctx)
            finally:
                pool.shutdown(cancel_futures=True)

    @property
    def _modules(self) -> dict[str, torch.nn.Module]:
        return {"network": self._network, "criterion": self._criterion}

    @property
    def _is_stuck(self) -> bool:
        validated = [entry for entry in self.history if entry["val_map"] is not None]
        since = sum(entry["epoch"] > self.best["epoch"] for entry in validated)
        return bool(self._config.patience) and since >= self._config.patience

    def _train_epoch(self, epoch: int, pool: ThreadPoolExecutor, ctx: JobContext) -> dict[str, Any]:
        config = self._config
        # Dropout and stochastic depth draw from here; a resumed epoch draws as the first time.
        torch.manual_seed(config.seed * 1_000_003 + epoch)
        self._network.train()
        self._criterion.train()
        self._criterion.start_epoch(epoch, config.epochs)
        batches = self._batches(epoch)
        self._batches_an_epoch = len(batches)
        sums: dict[str, float] = {}
        lr = 0.0
        side = self._preprocessing.input_size
        train = self._photos.train
        for number, batch in enumerate(
            iterate(batches, self._photos.cache, train, side, config, epoch, pool)
        ):
            ctx.checkpoint()
            lr = set_lr(self._optimizer, lr_factor(config, epoch + number / len(batches)))
            part = self._step.part
            terms = self._step(batch)
            self._check(terms, epoch, lr)
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + value / len(batches)
            self._report(epoch, number + 1, len(batches), lr, terms, part, ctx)
        values = self._criterion.end_epoch(epoch, config.epochs)
        return {"epoch": epoch + 1, "lr": lr, "losses": sums, "criterion": values}

    def _batches(self, epoch: int) -> list[NDArray[np.int64]]:
        chosen = self._criterion.photos_of_epoch(epoch)
        rows = np.arange(len(self._labels)) if chosen is None else chosen.cpu().numpy()
        batches = draw_batches(rows, self._labels, self._config, epoch)
        return list(_shares(batches))

    def _check(self, terms: Mapping[str, float], epoch: int, lr: float) -> None:
        if not math.isfinite(terms["total"]):
            raise TrainingError("FS-502", epoch=epoch + 1, lr=f"{lr:g}", best=self.best["epoch"])

    def _report(
        self,
        epoch: int,
        batch: int,
        batches: int,
        lr: float,
        terms: Mapping[str, float],
        part: int,
        ctx: JobContext,
    ) -> None:
        if not distributed.is_primary():
            return
        if self._step.part < part:
            message = describe("FS-402", batch=self._config.batch_size, part=self._step.part)
            logger.warning("%s", message)
        epochs = self._config.epochs
        state = {
            "epoch": epoch + 1,
            "epochs": epochs,
            "batch": batch,
            "batches": batches,
            "lr": lr,
            "losses": dict(terms),
            "best": self.best,
            "part": self._step.part,
        }
        best = f", best mAP {self.best['map']:.3f}" if self.best["epoch"] else ""
        note = f"epoch {epoch + 1} of {epochs}, loss {terms['total']:.3f}{best}"
        done, total = epoch * batches + batch, epochs * batches
        ctx.progress("Training", done, total, training=state, note=note)

    def _validate(self, epoch: int, entry: dict[str, Any], ctx: JobContext) -> None:
        """Measure, and keep the weights if they are the best so far."""
        config = self._config
        due = (epoch + 1) % config.validate_every == 0 or epoch + 1 == config.epochs
        entry["val_map"] = None
        if due and len(self._photos.held):
            found = None
            if distributed.is_primary():
                found = validate(
                    self._network, self._preprocessing, self._photos, self._gallery, ctx
                )
            # One process decides for all: they must stop after the same epoch.
            entry["val_map"] = distributed.broadcast(found)
        if entry["val_map"] is None and len(self._photos.held):
            return
        # Without photos held back the last epoch is as good as any.
        figure = 0.0 if entry["val_map"] is None else entry["val_map"]
        if figure > self.best["map"] or not len(self._photos.held):
            self.best = {"epoch": epoch + 1, "map": figure}
            if distributed.is_primary():
                save_weights(self._run.best, self._network)
                self._save_learned_codes()

    def _save_learned_codes(self) -> None:
        """Keep the database codes that an asymmetric criterion learns beside the network."""
        learned = self._criterion.learned_codes()
        if learned is None:
            return
        codes = torch.from_numpy(binarize(learned.cpu().numpy()))
        names = [self._photos.samples[number].name for number in self._photos.train]
        metadata = {"names": json.dumps(names)}
        with atomic_write(self._run.learned_codes) as file:
            file.write(safetensors.torch.save({"codes": codes}, metadata))

    def _finish_epoch(self, entry: dict[str, Any], ctx: JobContext) -> None:
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
        try:
            save_checkpoint(self._run.checkpoint, self._modules, self._optimizer, progress)
            self._run.write_log(self.history)
        except OSError as error:
            raise disk_failure(self._run.path, error) from error
        batches, epochs = self._batches_an_epoch, self._config.epochs
        done, total = self.epoch * batches, epochs * batches
        ctx.progress("Training", done, total, force=True, epoch_end=entry, best=self.best)


def _wrapped(network: HashNetwork, device: Device) -> torch.nn.Module:
    if distributed.world_size() == 1:
        return network
    ids = [torch.device(device.name).index] if device.name.startswith("cuda") else None
    # Some layers have no gradient by design (the threshold of CSCE-Net).
    return DistributedDataParallel(network, device_ids=ids, find_unused_parameters=True)


def _shares(batches: list[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
    """Yield what this process takes of each batch; all take equally many."""
    world, rank = distributed.world_size(), distributed.rank()
    for batch in batches:
        each = len(batch) // world
        if each:
            yield batch[rank * each : (rank + 1) * each]
