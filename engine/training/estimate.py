"""How long a training will take and how much memory it needs, from trying it for some batches."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.device import Device
from engine.events import JobContext
from engine.losses.criterion import Criterion
from engine.methods import METHODS
from engine.paths import Paths
from engine.storage import disk_failure
from engine.training.batches import Loader, draw_batches
from engine.training.checkpoint import save_checkpoint, save_weights
from engine.training.class_codes import photos_asked
from engine.training.itq import fit_itq
from engine.training.lack_of_memory import lack_of_memory_told
from engine.training.memory_need import MemoryNeed
from engine.training.optimizer import create_optimizer
from engine.training.run import Run, RunRequest
from engine.training.setup import (
    Setup,
    build_network,
    choose_preprocessing,
    create_loss,
    prepare_source,
    set_up,
)
from engine.training.source import Source
from engine.training.step import Stepper
from engine.training.teacher import start_learning
from engine.training.validation import draw_gallery, encode, pooled_features

_WARM_UP = 2  # batches, in which kernels are chosen and memory is claimed
_LEAST, _MOST = 3, 12  # batches that are timed
_ENOUGH = 4.0  # seconds of timing
_SAMPLE = 128  # photos that are encoded to time validation
_SAVES_TO_FINISH = 3  # the model is written, checked and installed


@dataclass(frozen=True)
class Estimate:
    """What a training will cost.

    Attributes:
        seconds: From start to the installed model, if it runs all its epochs.
        bytes: Memory it needs, of the processor or of the graphics card.
        free_bytes: How much of that is free now, None where the system does not say.
    """

    seconds: float
    bytes: int
    free_bytes: int | None


def estimate(
    paths: Paths,
    request: RunRequest,
    ctx: JobContext | None = None,
    *,
    device: Device,
    download: bool = False,
    workers: int | None = None,
) -> Estimate:
    """Try a training for some batches and return what all of it will cost.

    Photos that are not decoded yet are decoded, and kept for the training; after
    :func:`check_photos` this takes a few seconds. Nothing else is left behind.

    Args:
        paths: Of the installation.
        request: What the training will be asked to do.
        ctx: Line to whoever runs the job; it gets no warnings, which the training repeats.
        device: Where to compute.
        download: Whether the backbone's weights may be fetched.
        workers: Threads that prepare photos; one a core by default.

    Raises:
        EngineError: The training could not begin either.
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = (ctx or JobContext()).unwarned()
    source = Source.of(request)
    source.check(source.labels)
    preprocessing = choose_preprocessing(request.config, build_network(request.config))
    prepare_source(source, request.config, preprocessing, paths, ctx, workers=workers)
    paths.training_photos.mkdir(parents=True, exist_ok=True)
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".estimate-", dir=paths.cache) as folder,
            MemoryNeed(device) as memory,
            lack_of_memory_told(device),
        ):
            scratch = replace(paths, data=Path(folder))
            run = Run.create(scratch, replace(request, name="estimate"))
            began = time.perf_counter()
            setup = set_up(paths, run, ctx, device=device, download=download, workers=workers)
            seconds = time.perf_counter() - began + _try(setup, run, ctx)
    except OSError as error:
        raise disk_failure(paths.cache, error) from error
    return Estimate(seconds, memory.bytes, memory.free_bytes)


def _try(setup: Setup, run: Run, ctx: JobContext) -> float:
    """Return the seconds of a training behind its setup."""
    if METHODS[setup.config.method].needs_labels:
        return _Probe(setup, run, ctx).seconds()
    photos, features = setup.photos.train, setup.network.backbone.num_features
    each = _time_photos(photos, lambda numbers: pooled_features(setup, numbers, ctx))
    drawn = np.random.default_rng(0).standard_normal((len(photos), features), np.float32)
    fit = _timed(lambda: fit_itq(drawn, setup.config.num_bits))
    save = _timed(lambda: save_weights(run.best, setup.network, {}))
    return each * len(photos) + fit + (1 + _SAVES_TO_FINISH) * save


