"""The header of a safetensors file, read without loading a tensor."""

from __future__ import annotations

import math
from typing import IO

from engine.models.manifest import read_json

MAX_HEADER_BYTES = 4_000_000
_BYTES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "I16": 2, "U8": 1, "I8": 1, "BOOL": 1}


def read_shapes(file: IO[bytes], size: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor.

    Args:
        file: At its start.
        size: Of the whole file, in bytes.

    Raises:
        ValueError: The file is no safetensors file, or its tensors do not fill it exactly.
    """
    length = int.from_bytes(file.read(8), "little")
    if not 0 < length <= min(MAX_HEADER_BYTES, size - 8):
        raise ValueError("it holds no tensors")
    header = read_json(file.read(length))
    header.pop("__metadata__", None)
    spans = []
    shapes: dict[str, tuple[int, ...]] = {}
    for name, entry in header.items():
        shapes[name], span = _read_entry(name, entry)
        spans.append(span)
    spans.sort()
    starts = [*(start for start, _ in spans), size - 8 - length]
    if starts != [0, *(end for _, end in spans)]:
        raise ValueError("its tensors do not fill it exactly")
    return shapes


def _read_entry(name: str, entry: object) -> tuple[tuple[int, ...], tuple[int, int]]:
    match entry:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [int(start), int(end)]}:
            sizes = tuple(size for size in shape if type(size) is int and size >= 0)
            fits = end - start == math.prod(sizes) * _BYTES.get(dtype, -1)
            if fits and len(sizes) == len(shape) and start >= 0:
                return sizes, (start, end)
    raise ValueError(f"the entry of “{name[:80]}” is wrong")
