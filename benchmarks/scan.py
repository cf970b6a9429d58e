"""Measure the scan: a library of 10,000 files, then the same again, then a renamed folder of 500.

    python benchmarks/scan.py [--files 10000] [--kilobytes 40] [--json]

Accepted if the second scan opens no photo and the renamed folder leaves nothing to encode. Whether
a file is opened is counted where the system is asked to open it, not by the scan itself.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.libraries import open_library
from engine.library.scan import ScanReport, scan
from engine.paths import Paths

FOLDER = 500  # files in one folder
MODEL = "benchmark-model"


class OpenedFiles:
    """Counts the files below a folder that this process opens."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self.count = 0
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and str(arguments[0]).startswith(self._folder):
            self.count += 1


def fill(folder: Path, files: int, size: int) -> None:
    """Write files with distinct contents; a scan does not look whether they are pictures."""
    rng = np.random.default_rng(0)
    for number in range(files):
        path = folder / f"dish {number // FOLDER}" / f"{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.bytes(size))


def measure(catalogue: Catalogue, opened: OpenedFiles) -> tuple[ScanReport, dict[str, object]]:
    """Scan; return the report and the figures."""
    before = opened.count
    start = time.perf_counter()
    report = scan(catalogue, JobContext())
    seconds = time.perf_counter() - start
    return report, {"seconds": round(seconds, 3), "opened": opened.count - before}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--kilobytes", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        photos = Path(scratch) / "photos"
        fill(photos, options.files, 1000 * options.kilobytes)
        opened = OpenedFiles(photos)
        with open_library(Paths.resolve(Path(scratch) / "home")) as catalogue:
            catalogue.add_root(photos)
            _, first = measure(catalogue, opened)
            pending = catalogue.pending(MODEL)
            coded = [(photo_id, bytes(8), 64, 48) for photo_id in pending.tolist()]
            catalogue.record_index(MODEL, coded, [])
            _, second = measure(catalogue, opened)
            (photos / "dish 0").rename(photos / "renamed")
            report, renamed = measure(catalogue, opened)
            renamed |= {"moved": report.moved, "to_encode": len(catalogue.pending(MODEL))}
    is_met = second["opened"] == 0 and renamed["to_encode"] == 0
    result = {"files": options.files, "first": first, "second": second, "renamed": renamed}
    if options.json:
        print(json.dumps({**result, "met": is_met}))
        return
    print(f"first scan of {options.files} files: {first['seconds']} s, {first['opened']} opened")
    print(f"second scan: {second['seconds']} s, {second['opened']} opened")
    print("renamed folder: {moved} moved, {to_encode} to encode, {seconds} s".format_map(renamed))
    print("met" if is_met else "NOT met")


if __name__ == "__main__":
    main()
