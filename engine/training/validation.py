"""The figure that chooses the best epoch: mAP of photos that were held back from training."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from engine.codes import CodeArray, binarize
from engine.evaluation.scoring import Coded, score
from engine.events import JobContext
from engine.networks.inputs import normalize
from engine.training.config import TrainConfig
from engine.training.prepare import TrainingPhotos
from engine.training.setup import Setup

MOST_AT_ONCE = 64


def draw_gallery(photos: TrainingPhotos, config: TrainConfig) -> NDArray[np.int64]:
    """Return the photos of the training that the held-back ones are searched in."""
    rng = np.random.default_rng((config.seed, 7))
    count = min(config.validation_gallery, len(photos.train))
    return np.sort(rng.choice(photos.train, count, replace=False))


def validate(
    setup: Setup, gallery: NDArray[np.int64], ctx: JobContext, *, at_once: int = MOST_AT_ONCE
) -> float:
    """Return the mAP of the held-back photos, the mean over all orders of equal distances.

    Args:
        setup: Of the training.
        gallery: Numbers of the photos they are searched in.
        ctx: Line to whoever runs the job.
        at_once: Photos in a forward pass; as many as can be trained on fit for certain.
    """
    photos = setup.photos
    queries = encode(setup, photos.held, ctx, at_once=at_once)
    found = encode(setup, gallery, ctx, at_once=at_once)
    scores = score(
        Coded(queries, photos.labels[photos.held]),
        Coded(found, photos.labels[gallery]),
        map_at=None,
    )
    return float(scores["map_expected_ties"])


def encode(
    setup: Setup,
    numbers: NDArray[np.int64],
    ctx: JobContext,
    *,
    at_once: int = MOST_AT_ONCE,
    stage: str = "",
) -> CodeArray:
    """Return the packed codes of some of the photos.

    Args:
        setup: Of the training.
        numbers: Of the photos.
        ctx: Line to whoever runs the job.
        at_once: Photos in a forward pass.
        stage: What this is called where progress is shown; empty to show none.
    """
    parts: list[CodeArray] = []
    for batch in _batches(numbers, min(at_once, MOST_AT_ONCE)):
        ctx.checkpoint()
        if stage:
            ctx.progress(stage, sum(map(len, parts)), len(numbers), force=not parts)
        parts.append(binarize(_forward(setup.network, setup, batch)))
    return np.concatenate(parts)


def pooled_features(
    setup: Setup, numbers: NDArray[np.int64], ctx: JobContext
) -> NDArray[np.float32]:
    """Return the backbone's features of some of the photos, shape (photos, num_features)."""
    backbone = setup.network.backbone
    features = np.empty((len(numbers), backbone.num_features), np.float32)
    done = 0
    for batch in _batches(numbers, MOST_AT_ONCE):
        ctx.checkpoint()
        features[done : done + len(batch)] = _forward(backbone, setup, batch)
        done += len(batch)
        ctx.progress("Looking at photos", done, len(numbers))
    return features


def _batches(numbers: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


@torch.inference_mode()
def _forward(module: nn.Module, setup: Setup, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
    modes = {each: each.training for each in module.modules()}  # some norms may be held fast
    module.eval()
    cache, preprocessing = setup.photos.cache, setup.preprocessing
    squares = [preprocessing(Image.fromarray(cache[int(number)])) for number in numbers]
    pixels = torch.from_numpy(np.stack(squares)).to(setup.device.name)
    outcome = module(normalize(pixels, preprocessing))
    values = outcome if isinstance(outcome, torch.Tensor) else outcome.logits
    for each, mode in modes.items():
        each.training = mode
    found: NDArray[np.float32] = values.float().cpu().numpy()
    return found
