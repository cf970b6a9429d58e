"""From samples to what a training runs on: decoded, without copies, classes counted, split."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import distributed
from engine.errors import Message, describe
from engine.evaluation.splits import Sample
from engine.events import JobContext
from engine.storage import content_hash
from engine.training.config import TrainConfig
from engine.training.near_duplicates import find_twins
from engine.training.photos import hold_back
from engine.training.pixel_cache import PixelCache, open_cache


@dataclass(frozen=True)
class TrainingPhotos:
    """The photos of a run.

    Attributes:
        samples: All that were given.
        cache: Their pixels, by their number.
        classes: Names, sorted.
        labels: Class of each sample, shape (samples,).
        train: Numbers of the samples that are trained on.
        held: Numbers of those that choose the best epoch; may be empty.
        problems: What was left out and why, by sample.
        moved: Samples that are trained on though they were drawn to be held back, and the one
            each is nearly the same picture as.
    """

    samples: tuple[Sample, ...]
    cache: PixelCache
    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    train: NDArray[np.int64]
    held: NDArray[np.int64]
    problems: dict[int, Message]
    moved: dict[int, int]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over contents and labels of what is trained on."""
        lines = sorted(
            f"{self.cache.hashes[number]} {self.samples[number].label}" for number in self.train
        )
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def identity(self) -> str:
        """SHA-256 over contents, labels and order of all photos, and which of them are held back.

        Equal identities number the photos equally, so that a training may go on.
        """
        digest = hashlib.sha256(" ".join(self.cache.hashes).encode())
        for numbers in (self.labels, self.train, self.held):
            digest.update(b"|" + numbers.astype("<i8").tobytes())
        return digest.hexdigest()


def prepare_photos(
    samples: Sequence[Sample],
    config: TrainConfig,
    side: int,
    folder: Path,
    ctx: JobContext,
    *,
    tests: Sequence[Path] = (),
    workers: int,
    needs_labels: bool = True,
    resampling: Image.Resampling = Image.Resampling.BICUBIC,
) -> TrainingPhotos:
    """Decode the photos, leave out what must not be trained on, and hold some back.

    A photo that is nearly the same as one that is trained on is not held back: to find its twin
    says nothing about the dish.

    Args:
        samples: The labelled photos.
        config: Of the run.
        side: Shorter side of the decoded photos, in pixels.
        folder: Of decoded photos.
        ctx: Line to whoever runs the job.
        tests: Photos of a test; whatever has the content of one is left out of the training.
        workers: Decode threads.
        needs_labels: Whether there are classes to learn from.
        resampling: Filter that reduces the photos.

    Raises:
        LibraryError: FS-205, the disk is full.
    """
    with distributed.primary_first():
        files = [sample.path for sample in samples]
        cache = open_cache(files, side, folder, ctx, workers=workers, resampling=resampling)
    left_out = _left_out(samples, cache, tests, ctx)
    used = np.array([number for number in range(len(samples)) if number not in left_out], np.int64)
    names = [samples[number].label for number in used]
    classes, numbers = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)
    labels = np.full(len(samples), -1, np.int64)
    labels[used] = numbers
    is_held = hold_back(
        labels[used],
        share=config.validation_share if needs_labels else 0.0,
        limit=config.validation_limit,
        seed=config.seed,
    )
    moved = _find_leaks(cache, used[~is_held], used[is_held])
    is_held &= ~np.isin(used, list(moved))
    return TrainingPhotos(
        tuple(samples),
        cache,
        tuple(str(name) for name in classes),
        labels,
        used[~is_held],
        used[is_held],
        left_out,
        moved,
    )


def _find_leaks(
    cache: PixelCache, train: NDArray[np.int64], held: NDArray[np.int64]
) -> dict[int, int]:
    """Return held-back photos with a twin among those trained on, or that get one this way."""
    found: dict[int, int] = {}
    while len(train) and len(held):
        leaks = find_twins(cache, held, train)
        found |= leaks
        train = np.array(list(leaks), np.int64)
        held = held[~np.isin(held, train)]
    return found


def _left_out(
    samples: Sequence[Sample], cache: PixelCache, tests: Sequence[Path], ctx: JobContext
) -> dict[int, Message]:
    left_out = dict(cache.problems)
    tested = _contents(tests, ctx)
    seen: dict[str, int] = {}
    for number, sample in enumerate(samples):
        if number in left_out:
            continue
        content = cache.hashes[number]
        if content in tested:
            left_out[number] = describe("FS-505", count=1)
        elif content in seen:
            left_out[number] = describe_copies(sample, samples[seen[content]])
        else:
            seen[content] = number
    return left_out


def describe_copies(copy: Sample, first: Sample, count: int = 1) -> Message:
    """Return that photos are left out, of which one is a copy of another that is not."""
    names = {"name": copy.name, "other": first.name, "label": first.label}
    return describe("FS-507", count=count, **names)


def _contents(files: Sequence[Path], ctx: JobContext) -> set[str]:
    found = set()
    for number, file in enumerate(files):
        ctx.checkpoint()
        try:
            found.add(content_hash(file))
        except OSError:  # what cannot be read cannot be tested with either
            continue
        ctx.progress("Comparing with the test", number + 1, len(files))
    return found
