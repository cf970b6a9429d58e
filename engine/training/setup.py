"""What a training consists of, put together from what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from engine.cores import cores
from engine.device import Device
from engine.errors import InputError
from engine.evaluation.splits import Sample, read_splits
from engine.events import JobContext
from engine.methods import METHODS, create_method
from engine.models.bundle import load_tensors
from engine.models.store import ModelInfo, ModelStore
from engine.networks.output import HashNetwork
from engine.paths import Paths
from engine.preprocessing import Preprocessing
from engine.training.augment import cache_side
from engine.training.config import TrainConfig
from engine.training.photos import samples_of_folder
from engine.training.prepare import TrainingPhotos, prepare_photos
from engine.training.run import Run, RunRequest


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
    """

    config: TrainConfig
    network: HashNetwork
    preprocessing: Preprocessing
    photos: TrainingPhotos
    device: Device
    workers: int


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
    needs_labels = METHODS[config.method].needs_labels
    samples, tests = _samples(request, needs_labels)
    ctx.progress("Loading the model", 0, force=True)
    torch.manual_seed(config.seed)
    network = _create_network(paths, request, download, is_fresh=not run.checkpoint.exists())
    preprocessing = network.backbone.preprocessing
    if config.crop_pct is not None:
        preprocessing = replace(preprocessing, crop_pct=config.crop_pct)
    photos = prepare_photos(
        samples,
        config,
        cache_side(config, preprocessing.input_size, preprocessing.resize_to),
        paths.training_photos,
        ctx,
        tests=tests,
        workers=workers or cores(),
        needs_labels=needs_labels,
    )
    network.to(device.name, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Setup(config, network, preprocessing, photos, device, workers or cores())


def _samples(request: RunRequest, needs_labels: bool) -> tuple[Sequence[Sample], Sequence[Path]]:
    """Return the photos to train on, and those of the test they must not contain."""
    if not request.split:
        return samples_of_folder(Path(request.folder), needs_labels=needs_labels), ()
    splits = read_splits(Path(request.split), Path(request.folder) if request.folder else None)
    return splits.train, [query.path for query in splits.queries]


def _create_network(
    paths: Paths, request: RunRequest, download: bool, *, is_fresh: bool
) -> HashNetwork:
    config = request.config
    weights: Path | Literal["pretrained"] | None = None
    if is_fresh and not request.parent and request.weights != "none":
        weights = Path(request.weights) if request.weights else "pretrained"
    network = create_method(
        config.method,
        backbone=config.backbone,
        num_bits=config.num_bits,
        weights=weights,
        download=download,
        input_size=config.input_size,
        options=config.network,
    )
    if is_fresh and request.parent:
        _copy_parent(network, ModelStore(paths).get(request.parent))
    return network


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
        name: torch.from_numpy(np.asarray(values, order="C"))
        for name, values in load_tensors(parent.path).items()
        if name in own and own[name].shape == values.shape
    }
    network.load_state_dict(fitting, strict=False)
