"""A model that is ready to use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.models.manifest import Manifest


@dataclass(frozen=True)
class ModelInfo:
    """A model ready to use.

    Attributes:
        manifest: What it is.
        path: Its folder or file.
        bundled: Whether it came with the program.
        size: In bytes.
        is_default: Whether it is used where none is named.
    """

    manifest: Manifest
    path: Path
    bundled: bool
    size: int
    is_default: bool

    @property
    def id(self) -> str:
        """Its id."""
        return self.manifest.id

    @property
    def name(self) -> str:
        """Its name in windows."""
        return self.manifest.name

    @property
    def num_bits(self) -> int:
        """The length of its codes."""
        return self.manifest.num_bits

    @property
    def key(self) -> str:
        """The identity under which its codes are stored."""
        return self.manifest.key
