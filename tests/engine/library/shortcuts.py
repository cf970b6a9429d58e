"""What tests put into a catalogue, or ask it, without the jobs that do so in the program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.codes import CodeArray, IdArray
from engine.library.catalogue import Catalogue


def store_codes(
    catalogue: Catalogue, model_key: str, ids: Sequence[int] | IdArray, codes: CodeArray
) -> None:
    """Store packed codes as an index build does."""
    rows = zip(ids, codes, strict=True)
    catalogue.record_index(
        model_key, [(int(key), code.tobytes(), 64, 48) for key, code in rows], []
    )


def id_at(catalogue: Catalogue, path: Path) -> int | None:
    """The photo that lies at a path."""
    ids = catalogue.ids().tolist()
    return next((photo_id for photo_id in ids if path in catalogue.paths(photo_id)), None)
