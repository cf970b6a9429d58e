"""What is known of photos before a training begins: whether it can, and what would spoil it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence

from engine.errors import EngineError, describe
from engine.events import JobContext
from engine.networks.output import HashNetwork
from engine.paths import Paths
from engine.training.findings import (
    SEVERITIES,
    ClassCount,
    Finding,
    PhotoCheck,
    find_left_out,
    find_uneven,
)
from engine.training.itq import check_bits
from engine.training.prepare import TrainingPhotos
from engine.training.run import RunRequest
from engine.training.setup import (
    build_network,
    choose_preprocessing,
    create_loss,
    prepare_source,
)
from engine.training.source import Source

# Of the weights: three in a checkpoint with the optimiser's memory, three in the next one, which
# is written before the old one goes, the best ones, and those of a model whose codes are kept.
_COPIES = 8


def check_photos(
    paths: Paths, request: RunRequest, ctx: JobContext | None = None, *, workers: int | None = None
) -> PhotoCheck:
    """Look at the photos of a training as it would, and tell what it would meet.

    The decoded photos are kept, so that the training need not decode them again.

    Args:
        paths: Of the installation.
        request: What the training will be asked to do.
        ctx: Line to whoever runs the job.
        workers: Decode threads; one a core by default.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    try:
        source = Source.of(request)
    except EngineError as error:
        return PhotoCheck((), 0, 0, 0, (Finding("error", error.message),))
    try:
        source.check(source.labels)
        network = build_network(request.config)
        if source.needs_labels:
            create_loss(request.config, network, source.labels)
        preprocessing = choose_preprocessing(request.config, network)
        photos = prepare_source(source, request.config, preprocessing, paths, ctx, workers=workers)
    except EngineError as error:
        classes = _count(source, range(len(source.samples)), ())
        finding = Finding("error", error.message)
        return PhotoCheck(classes, len(source.samples), 0, 0, (finding,))
    classes = _count(source, photos.train.tolist(), photos.held.tolist())
    findings = [
        *_find_refusals(source, photos, network),
        *_find_full_disk(paths, network),
        *find_left_out(photos),
        *find_uneven(classes, request.config),
    ]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return PhotoCheck(
        classes, len(source.samples), len(photos.train), len(photos.held), tuple(findings)
    )


def _count(source: Source, train: Sequence[int], held: Sequence[int]) -> tuple[ClassCount, ...]:
    if not source.needs_labels:
        return ()
    trained = Counter(source.samples[number].label for number in train)
    tested = Counter(source.samples[number].label for number in held)
    return tuple(
        ClassCount(name, trained[name] + tested[name], trained[name], tested[name])
        for name in sorted({*source.labels})
    )


def _find_refusals(
    source: Source, photos: TrainingPhotos, network: HashNetwork
) -> Iterator[Finding]:
    """Find what would end the training now that the unreadable photos are known."""
    used = [*photos.train, *photos.held]
    try:
        source.check([source.samples[number].label for number in used])
        if not source.needs_labels:
            check_bits(network.num_bits, len(used), network.backbone.num_features)
    except EngineError as error:
        yield Finding("error", error.message)


def _find_full_disk(paths: Paths, network: HashNetwork) -> Iterator[Finding]:
    place = next(folder for folder in (paths.runs, *paths.runs.parents) if folder.is_dir())
    weights = sum(value.nbytes for value in network.state_dict().values())
    needed, free = _COPIES * weights, shutil.disk_usage(place).free
    if free < needed:
        message = describe(
            "FS-518", path=str(paths.runs), needed=needed // 10**6, free=free // 10**6
        )
        yield Finding("error", message)
