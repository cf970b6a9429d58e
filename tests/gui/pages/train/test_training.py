from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from engine import Difference, JobCancelled, Message, Paths
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.pages.train_outcome import Verdict, verdict
from foodsearch_gui.pages.train_page import TrainPage
from foodsearch_gui.pages.train_run_view import RunView
from foodsearch_gui.widgets.comparison_gallery import ComparisonGallery
from tests.engine.training.runs import Listener, begin, complete
from tests.gui.pages.conftest import Helper
from tests.gui.pages.train.conftest import PATIENCE, SPROUT, Trainer


def begin_long(trainer: Trainer, folder: Path, epochs: int = 500) -> None:
    """Start a training of the folder that takes as many epochs as that."""
    trainer.choose(folder)
    trainer.check()
    request = trainer.page.check.request
    config = dataclasses.replace(request.config, epochs=epochs, patience=0)
    trainer.page.check.request = dataclasses.replace(request, config=config)
    trainer.start()
    trainer.wait(lambda: trainer.session.trainings.has_best)


def shown(trainer: Trainer) -> set[str]:
    """Return the names of the buttons above the curves."""
    view = trainer.page.run_view
    return {b.objectName()[6:] for b in view.findChildren(QPushButton) if b.isVisible()}


def test_a_model_is_trained_used_and_taken_back(trainer: Trainer, meals: Path) -> None:
    session, view = trainer.session, trainer.page.run_view
    session.add_roots([meals])
    trainer.wait(lambda: session.coverage and session.coverage.indexed == 27)
    before = session.model
    trainer.choose(meals)
    trainer.check()
    trainer.start()
    trainer.reach(Stage.FINISHED)
    assert len(view.panel._record.figures.xs) == 6  # an epoch a point
    assert shown(trainer) == {"use", "rebuild", "new"}
    assert trainer.text("train-result").startswith("“Meals-64” is installed. On the photos held")
    trainer.wait(lambda: view.gallery.isVisible())
    found = session.trainings.comparison
    assert "one of " in trainer.text("train-result")
    level = f"“{SPROUT}” {found.before_map:.3f}."
    trainer.wait(lambda: view.panel.quality.accessibleDescription().endswith(level))
    is_worse = verdict(found) is Verdict.WORSE
    assert (view.use.property("isMain"), view.new.property("isMain")) == (not is_worse, is_worse)
    assert view.panel.state.text() == "Finished"
    assert len(view.gallery.findChildren(ComparisonGallery)) == 0

    searched: list[str] = []
    session.index_changed.connect(
        lambda: searched.append(session.model.id if session.searcher else "")
    )
    trainer.click("train-use")
    assert session.model is before  # until the new index is complete
    assert session.searcher is not None
    trainer.wait(lambda: session.model.id == "meals-64")
    trainer.wait(lambda: session.coverage and session.coverage.indexed == 27)
    assert view.use.text() == "In use"
    trainer.press("“Meals-64” answers your searches now.", "Undo")
    trainer.wait(lambda: session.model.id == before.id and session.searcher)
    assert session.coverage.indexed == 27


def test_the_index_can_be_built_without_a_switch(trainer: Trainer, meals: Path) -> None:
    session = trainer.session
    session.add_roots([meals])
    trainer.wait(lambda: session.coverage and session.coverage.indexed == 27)
    trainer.choose(meals)
    trainer.check()
    trainer.start()
    trainer.reach(Stage.FINISHED)
    before = session.model
    trainer.click("train-rebuild")
    assert "goes on answering" in trainer.text("train-result")
    trainer.wait(lambda: not session.jobs.active())
    key = session.trainings.model.key
    trainer.wait(lambda: session.catalogue.coverage(key).indexed == 27)
    assert session.model.id == before.id


