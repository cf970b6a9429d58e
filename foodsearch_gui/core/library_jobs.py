"""The jobs of the library worker: plain functions over the engine, without Qt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import engine

if TYPE_CHECKING:
    from engine import (
        Catalogue,
        Coverage,
        JobContext,
        ModelInfo,
        ModelStore,
        Paths,
        Root,
        ScanReport,
        Searcher,
    )

SAMPLES_FOLDER = "Drawn samples"


@dataclass(frozen=True)
class OpenedLibrary:
    """A library as it could be opened.

    Attributes:
        catalogue: Open; read-only if somebody else holds it.
        model: To search with, or None if there is none.
        has_roots: Whether there is a folder to scan.
        obstacle: Why it is read-only.
    """

    catalogue: Catalogue
    model: ModelInfo | None
    has_roots: bool
    obstacle: engine.EngineError | None = None


@dataclass(frozen=True)
class IndexView:
    """What can be searched at the moment."""

    searcher: Searcher
    coverage: Coverage


@dataclass(frozen=True)
class ScanOutcome:
    """What a scan found, and how much of it has a code.

    Attributes:
        report: What was found.
        coverage: Of the model in use, if there is one.
        offline: The folders that could not be read.
    """

    report: ScanReport
    coverage: Coverage | None
    offline: tuple[Root, ...] = ()


def open_library(
    paths: Paths, store: ModelStore, name: str, previous: Catalogue | None
) -> OpenedLibrary:
    """Close one library and open another, read-only if another process writes to it."""
    if previous is not None:
        previous.close()
    model = default_model(store)
    obstacle = None
    try:
        catalogue = engine.open_library(paths, name)
    except engine.EngineError as error:
        if error.code != "FS-207":
            raise
        obstacle = error
        catalogue = engine.open_library(paths, name, read_only=True)
    return OpenedLibrary(catalogue, model, bool(catalogue.root_paths()), obstacle)


def default_model(store: ModelStore) -> ModelInfo | None:
    """Return the model to use where none is named, None if even the bundled one is missing."""
    return next((info for info in store.list() if info.is_default), None)


def scan(
    catalogue: Catalogue,
    model_key: str | None,
    remove_missing: bool | Collection[int],
    context: JobContext,
) -> ScanOutcome:
    """Compare a library with its folders."""
    report = engine.scan(catalogue, context, remove_missing=remove_missing)
    # Roots count their photos, which takes too long for the GUI thread in a large library.
    roots = catalogue.roots() if report.offline else []
    return ScanOutcome(
        report,
        catalogue.coverage(model_key) if model_key else None,
        tuple(root for root in roots if root.path in report.offline),
    )


def refresh_index(catalogue: Catalogue, model: ModelInfo, searcher: Searcher | None) -> IndexView:
    """Bring the searcher up to date with the catalogue, making it first if need be."""
    if searcher is None:
        searcher = engine.Searcher(catalogue, model)
    searcher.refresh()
    return IndexView(searcher, catalogue.coverage(model.key))


def draw_samples(paths: Paths, context: JobContext) -> Path:
    """Draw the sample photos unless they are there; return their folder."""
    folder = paths.data / SAMPLES_FOLDER
    if not folder.is_dir():
        unfinished = folder.with_name(f".{SAMPLES_FOLDER}")
        engine.draw_demo_photos(unfinished, context)
        unfinished.rename(folder)
    return folder
