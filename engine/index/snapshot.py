"""The files of a flat index: codes and ids as plain arrays, and the note that makes them valid.

    snapshot.json               written last; names the generation, so it switches both arrays
    codes-<generation>.u8       packed codes, row after row
    ids-<generation>.i64        photo ids, ascending

They are a cache of the catalogue. A snapshot that is missing, of another model, short or damaged
is not read at all and never repaired: the index is rebuilt from the catalogue.
"""

from __future__ import annotations

import contextlib
import json
import logging
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, IdArray, num_bytes
from engine.storage import atomic_write, write_json

FORMAT_VERSION = 1
NOTE = "snapshot.json"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SnapshotNote:
    """The content of ``snapshot.json``.

    Attributes:
        model_key: Which model made the codes.
        stamp: The state of the catalogue that the arrays hold.
        generation: The number in the arrays' names.
        codes_crc: CRC-32 of the file of codes.
        ids_crc: CRC-32 of the file of ids.
    """

    model_key: str
    num_bits: int
    stamp: int
    count: int
    generation: int
    codes_crc: int
    ids_crc: int
    format_version: int = FORMAT_VERSION


def write_snapshot(
    folder: Path, ids: IdArray, codes: CodeArray, *, model_key: str, num_bits: int, stamp: int
) -> SnapshotNote:
    """Write a new generation; a crash at any point leaves the one before valid.

    Raises:
        OSError: The folder cannot be written to.
    """
    generation = 1 + max((_generation(path) for path in folder.glob("*-*.*")), default=0)
    codes_crc = _write_array(_codes_path(folder, generation), codes)
    ids_crc = _write_array(_ids_path(folder, generation), ids)
    note = SnapshotNote(model_key, num_bits, stamp, len(ids), generation, codes_crc, ids_crc)
    write_json(folder / NOTE, asdict(note))
    return note


def read_snapshot(
    folder: Path, *, model_key: str, num_bits: int
) -> tuple[IdArray, CodeArray, SnapshotNote] | None:
    """Return the mapped arrays and the note, or None unless everything is there and whole."""
    try:
        values = json.loads((folder / NOTE).read_bytes())
        note = SnapshotNote(**values)
        if (note.format_version, note.model_key, note.num_bits) != (
            FORMAT_VERSION,
            model_key,
            num_bits,
        ):
            return None
        ids = _map(_ids_path(folder, note.generation), "<i8", (note.count,), note.ids_crc)
        shape = (note.count, num_bytes(num_bits))
        codes = _map(_codes_path(folder, note.generation), "u1", shape, note.codes_crc)
    except FileNotFoundError:
        return None
    except (OSError, TypeError, ValueError, OverflowError) as error:
        logger.warning("The index in %s is not usable and will be rebuilt: %s", folder, error)
        return None
    return ids, codes, note


def drop_old_generations(folder: Path, keep: int) -> None:
    """Delete the arrays of other generations; one that is still mapped on Windows stays."""
    for path in folder.glob("*-*.*"):
        if _generation(path) not in (0, keep):
            with contextlib.suppress(OSError):
                path.unlink()


def _codes_path(folder: Path, generation: int) -> Path:
    return folder / f"codes-{generation}.u8"


def _ids_path(folder: Path, generation: int) -> Path:
    return folder / f"ids-{generation}.i64"


def _generation(path: Path) -> int:
    """Return the generation a file belongs to, 0 if it is none of ours."""
    kind, _, number = path.stem.partition("-")
    ours = (kind, path.suffix) in (("codes", ".u8"), ("ids", ".i64")) and number.isdecimal()
    return int(number) if ours else 0


def _write_array(path: Path, array: NDArray[Any]) -> int:
    data = np.ascontiguousarray(array).data
    with atomic_write(path) as file:
        file.write(data)
    return zlib.crc32(data)


def _map(path: Path, dtype: str, shape: tuple[int, ...], crc: int) -> NDArray[Any]:
    size = int(np.dtype(dtype).itemsize * np.prod(shape, dtype=object))
    if path.stat().st_size != size:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes instead of {size}")
    if size == 0:
        return np.empty(shape, dtype)  # an empty file cannot be mapped
    mapped = np.asarray(np.memmap(path, dtype, mode="r", shape=shape))
    if zlib.crc32(mapped.data) != crc:
        raise ValueError(f"{path.name} is damaged")
    return mapped
