"""What is searched for, what is asked of the answer, and the way back to earlier searches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodsearch_gui.core.steering import Steering

_KEPT = 50


@dataclass(frozen=True)
class Query:
    """A photo to search with, and what is known of it so far.

    Attributes:
        source: A file, or a file's bytes.
        name: What to call it.
        allow_truncated: Use the readable part of a damaged file.
        photo_id: The photo of the library with this content, or None.
        content_hash: Identity of the content, empty before it was read.
        model_key: Model that made ``code`` and ``logits``.
        code: Packed, shape (bytes,), or None before it is known.
        logits: Shape (num_bits,); None while only the stored code is known.
        encode_ms: How long the model took, or None for a stored code.
        added: Further photos to search with at the same time; they have no wishes of their own.
        steering: What is asked of the bits.
    """

    source: Path | bytes
    name: str
    allow_truncated: bool = False
    photo_id: int | None = None
    content_hash: str = ""
    model_key: str = ""
    code: NDArray[np.uint8] | None = None
    logits: NDArray[np.float32] | None = None
    encode_ms: float | None = None
    added: tuple[Query, ...] = ()
    steering: Steering = field(default_factory=Steering)

    @property
    def path(self) -> Path | None:
        """The file, or None for a pasted picture."""
        return self.source if isinstance(self.source, Path) else None

    @property
    def photos(self) -> tuple[Query, ...]:
        """All photos that are searched with; the first one is this."""
        return (self, *self.added)

    @property
    def hashes(self) -> tuple[str, ...]:
        """The contents that were read so far, in the order of the photos."""
        return tuple(photo.content_hash for photo in self.photos if photo.content_hash)

    def is_encoded(self, model_key: str) -> bool:
        """Whether the codes of all photos are known."""
        return all(photo.has_code(model_key) for photo in self.photos)

    def has_code(self, model_key: str) -> bool:
        """Whether the code of its own photo is known."""
        return self.code is not None and self.model_key == model_key

    def with_photo(self, place: int, photo: Query) -> Query:
        """Return the same with another of its photos; 0 is the query's own."""
        if place == 0:
            return replace(photo, added=self.added, steering=self.steering)
        added = (*self.added[: place - 1], photo, *self.added[place:])
        return replace(self, added=added)

    def without_photo(self, place: int) -> Query:
        """Return the same without one of the photos that were added."""
        return replace(self, added=(*self.added[: place - 1], *self.added[place:]))


@dataclass(frozen=True)
class SearchOptions:
    """What may be found.

    Attributes:
        top: At most this many photos.
        radius: At most this many bits away, or None for any distance.
        folder: Only photos below it, or None for all.
        hide_duplicates: Show one photo of a group that looks the same.
    """

    top: int = 24
    radius: int | None = None
    folder: Path | None = None
    hide_duplicates: bool = True


class QueryHistory:
    """The queries of this session, with a place in them, as in a browser."""

    def __init__(self) -> None:
        self._queries: list[Query] = []
        self._place = -1

    @property
    def current(self) -> Query | None:
        """The query that is shown, or None at the start."""
        return self._queries[self._place] if self._queries else None

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier query."""
        return self._place > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a later query."""
        return self._place + 1 < len(self._queries)

    def push(self, query: Query) -> None:
        """Go on with a new query; what was ahead is forgotten."""
        self._queries = [*self._queries[: self._place + 1], query][-_KEPT:]
        self._place = len(self._queries) - 1

    def clear(self) -> None:
        """Forget everything."""
        self._queries, self._place = [], -1

    def replace(self, query: Query) -> None:
        """Keep what became known of the current query."""
        self._queries[self._place] = query

    def change_all(self, change: Callable[[Query], Query]) -> None:
        """Take from every query what does not hold any more."""
        self._queries = [change(query) for query in self._queries]

    def go(self, steps: int) -> bool:
        """Move back (negative) or forward; return whether there was a query."""
        if not 0 <= self._place + steps < len(self._queries):
            return False
        self._place += steps
        return True
