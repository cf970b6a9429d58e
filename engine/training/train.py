"""From a request to an installed model: everything a training needs is put together here."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from engine import distributed
from engine.cores import cores
from engine.device import Device
from engine.errors import InputError, TrainingError
from engine.evaluation.splits import Sample, read_splits
from engine.events import JobContext
from engine.losses.criterion import TrainingTask
from engine.methods import METHODS, create_criterion, create_method
from engine.models.bundle import Manifest, load_tensors, write_bundle
from engine.models.store import ModelInfo, ModelStore
from engine.networks.output import HashNetwork
from engine.paths import Paths
from engine.preprocessing import Preprocessing
from engine.storage import disk_failure
from engine.training.augment import cache_side
from engine.training.checkpoint import load_weights, save_weights
from engine.training.config import TrainConfig
from engine.training.itq import fit_itq
from engine.training.photos import samples_of_folder
from engine.training.prepare import TrainingPhotos, prepare_photos
from engine.training.run import Run, RunRequest
from engine.training.trainer import Trainer
from engine.training.validation import pooled_features


@dataclass(frozen=True)
class TrainResult:
    """What came out of a training.

    Attributes:
        model: The installed model.
        run: Its run.
        epochs: Epochs trained.
        best: The epoch whose weights were kept, and its validation mAP.
        seconds: Time spent training and validating.
        problems: Photos left out, as name and reason.
    """

    model: ModelInfo
    run: Run
    epochs: int
    best: Mapping[str, Any]
    seconds: float
    problems: Sequence[tuple[str, str]]


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
        run: From :meth:`Run.create` or :meth:`Run.open`.
        ctx: Line to whoever runs the job.
        device: Where to compute.
        download: Whether the backbone's weights may be fetched.
        workers: Threads that decode and prepare; one a core by default.

    Returns:
        The result; None in all but the primary one of several processes.

    Raises:
        TrainingError: FS-501 too few photos, FS-502 the loss became invalid, FS-506 the run
            cannot be resumed.
        EngineError: Photos, weights, disk or memory do not allow it.
        JobCancelled: Somebody asked the job to stop; what was learned is kept in the run.
    """
    ctx = ctx or JobContext()
    request = run.request()
    config = request.config
    samples, tests = _samples(request)
    ctx.progress("Loading the model", 0, force=True)
    network, preprocessing = _create_network(paths, request, download)
    photos = prepare_photos(
        samples,
        config,
        cache_side(config, preprocessing.input_size, preprocessing.resize_to),
        paths.training_photos,
        ctx,
        tests=tests,
        workers=workers or cores(),
        needs_labels=METHODS[config.method].needs_labels,
    )
    network.to(device.name, memory_format=torch.channels_last)  # type: ignore[call-overload]
    run.write_facts(
        {
            "classes": photos.classes if METHODS[config.method].needs_labels else (),
            "fingerprint": photos.fingerprint,
            "preprocessing": preprocessing.to_dict(),
        }
    )
    if METHODS[config.method].needs_labels:
        outcome = _train(config, run, photos, network, preprocessing, device, ctx, workers)
    else:
        outcome = _fit(config, run, photos, network, preprocessing, ctx)
    if not distributed.is_primary():
        return None
    problems = [(samples[number].name, str(why)) for number, why in photos.problems.items()]
    return TrainResult(finish(paths, run), run, *outcome, problems)


