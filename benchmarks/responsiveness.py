"""How the window answers while it trains in its own process, on the processor.

    python benchmarks/responsiveness.py [--data food10] [--seconds 60] [--json]

A real window is opened offscreen with a library of labelled photos, and trains the default model
on them by the preset quick, as a press on Start does. In this order, in one run:

Latency: how late a 10 ms timer of the GUI thread fires with nothing to do, then while the Train
page draws a training. Accepted if 99 % of them are at most 50 ms late.
Query: photos are dropped at random moments. Each is answered after the batch that is computed just
then; its time is divided by that batch plus its own decoding and encoding, as it reports them.
Accepted if the largest ratio is at most 1.1.
Stop: pressed at random moments. Accepted if the words "Stopping after this batch" are painted
within 300 ms and the training has stopped at most 1.5 times the usual batch later.
Close: the window is closed in a training. Accepted if no thread, process or temporary file is left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

import engine
from engine import Paths, Progress
from foodsearch_gui import app
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.core.theme import apply_theme
from foodsearch_gui.core.training_choices import TrainingChoices, make_request
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.main_window import MainWindow
from foodsearch_gui.pages.search_page import SearchPage

INTERVAL = 0.010
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
MOST_LATE_MS, MOST_QUERY, MOST_ACKNOWLEDGED_MS, MOST_STOP = 50, 1.1, 300, 1.5
WARM = 3  # batches before anything is measured
FOREVER = 3600


def main() -> None:
    """Measure and print."""
    arguments = parse()
    application = app.make_application()
    apply_theme(application, "light")
    threads = {thread.ident for thread in threading.enumerate()}
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        if arguments.data is None:
            engine.draw_demo_photos(photos)
        else:
            copy(arguments.data, photos, arguments.per_class)
        user = User(Paths.resolve(Path(folder) / "home"), photos)
        result = user.measure(arguments) | user.close(threads, arguments)
    result["accepted"] = judge(result)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:28} {value}")


class Lateness(QObject):
    """Notes how late a timer of the GUI thread fires."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)

    @contextmanager
    def noted(self) -> Iterator[list[float]]:
        """Yield the seconds of lateness, as they are noted inside of the ``with`` block."""
        self.late = []
        self._rest()
        try:
            yield self.late
        finally:
            self._timer.stop()

    def _rest(self) -> None:
        self._due = time.perf_counter() + INTERVAL
        self._timer.start(round(1000 * INTERVAL))

    def _tick(self) -> None:
        self.late.append(max(0.0, time.perf_counter() - self._due))
        self._rest()


