"""Compare the exact search with a full sort and with one raw call of FAISS on the same codes.

    python benchmarks/search.py [--codes 1000000] [--bits 64] [--rounds 31] [--json]

Random codes are saved and opened as the program does, memory-mapped. Answers (k = 100; radius; a
tenth and a thousandth of the ids allowed) must equal a stable full sort, distances and ids. Times
are medians of single queries, every contestant once a round; a ratio is to ``faiss.knn_hamming``
with k = 100 on the same block, which gets one OpenMP thread: with more, one query is slower.
Accepted if all answers are equal, our search takes at most 1.3 times the raw call, and the memory
that a fresh process needs for the opened and searched index is at most 1.2 times 16 bytes a code
(8 for the code of 64 bits and 8 for the id).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from engine.codes import CodeArray, IdArray, hamming
from engine.index.flat import FlatIndex
from engine.index.protocol import SearchResult

KEY = "benchmark"
K = 100
MOST_TIME = 1.3
MOST_MEMORY = 1.2
CHECKED_QUERIES = 5


def full_sort(query: CodeArray, ids: IdArray, codes: CodeArray) -> tuple[Any, IdArray]:
    """Return distances and ids of everything, nearest first, equal distances by ascending id."""
    parts = np.array_split(codes, max(1, len(codes) // 1_000_000))
    distances = np.concatenate([hamming(query, part) for part in parts]).astype(np.int32)
    order = np.lexsort((ids, distances))
    return distances[order], ids[order]


def is_equal(result: SearchResult, distances: Any, ids: IdArray) -> bool:
    """Whether an answer to one query is exactly this."""
    return np.array_equal(result.distances[0], distances) and np.array_equal(result.ids[0], ids)


def all_equal(indexes: list[FlatIndex], allows: list[IdArray], radius: int, seed: int) -> bool:
    """Whether every index answers like the full sort, to every kind of question."""
    ids = indexes[0].ids
    codes = indexes[0].codes_of(ids)
    for query in draw(CHECKED_QUERIES, indexes[0].num_bits, seed):
        distances, ranked = full_sort(query, ids, codes)
        within = int(np.searchsorted(distances, radius, side="right"))
        for index in indexes:
            asked = query[None]
            result = index.search_radius(asked, radius, limit=len(ids))
            good = is_equal(result, distances[:within], ranked[:within])
            good &= is_equal(index.search(asked, K), distances[:K], ranked[:K])
            for allow in allows:
                kept = np.flatnonzero(np.isin(ranked, allow))[:K]
                result = index.search(asked, K, allow=allow)
                good &= is_equal(result, distances[kept], ranked[kept])
            if not good:
                return False
    return True


def draw(count: int, num_bits: int, seed: int) -> CodeArray:
    """Return random packed codes."""
    bits = np.random.default_rng(seed)
    return bits.integers(0, 256, (count, num_bits // 8), dtype=np.uint8)


def median_ms(contestants: dict[str, Callable[[CodeArray], object]], queries: CodeArray) -> Any:
    """Return the median milliseconds of a query by contestant; each takes part in every round."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number, query in enumerate(queries):
        names = list(contestants)
        first = number % len(names)
        for name in names[first:] + names[:first]:
            start = time.perf_counter()
            contestants[name](query[None])
            seconds[name].append(time.perf_counter() - start)
    return {name: 1000 * statistics.median(values) for name, values in seconds.items()}


