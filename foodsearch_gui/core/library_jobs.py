"""The jobs of the library worker: plain functions over the engine, without Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import engine

if TYPE_CHECKING:
    from engine import (
        AddedRoots,
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

_SAMPLES = "Drawn samples"


@dataclass(frozen=True)
class OpenedLibrary:
    """A library as it could be opened.

    Attributes:
        catalogue: Open; read-only if somebody else holds it.
        model: To search with, or None if there is none.
        has_roots: Whether there is a folder to scan.
        obstacle: Why it is read-only.
        problems: Ids of the files that could not be used so far, the ignored ones too.
        better: A model that would search better, but of which the library has no index.
    """

    catalogue: Catalogue
    model: ModelInfo | None
    has_roots: bool
    obstacle: engine.EngineError | None = None
    problems: frozenset[int] = frozenset()
    better: ModelInfo | None = None


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
        empty: Folders just added in which there are no photos.
    """

    report: ScanReport
    coverage: Coverage | None
    offline: tuple[Root, ...] = ()
    empty: tuple[Root, ...] = ()


@dataclass(frozen=True)
class RootsOutcome:
    """What became of folders that were to be added.

    Attributes:
        result: The same in the engine's words.
        samples: The sample drawings, if these are the first other folders.
    """

    result: AddedRoots
    samples: Root | None = None


def open_library(
    paths: Paths, store: ModelStore, name: str, previous: Catalogue | None
) -> OpenedLibrary:
    """Close one library and open another, read-only if another process writes to it."""
    if previous is not None:
        previous.close()
    obstacle = None
    try:
        catalogue = engine.open_library(paths, name)
    except engine.EngineError as error:
        if error.code != "FS-207":
            raise
        obstacle = error
        catalogue = engine.open_library(paths, name, read_only=True)
    problems = frozenset(problem.id for problem in catalogue.problems(include_ignored=True))
    model = model_for(store, catalogue)
    better = engine.better_model(store, catalogue) if model is not None else None
    has_roots = bool(catalogue.root_paths())
    return OpenedLibrary(catalogue, model, has_roots, obstacle, problems, better)


def model_for(store: ModelStore, catalogue: Catalogue | None) -> ModelInfo | None:
    """Return the model that a library is used with, None if even the bundled one is missing."""
    try:
        return store.get() if catalogue is None else engine.preferred_model(store, catalogue)
    except engine.InputError:
        return None


def scan(
    catalogue: Catalogue,
    model_key: str | None,
    remove_missing: bool | Collection[int],
    added: frozenset[int],
    context: JobContext,
) -> ScanOutcome:
    """Compare a library with its folders; ``added`` are the ids of those nobody has seen yet."""
    report = engine.scan(catalogue, context, remove_missing=remove_missing)
    # Roots count their photos, which takes too long for the GUI thread in a large library.
    roots = catalogue.roots() if report.offline or added else []
    return ScanOutcome(
        report,
        catalogue.coverage(model_key) if model_key else None,
        tuple(root for root in roots if root.path in report.offline),
        tuple(
            root
            for root in roots
            if root.id in added and not root.photos and root.path not in report.offline
        ),
    )


def add_roots(catalogue: Catalogue, folders: Sequence[Path], samples: Path) -> RootsOutcome:
    """Add folders; find the sample drawings if they were all there was before."""
    before = catalogue.root_paths()
    result = catalogue.add_roots(folders)
    has_real = any(root.path != samples for root in result.added)
    if not has_real or before != [samples]:
        return RootsOutcome(result)
    drawn = next((root for root in catalogue.roots() if root.path == samples), None)
    return RootsOutcome(result, drawn)


def replace_roots(catalogue: Catalogue, folder: Path) -> RootsOutcome:
    """Add a folder in the place of those it contains."""
    return RootsOutcome(engine.AddedRoots((catalogue.replace_roots(folder),), (), ()))


def samples_folder(paths: Paths) -> Path:
    """Return where the sample photos are drawn."""
    return paths.data / _SAMPLES


def refresh_index(catalogue: Catalogue, model: ModelInfo, searcher: Searcher | None) -> IndexView:
    """Bring the searcher up to date with the catalogue, making it first if need be."""
    if searcher is None:
        searcher = engine.Searcher(catalogue, model)
    searcher.refresh()
    return IndexView(searcher, catalogue.coverage(model.key))


def draw_samples(paths: Paths, context: JobContext) -> Path:
    """Draw the sample photos unless they are there; return their folder."""
    folder = samples_folder(paths)
    if not folder.is_dir():
        unfinished = folder.with_name(f".{_SAMPLES}")
        engine.draw_demo_photos(unfinished, context)
        unfinished.rename(folder)
    return folder
