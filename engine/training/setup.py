"""What a training consists of, put together from what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from engine.cores import cores
from engine.device import Device
from engine.errors import InputError, TrainingError, describe
from engine.evaluation.splits import PhotosNotFoundError
from engine.events import JobContext
from engine.losses.criterion import Criterion, TrainingTask
from engine.methods import METHODS, create_criterion, create_method
from engine.models.bundle import load_tensors
from engine.models.store import ModelInfo, ModelStore
from engine.networks.output import HashNetwork
from engine.paths import Paths
from engine.preprocessing import Preprocessing
from engine.training.augment import cache_side
from engine.training.config import TrainConfig
from engine.training.prepare import TrainingPhotos, prepare_photos
from engine.training.run import Run
from engine.training.source import Source, is_there
from engine.training.teacher import Teacher

_BACKBONE = "backbone.model."  # the adapter's own projections are new


@dataclass(frozen=True)
class Setup:
    """What a training consists of.

    Attributes:
        config: Its settings.
        network: To be trained; its weights are where training starts.
        preprocessing: From a photo to its input.
        photos: What it trains on.
        device: Where to compute.
        workers: Threads that prepare photos.
        pretrained: Names of the network's parameters that start from weights of the backbone.
        teacher: The model that the training starts from, if its codes are to be kept.
    """

    config: TrainConfig
    network: HashNetwork
    preprocessing: Preprocessing
    photos: TrainingPhotos
    device: Device
    workers: int
    pretrained: frozenset[str] = frozenset()
    teacher: Teacher | None = None


def set_up(
    paths: Paths,
    run: Run,
    ctx: JobContext,
    *,
    device: Device,
    download: bool = False,
    workers: int | None = None,
) -> Setup:
    """Build the network of a run and prepare its photos.

    Args:
        paths: Of the installation.
        run: What was asked for; where it has a checkpoint, the network starts with random
            weights, for those of the checkpoint replace them.
        ctx: Line to whoever runs the job.
        device: Where to compute.
        download: Whether the backbone's weights may be fetched.
        workers: Threads that prepare photos; one a core by default.

    Raises:
        EngineError: Photos, weights or disk do not allow it.
        JobCancelled: Somebody asked the job to stop.
    """
    request = run.request()
    config = request.config
    source = _find_source(run)
    source.check(source.labels)
    ctx.progress("Loading the model", 0, force=True)
    torch.manual_seed(config.seed)
    network, taken = _create_network(paths, run, ctx, download=download)
    if source.needs_labels:  # what the loss refuses should not come to light after the decoding
        create_loss(config, network, source.labels)
    preprocessing = choose_preprocessing(config, network)
    photos = prepare_source(source, config, preprocessing, paths, ctx, workers=workers)
    source.check([source.samples[number].label for number in (*photos.train, *photos.held)])
    network.to(device.name, memory_format=torch.channels_last)  # type: ignore[call-overload]
    own = {name for name, _ in network.named_parameters() if name.startswith(_BACKBONE)}
    return Setup(
        config=config,
        network=network,
        preprocessing=preprocessing,
        photos=photos,
        device=device,
        workers=workers or cores(),
        pretrained=frozenset(taken & own),
        teacher=_find_teacher(paths, run, network, taken),
    )


def _find_source(run: Run) -> Source:
    request = run.request()
    if not run.has_begun:
        return Source.of(request)
    for place in filter(None, (request.folder, request.split)):
        if not (Path(place).is_file() or is_there(Path(place))):
            raise TrainingError("FS-513", path=place)
    try:
        return Source.of(request)
    except PhotosNotFoundError as error:
        raise TrainingError("FS-513", path=error.details["place"]) from error


def choose_preprocessing(config: TrainConfig, network: HashNetwork) -> Preprocessing:
    """Return what a run makes of a photo before its network sees it."""
    preprocessing = replace(
        network.backbone.preprocessing,
        detail=config.detail,
        detail_quality=config.detail_quality,
    )
    if config.crop_pct is None:
        return preprocessing
    return replace(preprocessing, crop_pct=config.crop_pct)


def prepare_source(
    source: Source,
    config: TrainConfig,
    preprocessing: Preprocessing,
    paths: Paths,
    ctx: JobContext,
    *,
    workers: int | None = None,
) -> TrainingPhotos:
    """Decode the photos of a run and split them.

    Raises:
        TrainingError: FS-513, their folder went away meanwhile.
        LibraryError: FS-205, the disk is full.
        JobCancelled: Somebody asked the job to stop.
    """
    photos = prepare_photos(
        source.samples,
        config,
        cache_side(config, preprocessing),
        paths.training_photos,
        ctx,
        tests=source.tests,
        workers=workers or cores(),
        needs_labels=source.needs_labels,
        resampling=preprocessing.resampling,
    )
    if photos.problems and not is_there(source.folder):
        raise TrainingError("FS-513", path=str(source.folder))
    return photos


def create_loss(
    config: TrainConfig,
    network: HashNetwork,
    labels: Sequence[str],
    votes: Tensor | None = None,
) -> Criterion:
    """Return the loss of a run.

    Args:
        config: Of the run.
        network: What it trains.
        labels: Class of each photo that is trained on.
        votes: For the bits of each class's code; see :class:`TrainingTask`.

    Raises:
        InputError: FS-001 or FS-002, an option is unknown or wrong, or the classes do not fit in
            the bits.
    """
    classes, numbers = np.unique(np.array(labels, dtype=object).astype(str), return_inverse=True)
    # The classification head draws from here, whatever was computed between network and head.
    torch.manual_seed(config.seed)
    task = TrainingTask(
        num_bits=network.num_bits,
        width=network.train_width,
        num_classes=len(classes),
        labels=torch.from_numpy(numbers),
        seed=config.seed,
        votes=votes,
    )
    return create_criterion(config.method, task, config.criterion)


def build_network(
    config: TrainConfig,
    weights: Path | Literal["pretrained"] | None = None,
    *,
    download: bool = False,
) -> HashNetwork:
    """Return the network of a run, with random weights or those of its backbone.

    Raises:
        EngineError: There is no such network, or no such weights.
    """
    return create_method(
        config.method,
        backbone=config.backbone,
        num_bits=config.num_bits,
        weights=weights,
        download=download,
        input_size=config.input_size,
        options=config.network,
    )


def _create_network(
    paths: Paths, run: Run, ctx: JobContext, *, download: bool
) -> tuple[HashNetwork, set[str]]:
    """Return the network, and which of its weights it does not start with at random."""
    request = run.request()
    config = request.config
    is_fresh = not run.checkpoint.exists()
    weights: Path | Literal["pretrained"] | None = None
    if is_fresh and not request.parent and request.weights != "none":
        weights = Path(request.weights) if request.weights else "pretrained"
    network = build_network(config, weights, download=download)
    if not is_fresh:
        return network, _noted_names(run, network)
    if request.parent:
        return network, _copy_parent(network, ModelStore(paths).get(request.parent), ctx)
    return network, {_BACKBONE + name for name in network.backbone.pretrained}


def _find_teacher(paths: Paths, run: Run, network: HashNetwork, taken: set[str]) -> Teacher | None:
    """Return the model whose codes are kept: one that knows dishes and is taken over whole.

    Raises:
        TrainingError: FS-506, what the run keeps of it is damaged.
    """
    request = run.request()
    config = request.config
    if run.checkpoint.exists():
        if not run.teacher.exists():
            return None
        teacher = Teacher(network, config.keep_codes)
        try:
            teacher.load(run.teacher)
        except ValueError as error:
            raise TrainingError("FS-506", name=run.name, reason=str(error)) from error
        return teacher
    if not (request.parent and config.keep_codes and METHODS[config.method].needs_labels):
        return None
    was_taught = bool(ModelStore(paths).get(request.parent).manifest.classes)
    is_whole = taken == set(network.state_dict()) and network.train_width == network.num_bits
    return Teacher(network, config.keep_codes) if was_taught and is_whole else None


def _noted_names(run: Run, network: HashNetwork) -> set[str]:
    """Return what the run noted when it began; older ones took all of the backbone."""
    noted = run.read_facts().get("pretrained")
    if noted is None:
        noted = [name for name, _ in network.named_parameters() if name.startswith(_BACKBONE)]
    return set(noted)


def _copy_parent(network: HashNetwork, parent: ModelInfo, ctx: JobContext) -> set[str]:
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
        name: torch.from_numpy(np.asarray(values, order="C"))
        for name, values in load_tensors(parent.path).items()
        if name in own and own[name].shape == values.shape
    }
    network.load_state_dict(fitting, strict=False)
    if len(fitting) < len(own):
        ctx.warn(describe("FS-510", name=parent.id, taken=len(fitting), count=len(own)))
    return set(fitting)
