"""What a check of photos can find, and in which words it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from engine.errors import Message, describe
from engine.training.config import TrainConfig
from engine.training.photos import LEAST_PHOTOS
from engine.training.prepare import TrainingPhotos, describe_copies

Severity = Literal["error", "warning", "note"]
SEVERITIES = get_args(Severity)

_UNEVEN = 10  # times as many photos as the smallest class has
_NAMED = 5  # classes in a sentence


@dataclass(frozen=True)
class ClassCount:
    """A class and its photos.

    Attributes:
        name: Of the class.
        photos: All that can be used.
        train: Those that are trained on.
        held: Those that are held back to choose the best epoch.
    """

    name: str
    photos: int
    train: int
    held: int


@dataclass(frozen=True)
class Finding:
    """Something a user should know before the training begins.

    Attributes:
        severity: An ``error`` keeps the training from starting; a ``warning`` makes it worse; a
            ``note`` says what is done about something.
        message: In words.
        paths: The photos it is about.
    """

    severity: Severity
    message: Message
    paths: tuple[Path, ...] = ()


@dataclass(frozen=True)
class PhotoCheck:
    """The photos of a training.

    Attributes:
        classes: By name; empty where no labels are needed.
        photos: How many were found.
        train: How many are trained on.
        held: How many choose the best epoch.
        findings: Errors first, then warnings, then notes.
    """

    classes: tuple[ClassCount, ...]
    photos: int
    train: int
    held: int
    findings: tuple[Finding, ...]

    @property
    def can_start(self) -> bool:
        """Whether nothing keeps the training from starting."""
        return all(finding.severity != "error" for finding in self.findings)


def find_left_out(photos: TrainingPhotos) -> Iterator[Finding]:
    """Find photos that are not used, or not as they would be."""
    by_code: dict[str, list[int]] = {}
    for number, why in photos.problems.items():
        known = why.code if why.code in ("FS-505", "FS-507") else "FS-514"
        by_code.setdefault(known, []).append(number)
    if numbers := by_code.get("FS-514"):
        name, reason = photos.samples[numbers[0]].name, photos.problems[numbers[0]].title
        message = describe("FS-514", count=len(numbers), name=name, reason=reason)
        yield _about(photos, numbers, "warning", message)
    if numbers := by_code.get("FS-505"):
        yield _about(photos, numbers, "warning", describe("FS-505", count=len(numbers)))
    if numbers := by_code.get("FS-507"):
        hashes = photos.cache.hashes
        copy, first = numbers[0], hashes.index(hashes[numbers[0]])
        message = describe_copies(photos.samples[copy], photos.samples[first], len(numbers))
        yield _about(photos, numbers, "note", message)
    if photos.moved:
        numbers = list(photos.moved)
        names = (photos.samples[number].name for number in next(iter(photos.moved.items())))
        message = describe("FS-515", count=len(numbers), name=next(names), other=next(names))
        yield _about(photos, numbers, "note", message)


def find_uneven(classes: Sequence[ClassCount], config: TrainConfig) -> Iterator[Finding]:
    """Find classes that are too small to be tested, or much smaller than others."""
    small = [entry for entry in classes if 0 < entry.photos < LEAST_PHOTOS]
    if small and config.validation_share:
        named = [f"“{entry.name}” has {entry.photos}" for entry in small[:_NAMED]]
        if len(small) > _NAMED:
            named.append(f"{len(small) - _NAMED:,} more have few")
        names = ", ".join(named)
        yield Finding(
            "warning", describe("FS-516", count=len(small), names=names, least=LEAST_PHOTOS)
        )
    rest = sorted(
        (entry for entry in classes if entry.photos >= LEAST_PHOTOS),
        key=lambda entry: entry.photos,
    )
    if rest and not config.balance and rest[-1].photos > _UNEVEN * rest[0].photos:
        least, most = rest[0], rest[-1]
        message = describe(
            "FS-517", most=most.name, more=most.photos, least=least.name, fewer=least.photos
        )
        yield Finding("warning", message)


def _about(
    photos: TrainingPhotos, numbers: Sequence[int], severity: Severity, message: Message
) -> Finding:
    return Finding(severity, message, tuple(photos.samples[number].path for number in numbers))
