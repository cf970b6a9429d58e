"""A window on the Train page with a model that is trained in seconds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtWidgets import QLabel

from engine import ModelStore, Paths
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.pages.train_page import TrainPage
from tests.engine.training.runs import begin, complete, draw_photos
from tests.gui.pages.conftest import Helper

PATIENCE = 100_000
SPROUT = "sprout"  # the tiny model


@pytest.fixture(scope="session")
def meals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_photos(tmp_path_factory.mktemp("drawn") / "Meals")


@pytest.fixture(scope="session")
def sprout(tmp_path_factory: pytest.TempPathFactory, meals: Path) -> Path:
    """A tiny network with a model file; what is trained from it is as tiny."""
    torch.set_num_threads(1)
    paths = Paths.resolve(tmp_path_factory.mktemp("garden"))
    complete(paths, begin(paths, meals, name=SPROUT, epochs=1, num_bits=64))
    target = paths.data / f"{SPROUT}.fsmodel"
    ModelStore(paths).export(SPROUT, target)
    return target


class Trainer(Helper):
    """The helper with the page's parts at hand."""

    page: TrainPage

    @classmethod
    def of(cls, helper: Helper) -> Trainer:
        trainer = cls(helper.window, helper.session, helper.qtbot)
        page = helper.window.current_page
        assert isinstance(page, TrainPage)
        trainer.page = page
        page.questions = trainer.answers
        return trainer

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE)

    def reach(self, stage: Stage) -> None:
        self.wait(lambda: self.session.trainings.stage is stage)

    def choose(self, folder: Path) -> None:
        """Choose a folder in the dialog."""
        self.answers.place = folder
        self.click("train-browse")

    def check(self) -> None:
        """Press Check and wait for what it finds and measures."""
        self.click("action_train.check")
        self.wait(lambda: self.page.is_settled())

    def start(self) -> None:
        self.click("action_train.start")
        self.wait(lambda: self.session.trainings.state is not None)

    def text(self, name: str) -> str:
        """Return what a label says."""
        return str(self.page.findChild(QLabel, name).text())

    def findings(self) -> dict[str, str]:
        """Return severities of what was found, by code."""
        rows = self.page.prepare.check_view.findings()
        return {row.finding.message.code: row.finding.severity for row in rows}


@pytest.fixture
def copy(meals: Path, tmp_path: Path) -> Path:
    """A folder of meals that a test may change."""
    return Path(shutil.copytree(meals, tmp_path / "Mine"))


@pytest.fixture
def trainer(open_at: Callable[[str], Helper], sprout: Path, paths: Paths) -> Iterator[Trainer]:
    """On the page, with the tiny model chosen to start from."""
    torch.set_num_threads(1)
    ModelStore(paths).import_file(sprout)
    made = Trainer.of(open_at("train"))
    made.wait(lambda: made.page.is_settled())
    models = made.page.prepare.start_from.models
    models.setCurrentIndex(models.findData(SPROUT))
    models.activated.emit(models.currentIndex())
    made.wait(lambda: made.page.is_settled())
    yield made
    assert made.session.shutdown(PATIENCE)
