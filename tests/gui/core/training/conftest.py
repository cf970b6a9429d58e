"""Real trainings of tiny networks in a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

from engine import Message, Progress, RunRequest
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.core.trainings import Trainings
from tests.engine.training.runs import configure, draw_photos

PATIENCE = 100_000
Action = Callable[[], object] | None


class Driver:
    """Starts trainings and waits for what they come to."""

    def __init__(self, session: Session, meals: Path, qtbot: QtBot) -> None:
        self.session = session
        self.trainings: Trainings = session.trainings
        self.meals = meals
        self.banners: dict[str, tuple[Message, dict[str, Action]]] = {}
        self.stages: list[Stage] = []
        self._qtbot = qtbot
        session.banner.connect(self._note_banner)
        session.banner_withdrawn.connect(lambda code: self.banners.pop(code, None))
        session.message_withdrawn.connect(self._drop_banner)
        self.trainings.changed.connect(self._note_stage)

    def ask(self, folder: Path | None = None, **settings: object) -> RunRequest:
        name = str(settings.pop("name", "meals"))
        return RunRequest(name, configure(**settings), str(folder or self.meals), weights="none")

    def wait(self, condition: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE)

    def reach(self, stage: Stage) -> None:
        self.wait(lambda: self.trainings.stage is stage)

    def epochs(self, count: int) -> None:
        """Wait for the ends of so many epochs."""
        ends: list[object] = []

        def note(progress: Progress) -> None:
            if "epoch_end" in progress.details:
                ends.append(progress)

        self.trainings.progressed.connect(note)
        self.wait(lambda: len(ends) >= count)
        self.trainings.progressed.disconnect(note)

    def press(self, code: str, caption: str) -> None:
        """Press a button of a banner, once it is there."""
        self.wait(lambda: code in self.banners)
        action = self.banners.pop(code)[1][caption]
        assert action is not None
        action()

    def _note_banner(self, message: Message, actions: list[tuple[str, Action]]) -> None:
        self.banners[message.code] = message, dict(actions)

    def _drop_banner(self, message: Message) -> None:
        kept = self.banners.get(message.code)
        if kept is not None and kept[0].title == message.title:
            del self.banners[message.code]

    def _note_stage(self) -> None:
        stage = self.trainings.stage
        if not self.stages or self.stages[-1] is not stage:
            self.stages.append(stage)


@pytest.fixture(scope="session")
def meals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_photos(tmp_path_factory.mktemp("meals"))


@pytest.fixture
def driver(session: Session, meals: Path, qtbot: QtBot) -> Iterator[Driver]:
    """On a session that has started."""
    torch.set_num_threads(1)  # small networks are faster without handing work around
    made = Driver(session, meals, qtbot)
    session.start()
    made.wait(lambda: session.searcher is not None)
    yield made
    assert session.shutdown(PATIENCE)  # loading a model for the comparison cannot be interrupted
