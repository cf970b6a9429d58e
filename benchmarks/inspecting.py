"""How soon the page Inspect shows bits and maps, counted in forward passes of the same run.

    python benchmarks/inspecting.py PHOTO... [--model ID] [--json]

A real window is opened offscreen and shows the photos one after the other. A forward pass is the
median of encoding one prepared photo in the same worker, again and again. Bits: from handing in a
photo that was searched to the rows of its bits being there, in milliseconds; accepted up to 50.
First map and all maps: from handing in the photo, as a search leaves it, to the map being on the
page; accepted up to 2 and 4 passes. The first photo only warms up.

Not judged: "search_passes", a search's own pass, which keeps what maps need; "unsearched_passes",
to the first map of the same file as one that nobody has searched with: it is read and decoded, and
passes through the network.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

import engine
from engine import ModelInfo
from foodsearch_gui.app import make_application
from foodsearch_gui.core.gpu_engine import QueryPhoto
from foodsearch_gui.core.inspection import Inspected
from foodsearch_gui.core.picture_reader import PictureReader
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.main_window import MainWindow
from foodsearch_gui.pages.inspect_page import InspectPage

MOST_BITS_MS, MOST_FIRST, MOST_ALL = 50, 2, 4
PASSES = 15


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--model", help="id; the default model otherwise")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    application = make_application()
    with tempfile.TemporaryDirectory() as home:
        paths = engine.Paths.resolve(Path(home))
        session = Session(paths, SettingsStore(paths.config / "settings.json"))
        window = MainWindow(session, start_page="inspect")
        window.first_painted.connect(session.start)
        window.show()
        _wait(application, lambda: session.device is not None and session.model is not None)
        if given.model:
            session.choose_model(given.model)
        rows = [_measure(application, session, window, photo) for photo in given.photos][1:]
        model = session.model
        window.close()
        session.shutdown()
    result = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    accepted = (
        result["bits_ms"] <= MOST_BITS_MS
        and result["first_passes"] <= MOST_FIRST
        and result["all_passes"] <= MOST_ALL
    )
    values = {"model": model.id if model else "", "photos": len(rows), **result}
    if given.json:
        sys.stdout.write(json.dumps({**values, "accepted": accepted}) + "\n")
    else:
        sys.stdout.writelines(f"{name}: {value}\n" for name, value in values.items())
        sys.stdout.write("accepted\n" if accepted else "not accepted\n")


def _measure(
    application: QApplication, session: Session, window: MainWindow, file: Path
) -> dict[str, float]:
    """Return the times of one photo, each part of the same moment."""
    page, model = window.current_page, session.model
    assert isinstance(page, InspectPage)
    assert model is not None
    photo = QueryPhoto(file, file.name, session.photo_limits)
    logits, forward, searched = _encode(application, session, model, photo)
    reader = PictureReader()
    reader.read(file, file.name, session.photo_limits)
    _wait(application, lambda: not reader.is_reading)
    begun = time.perf_counter()
    page.inspect(Inspected(file, file.name, model.key, logits, read=photo, picture=reader.picture))
    bits = time.perf_counter() - begun
    assert page.cells.rowCount() == model.num_bits
    _wait(application, lambda: page.view.photo.view.bit_map is not None)
    first = time.perf_counter() - begun
    _wait(application, lambda: len(page.photo.maps) == model.num_bits)
    everything = time.perf_counter() - begun
    _wait(application, page.is_settled)
    unsearched = _until_map(application, page, Inspected(file, file.name))
    return {
        "forward_ms": 1000 * forward,
        "bits_ms": 1000 * bits,
        "first_passes": first / forward,
        "all_passes": everything / forward,
        "unsearched_passes": unsearched / forward,
        "search_passes": searched / forward,
    }


def _until_map(application: QApplication, page: InspectPage, photo: Inspected) -> float:
    """Return how long a photo takes to its first map."""
    begun = time.perf_counter()
    page.inspect(photo)
    _wait(application, lambda: page.view.photo.view.bit_map is not None)
    took = time.perf_counter() - begun
    _wait(application, page.is_settled)
    return took


def _encode(
    application: QApplication, session: Session, model: ModelInfo, photo: QueryPhoto
) -> tuple[NDArray[np.float32], float, float]:
    """Return the logits of a photo, and seconds of a pass: a plain one, and that of a search."""
    found: list[tuple[NDArray[np.float32], float, float]] = []

    def plain() -> float:
        return session.engine.encoder(model).encode_photo(photo.source).ms["encode"] / 1000

    def searched() -> float:
        return session.engine.encode_query(model, photo).ms["encode"] / 1000

    def job(_context: object) -> tuple[NDArray[np.float32], float, float]:
        times = (statistics.median(of() for _ in range(PASSES)) for of in (plain, searched))
        return session.engine.encode_query(model, photo).logits, *times

    handle = session.gpu.submit("Encoding", job, interactive=True)
    handle.succeeded.connect(found.append)
    _wait(application, lambda: found)
    return found[0]


def _wait(application: QApplication, condition: Callable[[], object]) -> None:
    """Handle events as they come, as the program's own loop does."""
    while not condition():
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


if __name__ == "__main__":
    main()