def test_stop_is_acknowledged_at_once_and_keeps_the_best(trainer: Trainer, meals: Path) -> None:
    begin_long(trainer, meals)
    assert shown(trainer) == {"pause", "stop", "discard"}
    trainer.click("train-stop")
    assert trainer.page.run_view.panel.state.text() == "Stopping after this batch…"
    assert not trainer.page.run_view.stop.isEnabled()
    trainer.reach(Stage.FINISHED)
    assert trainer.session.trainings.model.name == "Meals-64"
    done = len(trainer.session.trainings.state.history)
    text = f"Stopped after epoch {done} of 500; the best model was kept"
    assert trainer.page.run_view.panel.state.text() == text


def test_a_training_is_held_and_goes_on(trainer: Trainer, meals: Path) -> None:
    begin_long(trainer, meals)
    pause = trainer.page.run_view.pause
    pause.click()
    assert trainer.session.trainings.stage is Stage.PAUSED
    assert pause.text() == "&Go on"
    pause.click()
    assert pause.text() == "&Pause"
    trainer.answers.agrees = True
    trainer.click("train-discard")
    trainer.reach(Stage.IDLE)


def test_discard_asks_and_a_no_changes_nothing(trainer: Trainer, meals: Path, paths: Paths) -> None:
    begin_long(trainer, meals)
    trainer.click("train-discard")
    assert trainer.answers.asked[-1].startswith("Discard the training “Meals-64”?")
    assert trainer.session.trainings.stage is Stage.RUNNING
    trainer.answers.agrees = True
    trainer.click("train-discard")
    trainer.reach(Stage.IDLE)
    assert list(paths.runs.iterdir()) == []
    assert trainer.page.prepare.isVisible()


@pytest.mark.parametrize(
    ("value", "chance", "is_worse"), [(-0.1, 0.01, True), (-0.1, 0.3, False), (0.1, 0.01, False)]
)
def test_the_button_that_the_comparison_speaks_for_stands_out(
    trainer: Trainer, meals: Path, value: float, chance: float, is_worse: bool
) -> None:
    view, trainings = trainer.page.run_view, trainer.session.trainings
    trainer.choose(meals)
    trainer.check()
    trainer.start()
    trainer.reach(Stage.FINISHED)
    assert not any(button.property("isMain") for button in (view.use, view.new)), "not known yet"
    assert "It is being compared with" in trainer.text("train-result")
    trainer.wait(lambda: trainings.comparison is not None)
    difference = Difference(value, value - 0.05, value + 0.05, chance, 20)
    trainings.comparison = dataclasses.replace(trainings.comparison, difference=difference)
    view.refresh()
    assert view.use.property("isMain") is not is_worse
    assert view.new.property("isMain") is is_worse


def test_the_choice_of_how_curves_are_shown_is_kept(trainer: Trainer) -> None:
    panel = trainer.page.run_view.panel
    assert panel.options == (False, False, False)
    panel._options[0].click()
    panel._options[2].click()
    view = RunView(trainer.session, trainer.session.model_switch)
    trainer.qtbot.addWidget(view)
    assert view.panel.options == (True, False, True)
    assert view.panel.loss._is_log


def test_an_interrupted_training_offers_what_can_be_done(trainer: Trainer, meals: Path) -> None:
    begin_long(trainer, meals)
    trainer.page.run_view.pause.setFocus()
    trainer.trigger("jobs.stop")
    trainer.reach(Stage.INTERRUPTED)
    assert trainer.window.focusWidget() is trainer.page.run_view.resume
    assert shown(trainer) == {"resume", "keep", "discard", "new"}
    assert trainer.page.run_view.panel.state.text().startswith("Interrupted after epoch ")
    trainer.click("train-keep")
    trainer.reach(Stage.FINISHED)


def test_the_choices_hold_for_the_next_training(trainer: Trainer, meals: Path) -> None:
    trainer.choose(meals)
    trainer.check()
    trainer.start()
    trainer.reach(Stage.FINISHED)
    trainer.click("train-new")
    assert trainer.page.prepare.isVisible()
    trainer.wait(lambda: trainer.page.prepare.start_from.name.text() == "Meals-64-2")
    assert trainer.page.prepare.start_from.parent_id == SPROUT
    assert trainer.page.memory.recall(SPROUT).folder == str(meals)


