"""How soon the window is on the screen, and how smooth it stays while photos are indexed.

    python benchmarks/startup.py
    python benchmarks/startup.py --photos DIR/food10 --json

First paint: seconds from the start of the process to the first paint, of a bare PySide6 window and
of FoodSearch's, which shows its frame, by turns in the same run; first page: until the Search page
is painted too. Latency: how late a 10 ms timer of the GUI thread fires while the index is built by
the real encoder.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

BARE = """
import time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, self, self.end)
    def end(self):
        print(time.monotonic())
        QApplication.exit(0)

application = QApplication([])
window = Window()
window.resize(1280, 800)
window.show()
application.exec()
"""
FOODSEARCH = """
import sys, time
from foodsearch_gui import __main__, app, main_window

def painted(self):
    print(time.monotonic(), int("torch" in sys.modules))
    build(self)

def shown(self):
    self.window.repaint()
    print(time.monotonic())
    self._application.exit(0)

build = main_window.MainWindow.build_first_page
main_window.MainWindow.build_first_page = painted
app.Program.start = shown
sys.exit(__main__.main([]))
"""
LATENCY = """
import json, os, sys, time
from pathlib import Path
from PySide6.QtCore import QObject, Qt, QTimer
from engine import Paths
from foodsearch_gui import app
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.main_window import MainWindow

INTERVAL = 0.010
photos, longest = Path(sys.argv[1]), float(sys.argv[2])

class Probe(QObject):
    def __init__(self, session):
        super().__init__()
        self.session, self.late, self.due, self.began = session, [], 0.0, 0.0
        self.timer = QTimer(self)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.setSingleShot(True)
        self.timer.timeout.connect(self.tick)
        session.index_changed.connect(self.look)
        session.catalogue_changed.connect(self.add)
        self.rest()
    def add(self):
        if self.session.catalogue is not None:
            self.session.add_roots([photos])
    def look(self):
        if self.began and self.session.running("index") is None:
            application.exit(0)
    def rest(self):
        self.due = time.perf_counter() + INTERVAL
        self.timer.start(round(1000 * INTERVAL))
    def tick(self):
        now = time.perf_counter()
        job = self.session.running("index")
        if job is not None and job.last_progress is not None and job.last_progress.done:
            self.began = self.began or now
            self.late.append(max(0.0, now - self.due))
            if now - self.began > longest:
                job.cancel()
        self.rest()

application = app.make_application()
session = Session(Paths.resolve(), SettingsStore(Paths.resolve().config / "settings.json"))
window = MainWindow(session)
probe = Probe(session)
window.first_painted.connect(session.start)
window.show()
application.exec()
probe.timer.stop()
job = next(j for j in session.jobs.handles() if j.last_progress and "ndex" in j.title)
done = job.last_progress.done
print(json.dumps({"late": probe.late, "photos": done}))
sys.stdout.flush()
session.shutdown(20000)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, help="folder to index; drawn photos by default")
    parser.add_argument("--runs", type=int, default=9, help="starts of each program")
    parser.add_argument("--seconds", type=float, default=30, help="how long to index at most")
    parser.add_argument("--skip-latency", action="store_true")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    result = measure_first_paint(arguments.runs)
    if not arguments.skip_latency:
        result |= measure_latency(arguments.photos, arguments.seconds)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:28} {value:.3f}" if isinstance(value, float) else f"{name:28} {value}")


def measure_first_paint(runs: int) -> dict[str, Any]:
    """Return the medians of both programs, their ratio, and whether torch was loaded by then."""
    bare, ours, pages, torch_loaded = [], [], [], False
    with tempfile.TemporaryDirectory() as home:
        start(BARE, home)
        start(FOODSEARCH, home)  # both once for the disk cache and the byte code
        for _ in range(runs):
            bare.append(start(BARE, home)[0])
            seconds, has_torch, page = start(FOODSEARCH, home)
            ours.append(seconds)
            pages.append(seconds + page)
            torch_loaded |= bool(has_torch)
    ratios = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
    return {
        "first_paint_bare_s": statistics.median(bare),
        "first_paint_s": statistics.median(ours),
        "first_paint_ratio": statistics.median(ratios),
        "torch_loaded_at_first_paint": torch_loaded,
        "first_page_s": statistics.median(pages),
    }


def start(program: str, home: str) -> list[float]:
    """Run a program; return seconds to its first paint, and for FoodSearch what follows.

    That is whether torch is loaded and the seconds from first paint to first page.
    """
    began = time.monotonic()
    moment, *rest = map(float, run(program, home).split())
    if not rest:
        return [moment - began]
    return [moment - began, rest[0], rest[1] - moment]


def measure_latency(photos: Path | None, seconds: float) -> dict[str, Any]:
    """Return percentiles of the GUI thread's lateness in milliseconds."""
    with tempfile.TemporaryDirectory() as home:
        if photos is None:
            photos = Path(home) / "photos"
            run(
                f"import engine, pathlib; engine.draw_demo_photos(pathlib.Path({str(photos)!r}))",
                home,
            )
        printed = run(LATENCY, home, str(photos.absolute()), str(seconds))
    measured = json.loads(printed.splitlines()[-1])
    late = sorted(1000 * value for value in measured["late"])
    return {
        "latency_samples": len(late),
        "latency_p50_ms": percentile(late, 50),
        "latency_p95_ms": percentile(late, 95),
        "latency_p99_ms": percentile(late, 99),
        "latency_max_ms": late[-1],
        "photos_indexed": measured["photos"],
        "cores": len(os.sched_getaffinity(0)),
    }


def percentile(values: list[float], percent: int) -> float:
    """Return the nearest-rank percentile of sorted values."""
    return values[min(len(values) - 1, len(values) * percent // 100)]


def run(program: str, home: str, *arguments: str) -> str:
    """Run a program in this environment, offscreen, in a home of its own."""
    platform = os.environ.get("QT_QPA_PLATFORM", "offscreen")
    environment = os.environ | {"QT_QPA_PLATFORM": platform, "FOODSEARCH_HOME": home}
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    if ended.returncode:
        sys.exit(ended.stderr)
    return ended.stdout


if __name__ == "__main__":
    main()