def finish(paths: Paths, run: Run) -> ModelInfo:
    """Install the best weights of a run, whether it ended by itself or was stopped.

    Raises:
        TrainingError: FS-506, no epoch was finished.
        ModelError: FS-609, a model of its id was installed meanwhile.
        EngineError: FS-002 or FS-205, the disk does not let it.
    """
    if not run.best.exists():
        raise TrainingError("FS-506", name=run.name, reason="No epoch was finished.")
    request, facts = run.request(), run.read_facts()
    config, history = request.config, run.read_log()
    method = METHODS[config.method]
    best = _best(history)
    manifest = Manifest(
        id=request.id,
        name=request.name,
        method=config.method,
        backbone=config.backbone,
        num_bits=config.num_bits,
        options=dict(config.network),
        preprocessing=Preprocessing.from_dict(facts["preprocessing"]),
        classes=tuple(facts["classes"]),
        parent=request.parent or None,
        seed=config.seed,
        data_fingerprint=facts["fingerprint"],
        metrics=best,
        description=f"{method.title} on {config.backbone}. {method.source}.",
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
    tensors = {name: tensor.numpy() for name, tensor in load_weights(run.best).items()}
    report = {"config": config.to_dict(), "history": history}
    try:
        write_bundle(run.model, manifest, tensors, report)
        model = ModelStore(paths).import_file(run.model)
        for file in (run.model, run.best, run.checkpoint):
            file.unlink(missing_ok=True)
    except OSError as error:
        raise disk_failure(run.path, error) from error
    return model


def _samples(request: RunRequest) -> tuple[Sequence[Sample], Sequence[Path]]:
    """Return the photos to train on, and those of the test they must not contain."""
    if not request.split:
        return samples_of_folder(Path(request.folder)), ()
    splits = read_splits(Path(request.split), Path(request.folder) if request.folder else None)
    return splits.train, [query.path for query in splits.queries]


def _create_network(
    paths: Paths, request: RunRequest, download: bool
) -> tuple[HashNetwork, Preprocessing]:
    config = request.config
    torch.manual_seed(config.seed)
    weights: Path | Literal["pretrained"] | None = "pretrained"
    if request.parent or request.weights == "none":
        weights = None
    elif request.weights:
        weights = Path(request.weights)
    network = create_method(
        config.method,
        backbone=config.backbone,
        num_bits=config.num_bits,
        weights=weights,
        download=download,
        input_size=config.input_size,
        options=config.network,
    )
    preprocessing = network.backbone.preprocessing
    if config.crop_pct is not None:
        preprocessing = replace(preprocessing, crop_pct=config.crop_pct)
    if request.parent:
        _copy_parent(network, ModelStore(paths).get(request.parent))
    return network, preprocessing


def _copy_parent(network: HashNetwork, parent: ModelInfo) -> None:
    """Start from another model's weights, as far as they fit; its backbone must be the same."""
    manifest = parent.manifest
    if manifest.backbone != network.backbone.name:
        raise InputError(
            "FS-002",
            name=parent.id,
            reason=f"its backbone is {manifest.backbone}, not {network.backbone.name}",
            advice="Leave the backbone out, or start from another model.",
        )
    own = network.state_dict()
    fitting = {
        name: torch.from_numpy(np.ascontiguousarray(values))
        for name, values in load_tensors(parent.path).items()
        if name in own and own[name].shape == values.shape
    }
    network.load_state_dict(fitting, strict=False)


def _train(
    config: TrainConfig,
    run: Run,
    photos: TrainingPhotos,
    network: HashNetwork,
    preprocessing: Preprocessing,
    device: Device,
    ctx: JobContext,
    workers: int | None,
) -> tuple[int, Mapping[str, Any], float]:
    task = TrainingTask(
        num_bits=network.num_bits,
        width=network.train_width,
        num_classes=len(photos.classes),
        labels=torch.from_numpy(photos.labels[photos.train]),
        seed=config.seed,
    )
    criterion = create_criterion(config.method, task, config.criterion).to(device.name)
    trainer = Trainer(
        config, run, photos, network, preprocessing, criterion, device, workers or cores()
    )
    trainer.resume()
    trainer.train(ctx)
    return trainer.epoch, trainer.best, trainer.seconds


def _fit(
    config: TrainConfig,
    run: Run,
    photos: TrainingPhotos,
    network: HashNetwork,
    preprocessing: Preprocessing,
    ctx: JobContext,
) -> tuple[int, Mapping[str, Any], float]:
    """Compute the hash layer instead of training it."""
    began = time.perf_counter()
    features = pooled_features(network, preprocessing, photos, photos.train, ctx)
    fitted = fit_itq(features, config.num_bits, seed=config.seed)
    state: dict[str, Tensor] = {
        "hash_layer.weight": torch.from_numpy(fitted.weight),
        "hash_layer.bias": torch.from_numpy(fitted.bias),
    }
    network.load_state_dict(state, strict=False)
    save_weights(run.best, network)
    return 0, {}, time.perf_counter() - began


def _best(history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what is known of the epoch whose weights were kept."""
    validated = [entry for entry in history if entry["val_map"] is not None]
    if not validated:
        return {"epoch": len(history)} if history else {}
    best = max(validated, key=lambda entry: entry["val_map"])
    return {"epoch": best["epoch"], "validation_map": best["val_map"]}
