"""A process that scans and indexes the library of its home, to be killed by the test."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.events import JobContext
from engine.library.index_build import build_index
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.paths import Paths
from tests.engine.library.pictures import ColourEncoder


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(photos: Path) -> None:
    say("ready")
    with open_library(Paths.resolve()) as catalogue:
        if not catalogue.roots():
            catalogue.add_root(photos)
        scan(catalogue, JobContext())
        build_index(catalogue, ColourEncoder(), JobContext())
    say("done")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
