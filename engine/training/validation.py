"""The figure that chooses the best epoch: mAP of photos that were held back from training."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from engine.codes import CodeArray, binarize
from engine.evaluation.protocol import Coded, score
from engine.events import JobContext
from engine.networks.inputs import normalize
from engine.networks.output import HashNetwork
from engine.preprocessing import Preprocessing
from engine.training.config import TrainConfig
from engine.training.prepare import TrainingPhotos

_BATCH = 64


def draw_gallery(photos: TrainingPhotos, config: TrainConfig) -> NDArray[np.int64]:
    """Return the photos of the training that the held-back ones are searched in."""
    rng = np.random.default_rng((config.seed, 7))
    count = min(config.validation_gallery, len(photos.train))
    return np.sort(rng.choice(photos.train, count, replace=False))


def validate(
    network: HashNetwork,
    preprocessing: Preprocessing,
    photos: TrainingPhotos,
    gallery: NDArray[np.int64],
    ctx: JobContext,
) -> float:
    """Return the mAP of the held-back photos, the mean over all orders of equal distances."""
    queries = encode(network, preprocessing, photos, photos.held, ctx)
    found = encode(network, preprocessing, photos, gallery, ctx)
    scores = score(
        Coded(queries, photos.labels[photos.held]),
        Coded(found, photos.labels[gallery]),
        map_at=None,
    )
    return float(scores["map_expected_ties"])


def encode(
    network: HashNetwork,
    preprocessing: Preprocessing,
    photos: TrainingPhotos,
    numbers: NDArray[np.int64],
    ctx: JobContext,
) -> CodeArray:
    """Return the codes of some of the photos, packed."""
    parts = []
    for batch in _batches(numbers):
        ctx.checkpoint()
        parts.append(binarize(_forward(network, preprocessing, photos, batch)))
    return np.concatenate(parts)


def pooled_features(
    network: HashNetwork,
    preprocessing: Preprocessing,
    photos: TrainingPhotos,
    numbers: NDArray[np.int64],
    ctx: JobContext,
) -> NDArray[np.float32]:
    """Return the backbone's features of some of the photos, shape (photos, num_features)."""
    parts = []
    for batch in _batches(numbers):
        ctx.checkpoint()
        parts.append(_forward(network.backbone, preprocessing, photos, batch))
        ctx.progress("Looking at photos", sum(map(len, parts)), len(numbers))
    return np.concatenate(parts)


def _batches(numbers: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [numbers[start : start + _BATCH] for start in range(0, len(numbers), _BATCH)]


@torch.inference_mode()
def _forward(
    module: nn.Module,
    preprocessing: Preprocessing,
    photos: TrainingPhotos,
    numbers: NDArray[np.int64],
) -> NDArray[np.float32]:
    was_training = module.training
    module.eval()
    device = next(module.parameters()).device
    squares = [preprocessing(Image.fromarray(photos.cache[int(number)])) for number in numbers]
    images = normalize(torch.from_numpy(np.stack(squares)).to(device), preprocessing)
    outcome = module(images)
    values = outcome if isinstance(outcome, torch.Tensor) else outcome.logits
    module.train(was_training)
    found: NDArray[np.float32] = values.float().cpu().numpy()
    return found
