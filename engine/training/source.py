"""Where the photos of a training come from: a folder, or a file of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from engine.evaluation.splits import Sample, read_labels
from engine.methods import METHODS
from engine.training.photos import check_classes, samples_of_folder
from engine.training.run import RunRequest


@dataclass(frozen=True)
class Source:
    """The photos that a training was asked to use.

    Attributes:
        folder: The folder they lie in.
        name: What they came from, for people.
        samples: The photos to train on.
        tests: Photos of the test, which they must not contain.
        needs_labels: Whether the method learns from labels.
        loose: Photos of the folder without a label, counted where no photo has one.
    """

    folder: Path
    name: str
    samples: tuple[Sample, ...]
    tests: tuple[Path, ...]
    needs_labels: bool
    loose: int = 0

    @classmethod
    def of(cls, request: RunRequest) -> Self:
        """Find the photos.

        Raises:
            InputError: FS-002, there is no such folder or file, or it holds no labels.
        """
        needs_labels = METHODS[request.config.method].needs_labels
        if not request.split:
            folder = Path(request.folder)
            samples = samples_of_folder(folder, needs_labels=needs_labels)
            loose = 0 if samples else len(samples_of_folder(folder, needs_labels=False))
            return cls(folder, "the folder", tuple(samples), (), needs_labels, loose)
        file = Path(request.split)
        found = read_labels(file, Path(request.folder) if request.folder else None)
        tests = tuple(sample.path for sample in found.queries)
        return cls(found.root, file.name, found.train, tests, needs_labels)

    @property
    def labels(self) -> list[str]:
        """Label of each sample."""
        return [sample.label for sample in self.samples]

    def check(self, labels: Sequence[str]) -> None:
        """Check that the photos with these labels are enough to learn from.

        Raises:
            TrainingError: FS-501.
        """
        if self.needs_labels:
            check_classes(labels, self.name, loose=self.loose)


def is_there(folder: Path) -> bool:
    """Whether there is something in a folder: drives are unplugged, and may leave an empty one."""
    try:
        return any(folder.iterdir())
    except OSError:
        return False
