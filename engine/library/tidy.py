"""Freeing what the codes of models take that are not on this computer any more.

Codes outlive their model, so that undoing its removal costs nothing; nothing here happens by
itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.errors import EngineError, Message
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.libraries import LibraryInfo, list_libraries, open_library
from engine.library.overview import LibraryCodes, codes_of
from engine.models.places import id_of
from engine.models.store import ModelStore
from engine.paths import Paths

_DIGEST = 13  # letters of a model's key behind its id: a hyphen and the start of a checksum


@dataclass(frozen=True)
class TidyReport:
    """What was freed.

    Attributes:
        codes: How many codes were deleted.
        bytes: How much smaller the files are.
        refused: Why other libraries were left as they are.
    """

    codes: int
    bytes: int
    refused: tuple[Message, ...] = ()


def spare_bytes(store: ModelStore, libraries: Iterable[LibraryCodes]) -> int:
    """Return about how much :func:`tidy_codes` would free in these libraries."""
    is_spare = _judge(store)
    return sum(
        count.bytes
        for library in libraries
        for key, count in library.codes.items()
        if is_spare(key)
    )


def tidy_codes(
    paths: Paths,
    store: ModelStore,
    ctx: JobContext | None = None,
    *,
    opened: Catalogue | None = None,
) -> TidyReport:
    """Delete the codes of models that are not installed, in every library.

    A model that was removed can still be restored; it needs a new index then. Codes of a model
    that is there but cannot be read are kept.

    Args:
        paths: Of the installation.
        store: The models that are kept.
        ctx: Line to whoever runs the job; between two libraries it may be stopped.
        opened: A library that this process has open.
    """
    ctx = ctx or JobContext()
    is_spare = _judge(store)
    codes = freed = 0
    refused = []
    libraries = list_libraries(paths)
    for done, library in enumerate(libraries):
        ctx.checkpoint()
        ctx.progress("Freeing space", done, len(libraries))
        try:
            if opened is not None and opened.folder == library.folder:
                result = _tidy(opened, is_spare)
            else:
                result = _tidy_closed(paths, library, is_spare)
        except EngineError as error:
            refused.append(error.message)
        else:
            codes, freed = codes + result[0], freed + result[1]
    return TidyReport(codes, freed, tuple(refused))


def _tidy_closed(
    paths: Paths, library: LibraryInfo, is_spare: Callable[[str], bool]
) -> tuple[int, int]:
    held = codes_of(library)
    if held.trouble is None and not any(map(is_spare, held.codes)):
        return 0, 0  # not opened for nothing: another process may have it
    with open_library(paths, library.name, create=False) as catalogue:
        return _tidy(catalogue, is_spare)


def _tidy(catalogue: Catalogue, is_spare: Callable[[str], bool]) -> tuple[int, int]:
    spare = [key for key in catalogue.code_counts() if is_spare(key)]
    if not spare:
        return 0, 0
    codes = catalogue.purge_codes(spare)
    freed = catalogue.compact()
    for key in spare:
        index = catalogue.index_folder(key)
        freed += sum(file.stat().st_size for file in index.glob("*"))
        shutil.rmtree(index, ignore_errors=True)
    return codes, freed


def _judge(store: ModelStore) -> Callable[[str], bool]:
    """Return what tells whether the codes of a key are of no use."""
    known = {model.key for model in store.list()}
    broken = {id_of(path) for path, _ in store.broken()}
    return lambda key: key not in known and key[:-_DIGEST] not in broken