class Painted(QObject):
    """Notes when a label is painted with a text that starts like this."""

    def __init__(self, label: QLabel, start: str) -> None:
        super().__init__(label)
        self.moment = 0.0
        self._label, self._start = label, start
        label.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Look at a paint event and let it pass."""
        is_it = event.type() is QEvent.Type.Paint and self._label.text().startswith(self._start)
        if is_it and not self.moment:
            self.moment = time.perf_counter()
        return False


class User:
    """Sits before the window and measures.

    Args:
        paths: Of the installation.
        photos: Labelled by their folders.
    """

    def __init__(self, paths: Paths, photos: Path) -> None:
        self.paths, self.photos = paths, photos
        self.rng = random.Random(0)
        self.batches: list[float] = []  # moments at which one was done
        self.epochs = 0
        self.session = Session(paths, SettingsStore(paths.config / "settings.json"))
        self.session.bug_found.connect(self._give_up)
        self.trainings = self.session.trainings
        self.trainings.progressed.connect(self._note)
        self.window = MainWindow(self.session, ask=lambda message, _parent: message.actions[-1])
        self.window.first_painted.connect(self.session.start)
        self.window.show()
        self.lateness = Lateness()

    def measure(self, arguments: argparse.Namespace) -> dict[str, Any]:
        """Return the figures of a window that stays open."""
        self.open_library()
        self.window.show_page("train")
        rest = self.listen(arguments.seconds / 2, batches=0)
        alone = [self.ask()[1] for _ in range(arguments.queries)]
        self.train("first", arguments.input_size)
        self.window.show_page("train")
        busy, batch = self.listen(arguments.seconds), self.usual_batch()
        epochs = self.epochs
        waits = [self.ask_while_training() for _ in range(arguments.queries)]
        stops = [self.stop(last=not left) for left in reversed(range(arguments.stops))]
        model = self.session.model
        assert model is not None
        return {
            "cores": len(os.sched_getaffinity(0)),
            "load": round(os.getloadavg()[0], 1),
            "model": model.id,
            "input_size": arguments.input_size or model.manifest.preprocessing.input_size,
            "batch_s": round(batch, 3),
            "epochs_ended_meanwhile": epochs,
            **latency("rest", rest),
            **latency("training", busy),
            "encode_alone_ms": round(1000 * statistics.median(alone)),
            **spread("query_s", [seconds for seconds, _, _ in waits]),
            **spread("query_batch_s", [batch for _, batch, _ in waits]),
            **spread("query_own_s", [own for _, _, own in waits]),
            **spread("query_ratio", [seconds / (batch + own) for seconds, batch, own in waits]),
            **spread("stop_shown_ms", [1000 * shown for shown, _ in stops]),
            **spread("stop_ratio", [done / batch for _, done in stops]),
        }

    def open_library(self) -> None:
        """Wait for the engine, and index the photos."""
        self.wait(lambda: self.session.searcher is not None)  # an empty one is false
        self.session.add_roots([self.photos])
        self.wait(lambda: self.session.coverage and self.session.coverage.indexed)
        self.wait(lambda: not self.session.jobs.active())

    def train(self, name: str, input_size: int | None) -> None:
        """Begin a training that does not end by itself, and wait until it is under way."""
        model = self.session.model
        assert model is not None
        choices = TrainingChoices(folder=str(self.photos), parent=model.id, name=name)
        request = make_request(choices, model)
        side = input_size or request.config.input_size
        config = replace(request.config, epochs=1000, patience=0, input_size=side)
        self.trainings.start(replace(request, config=config))
        self.await_batches()

    def await_batches(self, count: int = WARM) -> None:
        """Wait until so many more batches are done."""
        before = len(self.batches)
        self.wait(lambda: len(self.batches) >= before + count)

    def usual_batch(self) -> float:
        """Return the seconds from one batch to the next."""
        pairs = zip(self.batches, self.batches[1:], strict=False)
        return statistics.median(later - sooner for sooner, later in pairs)

    def listen(self, seconds: float, batches: int = WARM) -> list[float]:
        """Return how late the timer fires, for so long and so many batches."""
        began = time.perf_counter()
        self.batches, self.epochs = self.batches[-1:], 0
        with self.lateness.noted() as late:
            self.wait(
                lambda: time.perf_counter() - began > seconds and len(self.batches) >= batches
            )
        return late

    def ask(self) -> tuple[float, float]:
        """Drop a photo; return the seconds until it is answered, and those of its own work."""
        answers: list[float] = []
        files = sorted(file for file in self.photos.rglob("*") if file.suffix in PICTURES)
        began = time.perf_counter()
        self.session.search_photo(self.rng.choice(files))
        page = self.window.current_page
        assert isinstance(page, SearchPage)
        page.work.answered.connect(lambda: answers.append(time.perf_counter()))
        query = self.session.running("query")
        assert query is not None
        own: list[float] = []
        query.succeeded.connect(lambda encoded: own.append(sum(encoded.ms.values()) / 1000))
        self.wait(lambda: answers)
        return answers[0] - began, own[0]

    def ask_while_training(self) -> tuple[float, float, float]:
        """Return the seconds until an answer, of the batch it waits for, and of its own work."""
        self.await_batches(1)
        self.pause(self.rng.uniform(0, self.usual_batch()))
        before, began = len(self.batches), time.perf_counter()
        seconds, own = self.ask()
        self.wait(lambda: len(self.batches) > before)
        # The batch that was computed as the photo was dropped.
        batch = self.batches[before] - self.batches[before - 1]
        assert self.batches[before - 1] <= began
        return seconds, batch, own

    def stop(self, *, last: bool) -> tuple[float, float]:
        """Stop, and go on unless it is the last time; return seconds until it shows and is done."""
        self.window.show_page("train")
        self.await_batches()
        if last:  # there must be something to keep
            self.wait(lambda: self.trainings.has_best)
        self.pause(self.rng.uniform(0, self.usual_batch()))
        state = child(self.window, QLabel, "run-state")
        painted, done = Painted(state, "Stopping"), []
        handle = self.trainings.handle
        assert handle is not None
        handle.finished.connect(lambda: done.append(time.perf_counter()))
        action = self.window.actions_registry["jobs.stop"]
        button = child(self.window, QPushButton, "train-stop")
        began = time.perf_counter()
        QTimer.singleShot(0, button.click if last else action.trigger)
        self.wait(lambda: done and self.trainings.stage in (Stage.INTERRUPTED, Stage.FINISHED))
        state.removeEventFilter(painted)
        if not last:
            self.trainings.resume()
        return painted.moment - began, done[0] - began

    def close(self, threads: set[int | None], arguments: argparse.Namespace) -> dict[str, Any]:
        """Train again, close the window meanwhile, and return what is left of it."""
        self.trainings.leave()
        self.wait(lambda: not self.session.jobs.active())
        self.train("second", arguments.input_size)
        began = time.perf_counter()
        self.window.close()
        ended = self.session.shutdown(60_000)
        seconds = time.perf_counter() - began
        alive = [
            thread.name
            for thread in threading.enumerate()
            # Python never learns that Qt's threads have ended; `shutdown` waits for them.
            if thread.ident not in threads and not isinstance(thread, threading._DummyThread)
        ]
        hidden = self.paths.data.parent.rglob(".*")
        # Whoever waits for a run's lock holds the same file: it stays as long as the run.
        left = [str(file) for file in hidden if file.is_file() and file.name != ".lock"]
        return {
            "close_s": round(seconds, 2),
            "close_ended": ended,
            "threads_left": alive,
            "processes_left": children(),
            "files_left": left,
        }

    def wait(self, condition: Callable[[], object]) -> None:
        """Let the window work until something is true."""
        loop, timer = QEventLoop(), QTimer()
        timer.timeout.connect(lambda: condition() and loop.quit())
        timer.start(20)
        QTimer.singleShot(1000 * FOREVER, loop, lambda: sys.exit("waited for too long"))
        loop.exec()

    def pause(self, seconds: float) -> None:
        """Let the window work for some time."""
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def _note(self, progress: Progress) -> None:
        if "training" in progress.details:
            self.batches.append(time.perf_counter())
        self.epochs += "epoch_end" in progress.details

    def _give_up(self, _error: object, text: str) -> None:
        sys.stderr.write(text)
        os._exit(1)


def copy(source: Path, target: Path, each: int) -> None:
    """Copy the first photos of every class; a library does not follow links."""
    for folder in sorted(place for place in source.iterdir() if place.is_dir()):
        (target / folder.name).mkdir(parents=True)
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURES)
        for file in files[:each]:
            shutil.copy(file, target / folder.name)


def child(window: QWidget, kind: type[Any], name: str) -> Any:
    """Return a part of the window."""
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def children() -> list[str]:
    """Return the processes that this one has started and that live (Linux)."""
    tasks = Path("/proc/self/task")
    return [pid for task in tasks.glob("*/children") for pid in task.read_text().split()]


def latency(name: str, late: list[float]) -> dict[str, float]:
    """Return percentiles in milliseconds."""
    ms = sorted(1000 * value for value in late)
    ranks = {"p50": 50, "p99": 99, "max": 100}
    return {
        f"latency_{name}_samples": len(ms),
        **{
            f"latency_{name}_{rank}_ms": round(ms[min(len(ms) - 1, len(ms) * part // 100)], 1)
            for rank, part in ranks.items()
        },
    }


def spread(name: str, values: list[float]) -> dict[str, float]:
    """Return the median and the largest."""
    return {name: round(statistics.median(values), 3), f"{name}_max": round(max(values), 3)}


def judge(result: dict[str, Any]) -> dict[str, bool]:
    """Return what is as it should be."""
    left = ("threads_left", "processes_left", "files_left")
    return {
        "latency": result["latency_training_p99_ms"] <= MOST_LATE_MS,
        "query": result["query_ratio_max"] <= MOST_QUERY,
        "stop_shown": result["stop_shown_ms_max"] <= MOST_ACKNOWLEDGED_MS,
        "stop_done": result["stop_ratio_max"] <= MOST_STOP,
        "close": result["close_ended"] and not any(result[name] for name in left),
    }


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="a folder for every dish; drawn ones by default")
    parser.add_argument("--per-class", type=int, default=30, help="photos of each dish")
    parser.add_argument("--input-size", type=int, help="the model's by default")
    parser.add_argument("--seconds", type=float, default=60, help="how long to note lateness")
    parser.add_argument("--queries", type=int, default=12)
    parser.add_argument("--stops", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


if __name__ == "__main__":
    main()
