"""A window that dies in an epoch of its training, and the one that is opened after it."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine import ModelStore, Paths, Run, RunRequest, compose_config
from engine.models.bundle import load_tensors
from tests.engine.training.runs import configure, draw_photos
from tests.real_photos import food10_train_split

WINDOW = """
import json, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton
from engine import Paths, RunRequest, TrainConfig
from foodsearch_gui import app
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.main_window import MainWindow

def begin():
    if not asked:
        resume()
    elif session.searcher is not None and trainings.stage is Stage.IDLE:
        values = json.loads(asked)
        values["config"] = TrainConfig.from_dict(values["config"])
        trainings.start(RunRequest(**values))

def resume():
    for banner in window.messages.banners():
        if banner.message.code == "FS-503":
            (button,) = (b for b in banner.findChildren(QPushButton) if b.text() == "Resume")
            button.click()

def end():
    application.exit(0 if trainings.stage is Stage.FINISHED else 1)

asked = sys.argv[1]
application = app.make_application()
paths = Paths.resolve()
session = Session(paths, SettingsStore(paths.config / "settings.json"))
session.bug_found.connect(lambda error, text: sys.exit(text))
trainings = session.trainings
trainings.settled.connect(end)
window = MainWindow(session, start_page="train")
window.first_painted.connect(session.start)
session.index_changed.connect(begin)
session.banner.connect(lambda *_: QTimer.singleShot(0, begin))
window.show()
code = application.exec()
assert session.shutdown(100_000)
sys.exit(code)
"""


def open_window(home: Path, request: RunRequest | None) -> subprocess.Popen[bytes]:
    """Start the program; it begins this training, or presses Resume."""
    asked = json.dumps(dataclasses.asdict(request)) if request else ""
    environment = os.environ | {"FOODSEARCH_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.Popen([sys.executable, "-c", WINDOW, asked], env=environment)


def check(folder: Path, request: RunRequest) -> None:
    """Kill a window in the second epoch, resume in another, and compare with an unbroken run."""
    whole, broken = Paths.resolve(folder / "whole"), Paths.resolve(folder / "broken")
    assert open_window(folder / "whole", request).wait() == 0
    window = open_window(folder / "broken", request)
    log = broken.runs / request.id / "log.jsonl"
    while not log.exists():  # it comes after the first epoch
        assert window.poll() is None, "the training ended too early"
        time.sleep(0.01)
    window.send_signal(signal.SIGKILL)
    window.wait()
    assert not Run.open(broken, request.id).is_finished
    assert open_window(folder / "broken", None).wait() == 0
    found, wanted = (
        load_tensors(ModelStore(paths).get(request.id).path) for paths in (broken, whole)
    )
    assert found.keys() == wanted.keys()
    assert all((found[name] == wanted[name]).all() for name in wanted)
    assert log.read_text() == (whole.runs / request.id / "log.jsonl").read_text()
    left = {file.name for file in (folder / "broken").rglob(".*") if file.is_file()}
    assert left <= {".lock"}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_next_window_comes_to_the_unbroken_result(tmp_path: Path) -> None:
    photos = draw_photos(tmp_path / "Meals", each=30)
    check(tmp_path, RunRequest("meals", configure(epochs=4), str(photos), weights="none"))


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.timeout(7200)
def test_so_it_does_with_real_photos(photo_collections: Path, tmp_path: Path) -> None:
    photos = food10_train_split(photo_collections, tmp_path / "food10")
    parent = ModelStore(Paths.resolve(tmp_path / "whole")).get()
    config = compose_config(preset="quick", parent=parent, settings={"epochs": 2})
    check(tmp_path, RunRequest("food10-64", config, str(photos), parent=parent.id))