def resident_bytes() -> int:
    """Return the memory of this process that is in RAM, mapped files included (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def opened_bytes(folder: str, num_bits: int, answer: Any) -> None:
    """Send how much a fresh process grows by opening the index and searching it."""
    warm = FlatIndex(num_bits)
    warm.add(np.arange(1000), draw(1000, num_bits, 0))
    warm.search(draw(1, num_bits, 1), K)
    before = resident_bytes()
    opened = FlatIndex.open(Path(folder), KEY, num_bits)
    assert opened is not None
    for query in draw(3, num_bits, 2):
        opened[0].search(query[None], K)
    answer.send(resident_bytes() - before)


def memory(folder: Path, num_bits: int) -> int | None:
    """Return the bytes that the opened and searched index takes, None where Linux is missing."""
    if not Path("/proc/self/statm").exists():
        return None
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=opened_bytes, args=(str(folder), num_bits, there))
    child.start()
    grown: int = here.recv()
    child.join()
    return grown


def build(folder: Path, count: int, num_bits: int) -> int:
    """Save an index of random codes; return the bytes it took in memory before."""
    ids, codes = np.arange(count, dtype=np.int64) * 3 + 1, draw(count, num_bits, 0)
    index = FlatIndex(num_bits)
    tracemalloc.start()
    index.replace(ids, codes)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    index.save(folder, KEY, 1)
    index.close()
    return held


def open_index(folder: Path, num_bits: int, kernel: str) -> FlatIndex:
    """Open the saved index with a kernel."""
    opened = FlatIndex.open(folder, KEY, num_bits, kernel=kernel)
    assert opened is not None
    return opened[0]


def measure(folder: Path, count: int, num_bits: int, rounds: int) -> dict[str, Any]:
    """Return the figures."""
    in_memory = build(folder, count, num_bits)
    start = time.perf_counter()
    ours = open_index(folder, num_bits, "faiss")
    open_ms = 1000 * (time.perf_counter() - start)
    fallback = open_index(folder, num_bits, "numpy")
    block = np.memmap(next(folder.glob("codes-*")), np.uint8, "r").reshape(count, -1)
    rng = np.random.default_rng(3)
    tenth, thousandth = (
        np.sort(rng.choice(ours.ids, count // part, replace=False)) for part in (10, 1000)
    )
    radius = num_bits // 8
    faiss.omp_set_num_threads(1)
    ms = median_ms(
        {
            "raw": lambda query: faiss.knn_hamming(query, block, K),
            "ours": lambda query: ours.search(query, K),
            "numpy": lambda query: fallback.search(query, K),
            "radius": lambda query: ours.search_radius(query, radius, limit=K),
            "allow_tenth": lambda query: ours.search(query, K, allow=tenth),
            "allow_thousandth": lambda query: ours.search(query, K, allow=thousandth),
        },
        draw(rounds, num_bits, 4),
    )
    mapped = memory(folder, num_bits)
    result = {
        "codes": count,
        "bits": num_bits,
        "k": K,
        "equal": all_equal([ours, fallback], [tenth, thousandth], radius, 5),
        "open_ms": round(open_ms, 1),
        "ms": {name: round(value, 3) for name, value in ms.items()},
        "ratio": {name: round(value / ms["raw"], 3) for name, value in ms.items()},
        "bytes_a_code": None if mapped is None else round(mapped / count, 2),
        "bytes_a_code_unsaved": round(in_memory / count, 2),
    }
    least_bytes = count * (num_bits // 8 + 8)
    result["met"] = bool(
        result["equal"]
        and ms["ours"] <= MOST_TIME * ms["raw"]
        and max(mapped or 0, in_memory) <= MOST_MEMORY * least_bytes
    )
    ours.close()
    fallback.close()
    return result


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--codes", type=int, default=1_000_000)
    parser.add_argument("--bits", type=int, default=64, help="a multiple of 8")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), options.codes, options.bits, options.rounds)
    if options.json:
        print(json.dumps(result))
        return
    print("{codes} codes of {bits} bits, k = {k}; equal to a full sort: {equal}".format_map(result))
    for name, value in result["ms"].items():
        print(f"  {name:17} {value:9.3f} ms   ratio {result['ratio'][name]:.3f}")
    print("opened in {open_ms} ms; bytes a code: {bytes_a_code} mapped".format_map(result), end="")
    print(", {bytes_a_code_unsaved} before it was saved".format_map(result))
    print("met" if result["met"] else "NOT met")


if __name__ == "__main__":
    main()
