"""Real trainings of tiny networks, in the worker and in a process of their own."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import engine
from engine import Message, Progress, RunRequest
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.trainings import Stage, Trainings
from tests.engine.training.runs import configure, draw_photos

PATIENCE = 60_000
Shown = dict[str, tuple[Message, dict[str, Callable[[], object]]]]


@pytest.fixture(scope="module")
def meals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_photos(tmp_path_factory.mktemp("meals"))


@pytest.fixture
def banners(session: Session) -> Shown:
    shown: Shown = {}
    session.banner.connect(lambda m, actions: shown.update({m.code: (m, dict(actions))}))
    session.banner_withdrawn.connect(lambda code: shown.pop(code, None))
    return shown


@pytest.fixture
def trainings(session: Session, banners: Shown, qtbot: QtBot) -> Trainings:
    """Those of a session that has started."""
    session.start()
    qtbot.waitUntil(lambda: session.searcher is not None)
    return session.trainings


@pytest.fixture
def reach(trainings: Trainings, qtbot: QtBot) -> Callable[[Stage], None]:
    def wait(stage: Stage) -> None:
        qtbot.waitUntil(lambda: trainings.stage is stage, timeout=PATIENCE)

    return wait


Reach = Callable[[Stage], None]


def ask(folder: Path, name: str = "meals", **settings: object) -> RunRequest:
    return RunRequest(name, configure(**settings), str(folder), weights="none")


def test_a_training_ends_with_a_model(trainings: Trainings, meals: Path, reach: Reach) -> None:
    seen: list[Progress] = []
    trainings.progressed.connect(seen.append)
    trainings.start(ask(meals))
    assert trainings.stage is Stage.STARTING
    reach(Stage.FINISHED)
    assert trainings.model.id == "meals"
    assert [entry["epoch"] for entry in trainings.state.history] == [1, 2, 3]
    ends = [p.details["epoch_end"] for p in seen if "epoch_end" in p.details]
    assert ends == list(trainings.state.history)


def test_stop_is_acknowledged_at_once_and_keeps_the_best(
    trainings: Trainings, meals: Path, reach: Reach, qtbot: QtBot
) -> None:
    trainings.start(ask(meals, epochs=500))
    with qtbot.waitSignal(
        trainings.progressed,
        timeout=PATIENCE,
        check_params_cb=lambda p: "epoch_end" in p.details,
    ):
        pass
    stages: list[Stage] = []
    trainings.changed.connect(lambda: stages.append(trainings.stage))
    trainings.stop_and_keep()
    assert stages == [Stage.STOPPING]
    reach(Stage.FINISHED)
    assert stages == [Stage.STOPPING, Stage.SAVING, Stage.FINISHED]
    assert 1 <= len(trainings.state.history) < 500
    assert trainings.model.id == "meals"