class _Probe:
    """A training that is tried without its trainer: no epoch of it would end soon."""

    def __init__(self, setup: Setup, run: Run, ctx: JobContext) -> None:
        self._setup, self._run, self._ctx = setup, run, ctx
        photos = setup.photos
        labels = [photos.samples[number].label for number in photos.train]
        self._criterion: Criterion = create_loss(setup.config, setup.network, labels)
        self._criterion.to(setup.device.name)
        self._optimizer = create_optimizer(
            setup.network, self._criterion, setup.config, pretrained=setup.pretrained
        )
        self._step = Stepper(setup, self._criterion, self._optimizer)

    def seconds(self) -> float:
        config, photos = self._setup.config, self._setup.photos
        start_learning(self._setup.network, self._setup.teacher)
        self._criterion.train()
        self._criterion.start_epoch(0, config.epochs)
        learn = self._time_training() * len(self._rows())
        modules = {"network": self._setup.network, "criterion": self._criterion}
        keep = _timed(lambda: save_checkpoint(self._run.checkpoint, modules, self._optimizer, {}))
        best = _timed(lambda: save_weights(self._run.best, self._setup.network, {}))
        total = config.epochs * (learn + keep + best) + _SAVES_TO_FINISH * best
        encoded = len(photos_asked(self._setup)) if self._setup.teacher is not None else 0
        if len(photos.held):
            validations = -(-config.epochs // config.validate_every)
            encoded += validations * (len(photos.held) + len(draw_gallery(photos, config)))
        return total + (encoded * _time_photos(photos.train, self._encode) if encoded else 0)

    def _rows(self) -> NDArray[np.int64]:
        """Return the photos that an epoch uses."""
        chosen = self._criterion.photos_of_epoch(0)
        if chosen is not None:
            return chosen.cpu().numpy()
        return np.arange(len(self._setup.photos.train))

    def _time_training(self) -> float:
        """Return the seconds that training takes for a photo."""
        pool = ThreadPoolExecutor(self._setup.workers, thread_name_prefix="augment")
        try:
            loader = Loader(self._setup, pool)
            done = began = 0.0
            for number, batch in enumerate(loader(self._batches(), 0)):
                self._ctx.checkpoint()
                self._ctx.progress("Trying the training", number, _WARM_UP + _MOST)
                if number == _WARM_UP:
                    done, began = 0, self._now()
                elif number >= _WARM_UP + _LEAST and self._now() - began >= _ENOUGH:
                    break
                self._step.compute_gradients(batch)
                self._step.update()
                done += len(batch.rows)
            return (self._now() - began) / done
        finally:
            pool.shutdown(cancel_futures=True)

    def _batches(self) -> Iterator[NDArray[np.int64]]:
        """Yield batches as the first epochs have them, some more than are needed.

        While the last ones are timed others are prepared, as in the midst of a training.
        """
        labels = self._setup.photos.labels[self._setup.photos.train]
        left, epoch = _WARM_UP + _MOST, 0
        while left > 0:
            drawn = draw_batches(self._rows(), labels, self._setup.config, epoch)[:left]
            yield from drawn
            left, epoch = left - max(1, len(drawn)), epoch + 1

    def _encode(self, numbers: NDArray[np.int64]) -> object:
        return encode(self._setup, numbers, self._ctx, at_once=self._step.part)

    def _now(self) -> float:
        if self._setup.device.name.startswith("cuda"):
            torch.cuda.synchronize(self._setup.device.name)
        return time.perf_counter()


def _time_photos(numbers: NDArray[np.int64], look: Callable[[NDArray[np.int64]], object]) -> float:
    """Return the seconds that looking at a photo takes; what is looked at ends on the processor."""
    sample = numbers[:_SAMPLE]
    look(sample[: _SAMPLE // 2])
    return _timed(lambda: look(sample)) / len(sample)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