def test_a_run_of_another_day_is_discarded_from_its_banner(
    trainer: Trainer, meals: Path, paths: Paths
) -> None:
    run = begin(paths, meals, name="old")
    trainer.session.trainings.look_for_interrupted()
    trainer.window.show_page("library")
    trainer.answers.agrees = True
    trainer.press("The training “old” was interrupted.", "Discard…")
    trainer.wait(lambda: not run.path.exists())
    assert trainer.window.current_name == "train"
    assert "What it learned in 0 of 3 epochs is lost." in trainer.answers.asked[-1]


def test_a_run_that_is_not_discarded_after_all_is_offered_on(
    trainer: Trainer, meals: Path, paths: Paths
) -> None:
    for name in ("old", "older"):
        begin(paths, meals, name=name)
    trainer.session.trainings.look_for_interrupted()
    trainer.banner("The training “older” was interrupted.")
    trainer.press("The training “old” was interrupted.", "Discard…")
    trainer.banner("The training “old” was interrupted.")
    trainer.answers.agrees = True
    trainer.press("The training “old” was interrupted.", "Discard…")
    trainer.wait(lambda: not (paths.runs / "old").exists())
    trainer.banner("The training “older” was interrupted.")


def test_a_page_built_after_the_training_began_shows_it(
    open_at: Callable[[str], Helper], paths: Paths, meals: Path
) -> None:
    helper = open_at("library")
    trainings = helper.session.trainings
    run = begin(paths, meals, name="old", epochs=500)
    stopped = Listener(at_checkpoint=lambda ctx: ctx.cancel() if run.read_log() else None)
    with pytest.raises(JobCancelled):
        complete(paths, run, stopped)
    trainings.look_for_interrupted()
    helper.press("The training “old” was interrupted.", "Keep best")
    helper.qtbot.waitUntil(lambda: trainings.stage is Stage.FINISHED, timeout=PATIENCE)
    page = helper.window.current_page
    assert isinstance(page, TrainPage)
    assert page.run_view.panel.name.text() == "old"
    assert page.run_view.panel.epoch.text().endswith(" of 500")
    assert len(page.run_view.panel._record.figures.xs)


def test_too_few_photos_lead_to_the_guide(trainer: Trainer, copy: Path, tmp_path: Path) -> None:
    trainer.choose(copy)
    trainer.check()
    for file in [*(copy / "bowl").iterdir(), *(copy / "plate").iterdir()]:
        file.unlink()
    trainer.start()
    trainer.reach(Stage.FAILED)
    assert trainer.page.prepare.isVisible()  # the run that could not begin is gone
    trainer.window.show_page("library")
    trainer.press("Too few photos.", "How to prepare a folder")
    assert trainer.window.current_name == "train"
    view = trainer.page.prepare.check_view
    assert view.isVisible()
    assert view.currentWidget() is view.guide


def test_closing_can_keep_the_best(trainer: Trainer, meals: Path) -> None:
    begin_long(trainer, meals)
    questions: list[Message] = []

    def answer(message: Message, _parent: object) -> str:
        questions.append(message)
        return "Stop and keep best"

    trainer.window._ask = answer
    assert not trainer.window.close()
    (question,) = questions
    assert question.code == "FS-902"
    assert question.title == "The training “Meals-64” is running."
    assert question.actions == ("Keep working", "Stop and keep best", "Quit and resume later")
    trainer.wait(lambda: not trainer.window.isVisible())
    assert len(questions) == 1
    assert trainer.session.store.get("meals-64")


def test_closing_can_leave_the_rest_for_later(trainer: Trainer, meals: Path, paths: Paths) -> None:
    begin_long(trainer, meals)
    trainer.window._ask = lambda message, _parent: message.actions[0]
    assert not trainer.window.close()
    assert trainer.session.trainings.stage is Stage.RUNNING
    trainer.window._ask = lambda message, _parent: message.actions[2]
    assert trainer.window.close()
    assert trainer.session.shutdown(60_000)
    assert (paths.runs / "meals-64" / "checkpoint.safetensors").exists()
