"""From a request to an installed model: the whole course of a training."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine import distributed
from engine.device import Device
from engine.errors import EngineError, LibraryError, Message, TrainingError, describe
from engine.events import JobContext
from engine.losses.asymmetric import AsymmetricCriterion
from engine.methods import METHODS, resolve_options
from engine.models.bundle import Manifest, read_manifest, write_bundle
from engine.models.store import ModelInfo, ModelStore
from engine.paths import Paths
from engine.preprocessing import Preprocessing
from engine.storage import disk_failure
from engine.training.checkpoint import load_weights, save_weights
from engine.training.class_codes import ask_votes
from engine.training.itq import fit_itq
from engine.training.lack_of_memory import lack_of_memory_told
from engine.training.run import Run
from engine.training.setup import Setup, create_loss, set_up
from engine.training.trainer import Trainer
from engine.training.validation import draw_gallery, pooled_features


@dataclass(frozen=True)
class TrainResult:
    """What came out of a training.

    Attributes:
        model: The installed model.
        run: Its run.
        epochs: Epochs trained.
        best: The ``epoch`` whose weights were kept, and its validation ``map``, None without one.
        seconds: Time spent training and validating.
        problems: Photos left out, by name, and why.
    """

    model: ModelInfo
    run: Run
    epochs: int
    best: Mapping[str, Any]
    seconds: float
    problems: Sequence[tuple[str, Message]]


def train(
    paths: Paths,
    run: Run,
    ctx: JobContext | None = None,
    *,
    device: Device,
    download: bool = False,
    workers: int | None = None,
) -> TrainResult | None:
    """Train, or go on where a run was interrupted, and install the model.

    Args:
        paths: Of the installation.
        run: From :meth:`Run.create` or :meth:`Run.open`. A run that cannot begin is deleted, so
            that its name is free for another try; one that had begun is kept.
        ctx: Line to whoever runs the job.
        device: Where to compute.
        download: Whether the backbone's weights may be fetched.
        workers: Threads that decode and prepare; one a core by default.

    Returns:
        The result; None in all but the primary one of several processes.

    Raises:
        TrainingError: FS-501 too few photos, FS-502 the loss became invalid, FS-506 the run
            cannot be resumed, FS-509 it has ended, FS-522 somebody else trains it.
        EngineError: Photos, weights, disk or memory do not allow it.
        JobCancelled: Somebody asked the job to stop; what was learned is kept in the run.
    """
    ctx = ctx or JobContext()
    if not distributed.is_primary():
        ctx = ctx.muted()
    with run.held() if distributed.is_primary() else nullcontext():
        return _train(paths, run, ctx, device, download=download, workers=workers)


def _train(
    paths: Paths,
    run: Run,
    ctx: JobContext,
    device: Device,
    *,
    download: bool,
    workers: int | None,
) -> TrainResult | None:
    if run.is_finished:
        raise TrainingError("FS-509", name=run.name)
    trainer: Trainer | None = None
    outcome: tuple[int, Mapping[str, Any], float] = (0, {}, 0.0)
    try:
        with lack_of_memory_told(device):
            setup = set_up(paths, run, ctx, device=device, download=download, workers=workers)
            if METHODS[setup.config.method].needs_labels:
                trainer = _create_trainer(setup, run, ctx)
            else:
                outcome = _fit(setup, run, ctx)
        _note_facts(run, setup)
    except LibraryError:  # the disk is full: once there is room, the same run can begin
        raise
    except EngineError:
        if distributed.is_primary() and not run.has_begun:
            run.discard()
        raise
    if trainer:
        with lack_of_memory_told(device):
            trainer.resume()
            trainer.train(ctx)
        outcome = trainer.epoch, trainer.best, trainer.seconds
    if not distributed.is_primary():
        return None
    problems = [
        (setup.photos.samples[number].name, why) for number, why in setup.photos.problems.items()
    ]
    return TrainResult(finish(paths, run), run, *outcome, problems)


def finish(paths: Paths, run: Run) -> ModelInfo:
    """Install the best weights of a run, whether it ended by itself or was stopped.

    Raises:
        TrainingError: FS-506 the run is damaged, FS-508 no epoch was finished, FS-509 the model
            was installed before, FS-522 it is being trained elsewhere.
        ModelError: FS-609, a model of its id was installed meanwhile.
        EngineError: FS-002 or FS-205, the disk does not let it.
    """
    with run.held():
        return _finish(paths, run)


def _finish(paths: Paths, run: Run) -> ModelInfo:
    if run.is_finished:
        raise TrainingError("FS-509", name=run.name)
    if not run.best.exists():
        raise TrainingError("FS-508", name=run.name, reason="no epoch was finished")
    try:
        tensors, best = load_weights(run.best)
    except ValueError as error:
        raise TrainingError("FS-506", name=run.name, reason=str(error)) from error
    facts, history = run.read_facts(), run.read_log()
    manifest = _manifest(run, facts, _metrics(best))
    report = {"config": run.request().config.to_dict(), "best": best, "history": history}
    try:
        write_bundle(
            run.model,
            manifest,
            {name: tensor.numpy() for name, tensor in tensors.items()},
            report,
        )
        model = _install(paths, run.model)
        run.write_facts({**facts, "model": model.id})
        for file in (run.model, run.best, run.checkpoint, run.teacher):
            file.unlink(missing_ok=True)
    except OSError as error:
        raise disk_failure(run.path, error) from error
    return model


def _install(paths: Paths, file: Path) -> ModelInfo:
    """Install a model, unless a crash came between doing that and noting it."""
    manifest, store = read_manifest(file), ModelStore(paths)
    for model in store.list():
        if replace(model.manifest, created=manifest.created) == manifest:
            return model
    return store.import_file(file)


def _note_facts(run: Run, setup: Setup) -> None:
    """Keep what the finished model must tell; refuse to go on with other photos.

    Rows of memory banks and learned codes belong to photos by their number, and photos that were
    trained on must not be validated with.
    """
    photos = setup.photos
    if run.checkpoint.exists():
        if run.read_facts().get("photos", photos.identity) != photos.identity:
            reason = "its photos have changed since it began"
            raise TrainingError("FS-506", name=run.name, reason=reason)
    elif distributed.is_primary():
        if setup.teacher is not None:
            setup.teacher.save(run.teacher)
        labelled = METHODS[setup.config.method].needs_labels
        run.write_facts(
            {
                "classes": [_caption(name) for name in photos.classes] if labelled else [],
                "fingerprint": photos.fingerprint,
                "photos": photos.identity,
                "preprocessing": setup.preprocessing.to_dict(),
                "pretrained": sorted(setup.pretrained),
                "queries": [photos.samples[number].name for number in photos.held],
                "gallery": [photos.samples[number].name for number in _gallery(setup)],
            }
        )


def _gallery(setup: Setup) -> NDArray[np.int64]:
    """Return the photos in which those held back are searched, if there are such."""
    photos = setup.photos
    return draw_gallery(photos, setup.config) if len(photos.held) else photos.held


def _create_trainer(setup: Setup, run: Run, ctx: JobContext) -> Trainer:
    config, photos = setup.config, setup.photos
    labels = [photos.samples[number].label for number in photos.train]
    is_fresh = not run.checkpoint.exists()
    votes = ask_votes(setup, ctx) if setup.teacher is not None and is_fresh else None
    criterion = create_loss(config, setup.network, labels, votes).to(setup.device.name)
    if isinstance(criterion, AsymmetricCriterion) and config.epochs <= criterion.inner_epochs:
        ctx.warn(describe("FS-511", inner=criterion.inner_epochs, epochs=config.epochs))
    return Trainer(setup, criterion, run)


def _fit(setup: Setup, run: Run, ctx: JobContext) -> tuple[int, Mapping[str, Any], float]:
    """Compute the hash layer instead of training it."""
    began = time.perf_counter()
    best = {"epoch": 0, "map": None}
    if distributed.is_primary():
        features = pooled_features(setup, setup.photos.train, ctx)
        fitted = fit_itq(features, setup.config.num_bits, seed=setup.config.seed)
        state = {
            "hash_layer.weight": torch.from_numpy(fitted.weight),
            "hash_layer.bias": torch.from_numpy(fitted.bias),
        }
        setup.network.load_state_dict(state, strict=False)
        try:
            save_weights(run.best, setup.network, best)
        except OSError as error:
            raise disk_failure(run.path, error) from error
    return 0, best, time.perf_counter() - began


def _manifest(run: Run, facts: Mapping[str, Any], metrics: Mapping[str, Any]) -> Manifest:
    request = run.request()
    config = request.config
    method = METHODS[config.method]
    return Manifest(
        id=request.id,
        name=request.name,
        method=config.method,
        backbone=config.backbone,
        num_bits=config.num_bits,
        options=resolve_options(config.method, config.network),
        preprocessing=Preprocessing.from_dict(facts["preprocessing"]),
        classes=tuple(facts["classes"]),
        parent=request.parent or None,
        seed=config.seed,
        data_fingerprint=facts["fingerprint"],
        metrics=metrics,
        description=f"{method.title} on {config.backbone}. {method.source}.",
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )


def _metrics(best: Mapping[str, Any]) -> dict[str, Any]:
    named = {"epoch": best["epoch"] or None, "validation_map": best["map"]}
    return {name: value for name, value in named.items() if value is not None}


def _caption(label: str) -> str:
    """Return a label as a model file can hold it: folders may have longer and stranger names."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in label)[
        :200
    ]
