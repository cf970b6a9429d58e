"""Measure the rate of the index build against what the machine allows.

    python benchmarks/index.py --data DIR [--photos 300] [--rounds 5] [--json]

The limit is 1 / (decode seconds a photo / cores + forward seconds a photo), both measured alone in
the same run: one thread decoding, then the network on ready batches. Photos: food10, and phone
photos of 12 megapixels, repeated with bytes appended after the end of the picture, which makes them
distinct without changing them. Each round measures all three; the median of the rounds' ratios is
reported. Accepted if it is at least 0.85 for both.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.device import use_cores
from engine.events import JobContext
from engine.library.index_build import build_index
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.photos import load_photo
from engine.search.encode import Encoder

BATCH = 32
LEAST = 0.85


def copy_food10(data: Path, folder: Path, count: int) -> None:
    """Copy photos of food10, evenly from all dishes."""
    source = data / "food10"
    if not source.is_dir():
        with zipfile.ZipFile(data / "food10.zip") as archive:
            archive.extractall(folder.parent / "unpacked")
        source = folder.parent / "unpacked" / "food10"
    photos = sorted(source.glob("*/*.jpg"), key=lambda path: (path.name, path.parent))
    for photo in photos[:count]:
        target = folder / photo.parent.name / photo.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo, target)


def repeat_phone(data: Path, folder: Path, count: int) -> None:
    """Repeat the phone photos, each copy with another content."""
    photos = sorted((data / "phone").glob("*.jpg"))
    folder.mkdir()
    for number, photo in zip(range(count), itertools.cycle(photos)):
        (folder / f"{number:05}.jpg").write_bytes(photo.read_bytes() + b"copy %d" % number)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def decode_seconds(encoder: Encoder, photos: list[Path]) -> float:
    """Return the seconds one thread takes to decode and prepare a photo."""

    def decode() -> None:
        for photo in photos:
            encoder.prepare(load_photo(photo, min_side=encoder.decode_side).image)

    return timed(decode) / len(photos)


def forward_seconds(encoder: Encoder, count: int) -> float:
    """Return the seconds the network takes for a photo, all cores, ready batches."""
    side = encoder.preprocessing.input_size
    batch = np.random.default_rng(0).integers(0, 256, (BATCH, side, side, 3), dtype=np.uint8)
    batches = max(4, count // BATCH)
    return timed(lambda: [encoder.encode(batch) for _ in range(batches)]) / (batches * BATCH)


def index_seconds(encoder: Encoder, folder: Path) -> float:
    """Return the seconds the index build takes for a photo, the scan not counted."""
    with (
        tempfile.TemporaryDirectory() as home,
        open_library(Paths.resolve(home), "Benchmark") as catalogue,
    ):
        catalogue.add_root(folder)
        scan(catalogue, JobContext())
        report = build_index(catalogue, encoder, JobContext(), batch_size=BATCH)
    return report.seconds / report.encoded


def measure(
    encoder: Encoder, name: str, folder: Path, rounds: int, cores: int
) -> dict[str, object]:
    """Return the figures of one collection."""
    photos = sorted(folder.rglob("*.jpg"))
    sample = photos[:: max(1, len(photos) // 100)]
    seconds = []
    for _ in range(rounds):
        alone = decode_seconds(encoder, sample), forward_seconds(encoder, len(photos) // 2)
        seconds.append((*alone, index_seconds(encoder, folder)))
    ratios = [(decode / cores + forward) / index for decode, forward, index in seconds]
    decode, forward, index = (statistics.median(column) for column in zip(*seconds, strict=True))
    return {
        "photos": name,
        "count": len(photos),
        "cores": cores,
        "device": encoder.device.label,
        "decode_ms": round(1000 * decode, 2),
        "forward_ms": round(1000 * forward, 2),
        "limit_per_second": round(1 / (decode / cores + forward), 1),
        "indexed_per_second": round(1 / index, 1),
        "ratio": round(statistics.median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cores = use_cores()
    encoder = Encoder(ModelStore(Paths.resolve()).get())
    forward_seconds(encoder, BATCH)  # the first batch also prepares the network
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, fill in (("food10", copy_food10), ("phone", repeat_phone)):
            folder = Path(scratch) / name
            fill(options.data, folder, options.photos)
            results.append(measure(encoder, name, folder, options.rounds, cores))
    is_met = all(float(str(result["ratio"])) >= LEAST for result in results)
    if options.json:
        print(json.dumps({"results": results, "least": LEAST, "met": is_met}))
        return
    for result in results:
        print(
            "{photos}: {indexed_per_second} photos/s, limit {limit_per_second}, ratio {ratio} "
            "(decode {decode_ms} ms, forward {forward_ms} ms, {cores} cores)".format_map(result)
        )
    print(f"at least {LEAST}: {'met' if is_met else 'NOT met'}")


if __name__ == "__main__":
    main()
