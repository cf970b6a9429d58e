"""Where FoodSearch keeps its files; the only module that knows appdirs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import appdirs

from engine.errors import InputError

APP_NAME = "FoodSearch"
_CACHE_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Cache of FoodSearch; safe to delete.\n"


@dataclass(frozen=True)
class Paths:
    """The folders of one installation.

    Attributes:
        data: Libraries and installed models; losing it loses work.
        cache: Thumbnails and decoded photos; may be deleted at any time.
        config: Settings.
        log: Log files and crash reports.
    """

    data: Path
    cache: Path
    config: Path
    log: Path

    @classmethod
    def resolve(cls, home: Path | str | None = None) -> Paths:
        """Return the folders, below one folder when a home is given.

        Args:
            home: Folder for everything (portable use, tests); without it the environment variable
                ``FOODSEARCH_HOME`` is used, and without that the system's usual places.

        Raises:
            InputError: FS-002, the home is no folder.
        """
        home = home or os.environ.get("FOODSEARCH_HOME")
        if home:
            root = Path(home).expanduser().absolute()
            if root.exists() and not root.is_dir():
                reason = "it is not a folder"
                advice = "Name a folder with --home, or with FOODSEARCH_HOME."
                raise InputError("FS-002", name=str(root), reason=reason, advice=advice)
            return cls(root / "data", root / "cache", root / "config", root / "log")
        return cls(
            Path(appdirs.user_data_dir(APP_NAME, False)),
            Path(appdirs.user_cache_dir(APP_NAME, False)),
            Path(appdirs.user_config_dir(APP_NAME, False)),
            Path(appdirs.user_log_dir(APP_NAME, False)),
        )

    @property
    def libraries(self) -> Path:
        """Folder with one folder a library."""
        return self.data / "libraries"

    @property
    def models(self) -> Path:
        """Folder with one folder an installed model."""
        return self.data / "models"

    @property
    def runs(self) -> Path:
        """Folder with one folder a training run."""
        return self.data / "runs"

    @property
    def evaluations(self) -> Path:
        """Folder with one file a kept evaluation."""
        return self.data / "evaluations"

    @property
    def labels(self) -> Path:
        """Folder of the labels that were made of judgements to train with."""
        return self.data / "labels"

    @property
    def training_photos(self) -> Path:
        """Folder of the photos decoded for training, marked like that of the thumbnails."""
        return self._cache_folder("training")

    @property
    def thumbnails(self) -> Path:
        """Folder of the thumbnail cache, marked so that backup programs skip it."""
        return self._cache_folder("thumbnails")

    def _cache_folder(self, name: str) -> Path:
        tag = self.cache / "CACHEDIR.TAG"
        if not tag.exists():
            self.cache.mkdir(parents=True, exist_ok=True)
            tag.write_text(_CACHE_TAG, encoding="ascii")
        return self.cache / name
