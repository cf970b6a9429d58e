"""From a folder of real photos to a search with a model of one's own, through the window alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from engine import Paths
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.pages.search_page import SearchPage
from tests.gui.pages.conftest import Helper
from tests.gui.pages.train.conftest import Trainer
from tests.real_photos import food10_queries, food10_train_split

PATIENCE = 7000
CLOSING_MS = 100_000


class Cook(Trainer):
    """Waits without holding the interpreter, which a real training needs."""

    def wait(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, "waited for too long"
            QCoreApplication.processEvents()
            time.sleep(0.01)

    def search(self, photo: Path) -> list[str]:
        """Return the dishes of the photos found, the nearest first."""
        self.session.search_photo(photo)
        page = self.window.current_page
        assert isinstance(page, SearchPage)
        answered: list[object] = []
        page.work.answered.connect(lambda: answered.append(page.work.answer))
        self.wait(lambda: answered)
        catalogue = self.session.catalogue
        records = catalogue.photos([hit.photo_id for hit in page.work.answer.hits])
        return [record.path.parent.name for record in records]


@pytest.fixture
def session(paths: Paths, settings: SettingsStore, bugs: list[str]) -> Iterator[Session]:
    """A session with the real engine."""
    made = Session(paths, settings)
    made.bug_found.connect(lambda _error, text: bugs.append(text))
    yield made
    assert made.shutdown(CLOSING_MS)
    assert bugs == []


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.timeout(PATIENCE)
def test_a_folder_becomes_a_model_that_answers(
    open_at: Callable[[str], Helper], photo_collections: Path, tmp_path: Path
) -> None:
    mine = food10_train_split(photo_collections, tmp_path / "Mine")
    asked = food10_queries(photo_collections, tmp_path / "asked")
    count = len({path.read_bytes() for path in mine.rglob("*.jpg")})  # two photos are equal
    cook = Cook.of(open_at("train"))
    session = cook.session
    bundled = session.model
    assert bundled.bundled
    session.add_roots([mine])
    cook.wait(lambda: session.coverage and session.coverage.indexed == count)

    cook.choose(mine)
    cook.check()
    request = cook.page.check.request
    assert (request.parent, request.config.epochs) == (bundled.id, 6)  # the preset quick
    cook.start()
    cook.wait(lambda: session.trainings.has_best)
    cook.click("train-stop")
    cook.reach(Stage.FINISHED)
    assert cook.text("train-result").startswith("“Mine-64” is installed.")
    cook.click("train-rebuild")
    key = session.trainings.model.key
    cook.wait(lambda: session.catalogue.coverage(key).indexed == count)
    assert session.model is bundled
    cook.wait(cook.page.run_view.use.isEnabled)
    cook.click("train-use")
    cook.wait(lambda: session.model.id == "mine-64" and session.searcher is not None)
    cook.wait(lambda: not session.jobs.active())

    found = {photo.parent.name: cook.search(photo) for photo in sorted(asked.rglob("*.jpg"))}
    right = [dish for dish, dishes in found.items() if dish in dishes[:3]]
    assert len(right) >= len(found) / 2, found
