"""The index backends that must keep the contract, and the literal reference they must equal."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.index.flat import FlatIndex
from engine.index.milvus import MilvusIndex
from engine.index.protocol import CodeIndex

WIDTHS = (8, 12, 16, 24, 32, 48, 64, 100, 128, 256)
MakeIndex = Callable[[int], CodeIndex]


def numpy_kernel(monkeypatch: pytest.MonkeyPatch, folder: Path) -> MakeIndex:
    return lambda num_bits: FlatIndex(num_bits, kernel="numpy")


def faiss_kernel(monkeypatch: pytest.MonkeyPatch, folder: Path) -> MakeIndex:
    monkeypatch.setattr("engine.index.kernels.COUNTING_SHARE", 1e9)  # FAISS at any k
    return lambda num_bits: FlatIndex(num_bits, kernel="faiss")


def many_small_blocks(monkeypatch: pytest.MonkeyPatch, folder: Path) -> MakeIndex:
    """Blocks, chunks, tails and batches so small that every seam is crossed."""
    monkeypatch.setattr("engine.index.scan.MIN_BLOCK_ROWS", 7)
    monkeypatch.setattr("engine.index.scan.QUERY_BATCH", 2)
    monkeypatch.setattr("engine.index.kernels.CHUNK_ROWS", 5)
    monkeypatch.setattr("engine.index.flat.FOLD_ROWS", 50)
    return lambda num_bits: FlatIndex(num_bits, kernel="numpy", num_threads=3)


def faiss_in_small_blocks(monkeypatch: pytest.MonkeyPatch, folder: Path) -> MakeIndex:
    many_small_blocks(monkeypatch, folder)
    monkeypatch.setattr("engine.index.kernels.COUNTING_SHARE", 0.5)  # FAISS and counting
    return lambda num_bits: FlatIndex(num_bits, kernel="faiss", num_threads=3)


def milvus(monkeypatch: pytest.MonkeyPatch, folder: Path) -> MakeIndex:
    for module in ("pymilvus", "milvus_lite"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(
                f"{module} is not installed: "
                'pip install pymilvus milvus-lite==2.5.1 "setuptools<81" (3.x has no Hamming)'
            )
    return lambda num_bits: MilvusIndex(str(folder / "milvus.db"), f"codes_{num_bits}", num_bits)


BACKENDS: dict[str, Callable[[pytest.MonkeyPatch, Path], MakeIndex]] = {
    "numpy": numpy_kernel,
    "faiss": faiss_kernel,
    "numpy in small blocks": many_small_blocks,
    "faiss in small blocks": faiss_in_small_blocks,
    "milvus": milvus,
}


def draw_codes(rng: np.random.Generator, count: int, num_bits: int, kind: str) -> Any:
    """Return packed codes: "random", "clustered", "duplicates" of few codes, or all "equal"."""
    few = rng.integers(0, 2, (4, num_bits), dtype=np.uint8)
    if kind == "random":
        bits = rng.integers(0, 2, (count, num_bits), dtype=np.uint8)
    elif kind == "clustered":
        bits = few[rng.integers(0, 4, count)] ^ (rng.random((count, num_bits)) < 0.08)
    elif kind == "duplicates":
        bits = few[rng.integers(0, 4, count)]
    else:
        bits = np.repeat(few[:1], count, axis=0)
    return np.packbits(bits, axis=1)


def full_sort(
    codes: dict[int, bytes], query: bytes, *, radius: int | None = None
) -> list[tuple[int, int]]:
    """Return (distance, id) of everything, nearest first, equal distances by ascending id."""
    wanted = int.from_bytes(query)
    ranking = sorted(((int.from_bytes(c) ^ wanted).bit_count(), key) for key, c in codes.items())
    return [pair for pair in ranking if radius is None or pair[0] <= radius]
