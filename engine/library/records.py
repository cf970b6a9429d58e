"""What the catalogue hands out: plain, immutable values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.codes import CodeArray, IdArray
from engine.errors import InputError

PhotoState = Literal["ok", "offline", "missing"]
RootState = Literal["online", "offline"]


@dataclass(frozen=True)
class Root:
    """A folder whose photos belong to the library.

    Attributes:
        id: Stays the same while the folder is part of the library.
        path: The folder.
        state: ``"offline"`` while the folder cannot be read or its drive is empty.
        photos: Distinct photos below it.
        offline_since: UTC, ISO 8601, or None.
    """

    id: int
    path: Path
    state: RootState
    photos: int
    offline_since: str | None


@dataclass(frozen=True)
class AddedRoots:
    """What became of folders that were to be added to a library.

    Attributes:
        added: Those that are part of it now.
        covered: Why others were passed over: the library has them already, perhaps in a folder.
        refused: Why others cannot be added.
    """

    added: tuple[Root, ...]
    covered: tuple[InputError, ...]
    refused: tuple[InputError, ...]


@dataclass(frozen=True)
class PhotoRecord:
    """A photo of the library: one content, in one place or several.

    Attributes:
        id: Never used again for another content.
        path: Its file; of several copies one that can be read now, the first by path.
        label: Name of the folder it (or a copy) lies in, if that says something about the picture.
        width: Of the upright picture in pixels, or None before it was decoded once.
        height: Likewise.
        size: Bytes.
        mtime: When the file was last modified, in seconds since 1970.
        state: ``"offline"`` if the folder is not available, ``"missing"`` if the file is gone.
        copies: Files with this content.
        content_hash: BLAKE2b of the bytes, hexadecimal.
    """

    id: int
    path: Path
    label: str | None
    width: int | None
    height: int | None
    size: int
    mtime: float
    state: PhotoState
    copies: int
    content_hash: str


@dataclass(frozen=True)
class Problem:
    """A file or folder that could not be used, with the reason in words.

    Attributes:
        id: For ``ignore_problem`` and ``retry_problems``.
        path: The file or folder.
        code: Message id such as ``FS-106``.
        cause: What is wrong.
        advice: What to do.
        first_seen: UTC, ISO 8601.
        ignored: Whether the user does not want to see it.
    """

    id: int
    path: Path
    code: str
    cause: str
    advice: str
    first_seen: str
    ignored: bool


@dataclass(frozen=True)
class Coverage:
    """How many of the library's photos have a code of a model."""

    indexed: int
    total: int


@dataclass(frozen=True)
class CodeCount:
    """The codes of one model in a library.

    Attributes:
        indexed: Photos that search sees and that have a code.
        bytes: About how much room all its codes take, those of photos that are gone too.
    """

    indexed: int
    bytes: int


@dataclass(frozen=True)
class Changes:
    """What an index must do to match the catalogue.

    Attributes:
        stamp: To be given with the next question.
        ids: Photos to add or replace, ascending.
        codes: Their codes.
        removed: Photos to remove; absent ones are to be passed over.
        complete: The ids are all there are: start from an empty index.
    """

    stamp: int
    ids: IdArray
    codes: CodeArray
    removed: IdArray
    complete: bool


@dataclass(frozen=True)
class RecentQuery:
    """A photo that was searched for; ``path`` is None for a pasted picture."""

    name: str
    path: Path | None
    content_hash: str
    when: str


@dataclass(frozen=True)
class SourceFile:
    """A file that can be read now, and how it looked when its content was hashed."""

    path: Path
    size: int
    mtime_ns: int
