"""What is known of photos before a training begins: whether it can, and what would spoil it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import Message
from engine.events import JobContext
from engine.paths import Paths
from engine.training.run import RunRequest

Severity = Literal["error", "warning", "note"]


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


def check_photos(paths: Paths, request: RunRequest, ctx: JobContext | None = None) -> PhotoCheck:
    """Look at the photos of a training as it would, and tell what it would meet."""
    raise NotImplementedError
