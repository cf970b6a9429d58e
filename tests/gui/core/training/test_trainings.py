from __future__ import annotations

import errno
import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from pytestqt.qtbot import QtBot

import engine
from engine import Paths, Progress
from engine.networks.linear import LinearHash
from engine.networks.output import HashOutput
from engine.training import checkpoint as checkpoint_module
from foodsearch_gui.core import training_jobs
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.core.training_stage import Stage, Wish
from foodsearch_gui.core.worker_thread import JobState
from tests.engine.training.runs import assert_equal, begin, complete, draw_photos, weights_of
from tests.gui.cheap_engine import CheapEngine
from tests.gui.cheap_engine import draw_photos as draw_library
from tests.gui.core.training.conftest import PATIENCE, Driver


def test_a_training_ends_with_an_installed_model(driver: Driver, paths: Paths) -> None:
    seen: list[Progress] = []
    driver.trainings.progressed.connect(seen.append)
    driver.trainings.start(driver.ask())
    assert driver.trainings.stage is Stage.STARTING
    driver.reach(Stage.FINISHED)
    assert driver.trainings.model.id == "meals"
    assert [entry["epoch"] for entry in driver.trainings.state.history] == [1, 2, 3]
    ends = [p.details["epoch_end"] for p in seen if "epoch_end" in p.details]
    assert ends == list(driver.trainings.state.history)
    assert engine.ModelStore(paths).get("meals").num_bits == 16


def test_the_window_leaves_the_run_that_the_command_line_leaves(
    driver: Driver, tmp_path: Path
) -> None:
    elsewhere = Paths.resolve(tmp_path / "cli")
    theirs = complete(elsewhere, begin(elsewhere, driver.meals))
    driver.trainings.start(driver.ask())
    driver.reach(Stage.FINISHED)
    mine = driver.trainings.run.path
    assert sorted(p.name for p in mine.iterdir()) == sorted(
        p.name for p in theirs.run.path.iterdir()
    )
    for file in mine.iterdir():
        assert file.read_bytes() == (theirs.run.path / file.name).read_bytes(), file.name


def test_stop_is_acknowledged_at_once_and_keeps_the_best(driver: Driver) -> None:
    driver.trainings.start(driver.ask(epochs=500))
    driver.epochs(1)
    driver.stages.clear()
    driver.trainings.stop_and_keep()
    assert driver.stages == [Stage.STOPPING]  # before anything else can happen
    driver.reach(Stage.FINISHED)
    assert driver.stages == [Stage.STOPPING, Stage.SAVING, Stage.FINISHED]
    assert 1 <= len(driver.trainings.state.history) < 500
    assert driver.trainings.model.id == "meals"


def test_a_held_training_goes_on_where_it_was(driver: Driver) -> None:
    driver.trainings.start(driver.ask())
    driver.reach(Stage.RUNNING)
    driver.trainings.toggle_pause()
    assert driver.trainings.stage is Stage.PAUSED
    driver.trainings.toggle_pause()
    driver.reach(Stage.FINISHED)
    assert len(driver.trainings.state.history) == 3


def test_a_search_is_answered_while_a_training_goes_on(
    driver: Driver, session: Session, tmp_path: Path
) -> None:
    (photo,) = draw_library(tmp_path, 1)
    driver.trainings.start(driver.ask(epochs=500))
    driver.epochs(1)
    answers: list[object] = []
    handle = session.encode_query(session.model, photo)
    handle.succeeded.connect(answers.append)
    driver.wait(lambda: answers)
    assert driver.trainings.stage is Stage.RUNNING
    driver.trainings.toggle_pause()
    session.encode_query(session.model, photo).succeeded.connect(answers.append)
    driver.wait(lambda: len(answers) == 2)
    driver.trainings.discard()
    driver.reach(Stage.IDLE)


def test_a_discarded_training_leaves_nothing(driver: Driver, paths: Paths) -> None:
    driver.trainings.start(driver.ask(epochs=500))
    driver.epochs(1)
    driver.trainings.discard()
    assert driver.trainings.stage is Stage.STOPPING
    driver.reach(Stage.IDLE)
    assert list(paths.runs.iterdir()) == []
    assert not (paths.models / "meals").exists()


def test_a_model_that_was_ready_before_it_could_be_discarded_goes_too(
    driver: Driver, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_store: engine.ModelStore, _model: str) -> None:
        raise engine.EngineError("FS-205", path="models")

    driver.trainings.start(driver.ask(epochs=1))
    driver.reach(Stage.FINISHED)
    model = driver.trainings.model
    driver.trainings._wish = Wish.DISCARD
    with monkeypatch.context() as patch:
        patch.setattr(engine.ModelStore, "remove", refuse)
        driver.trainings._take_model(model)
        driver.reach(Stage.FAILED)
    assert driver.trainings.error.code == "FS-205"
    driver.trainings._take_model(model)
    driver.reach(Stage.IDLE)
    assert list(paths.runs.iterdir()) == []
    assert model.id not in [one.id for one in engine.ModelStore(paths).list()]


def test_what_was_stopped_elsewhere_is_taken_up_with_the_unbroken_result(
    driver: Driver, tmp_path: Path
) -> None:
    elsewhere = Paths.resolve(tmp_path / "cli")
    unbroken = complete(elsewhere, begin(elsewhere, driver.meals))
    driver.trainings.start(driver.ask())
    driver.epochs(1)
    driver.session.jobs.active()[0].cancel()  # as the button of the status bar does
    driver.reach(Stage.INTERRUPTED)
    driver.trainings.resume()
    driver.reach(Stage.FINISHED)
    assert_equal(_weights(driver.trainings.model), weights_of(unbroken))


def test_the_next_start_offers_what_was_interrupted(
    driver: Driver, session: Session, paths: Paths, qtbot: QtBot
) -> None:
    driver.trainings.start(driver.ask())
    driver.epochs(1)
    assert session.shutdown()
    later = Session(paths, SettingsStore(paths.config / "x.json"), gpu_engine=CheapEngine())
    again = Driver(later, driver.meals, qtbot)
    later.start()
    again.wait(lambda: "FS-503" in again.banners)
    message, actions = again.banners["FS-503"]
    assert message.title == "The training “meals” was interrupted."
    assert list(actions) == ["Resume", "Keep best", "Discard…"]
    again.press("FS-503", "Keep best")
    again.reach(Stage.FINISHED)
    assert again.trainings.model.id == "meals"
    again.wait(lambda: not later.jobs.active())
    assert later.shutdown()


def test_another_run_is_discarded_beside_a_training(driver: Driver, paths: Paths) -> None:
    other = training_jobs.read_run(begin(paths, driver.meals, name="other"))
    driver.trainings.start(driver.ask(epochs=500))
    driver.reach(Stage.RUNNING)
    driver.stages.clear()
    driver.trainings.discard(other)
    driver.wait(lambda: not other.run.path.exists())
    driver.wait(lambda: not driver.session.library_worker.active())
    assert driver.stages == []
    assert driver.trainings.stage is Stage.RUNNING
    assert driver.trainings.state.request.name == "meals"


def test_another_run_that_cannot_be_discarded_is_offered_again(
    driver: Driver, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = training_jobs.read_run(begin(paths, driver.meals, name="other"))

    def refuse(_run: engine.Run) -> None:
        raise engine.EngineError("FS-522", name="other")

    driver.trainings.start(driver.ask(epochs=500))
    driver.reach(Stage.RUNNING)
    with monkeypatch.context() as patch:
        patch.setattr(engine.Run, "discard", refuse)
        driver.trainings.discard(other)
        driver.wait(lambda: "FS-522" in driver.banners)
    assert driver.trainings.stage is Stage.RUNNING
    assert driver.banners["FS-503"][0].title == "The training “other” was interrupted."
    driver.press("FS-522", "Try again")
    driver.wait(lambda: not other.run.path.exists())
    assert driver.trainings.error is None


def test_what_cannot_be_taken_up_now_is_offered_again(driver: Driver, paths: Paths) -> None:
    begin(paths, driver.meals, name="other")
    driver.trainings.look_for_interrupted()
    driver.wait(lambda: "FS-503" in driver.banners)
    driver.trainings.start(driver.ask(epochs=500))
    driver.reach(Stage.RUNNING)
    assert "FS-503" in driver.banners  # it is about the other run
    driver.press("FS-503", "Resume")
    assert "FS-503" in driver.banners
    driver.trainings.interrupt()
    driver.reach(Stage.INTERRUPTED)
    driver.press("FS-503", "Resume")
    driver.reach(Stage.FINISHED)
    assert driver.trainings.model.id == "other"


def test_before_the_first_epoch_there_is_nothing_to_keep(
    driver: Driver, session: Session, paths: Paths
) -> None:
    begin(paths, driver.meals)
    driver.trainings.look_for_interrupted()
    driver.wait(lambda: "FS-503" in driver.banners)
    message, actions = driver.banners["FS-503"]
    assert message.cause == "It ended before its first epoch was done."
    assert list(actions) == ["Resume", "Discard…"]
    driver.press("FS-503", "Resume")
    driver.reach(Stage.FINISHED)


def test_the_refusal_of_a_name_goes_when_a_training_begins(driver: Driver, paths: Paths) -> None:
    begin(paths, driver.meals, epochs=1)
    driver.trainings.start(driver.ask(epochs=1))
    driver.wait(lambda: "FS-504" in driver.banners)
    driver.trainings.start(driver.ask(epochs=1, name="others"))
    assert "FS-504" not in driver.banners
    driver.reach(Stage.FINISHED)


def test_a_taken_name_can_be_varied(driver: Driver) -> None:
    driver.trainings.start(driver.ask(epochs=1))
    driver.reach(Stage.FINISHED)
    driver.trainings.leave()
    driver.trainings.start(driver.ask(epochs=1))
    driver.wait(lambda: "FS-504" in driver.banners)
    assert list(driver.banners["FS-504"][1]) == ["Keep both", "Choose a name"]
    driver.press("FS-504", "Keep both")
    driver.reach(Stage.FINISHED)
    assert driver.trainings.model.name == "meals-2"


def test_a_taken_name_leads_to_the_training_that_has_it(driver: Driver, paths: Paths) -> None:
    begin(paths, driver.meals, epochs=1)
    asked: list[object] = []
    driver.trainings.discard_wanted.connect(asked.append)
    captions = ["Keep both", "Choose a name", "Resume", "Discard…"]
    for caption in captions[:1:-1]:
        driver.trainings.start(driver.ask())
        driver.wait(lambda: "FS-504" in driver.banners)
        assert list(driver.banners["FS-504"][1]) == captions
        driver.press("FS-504", caption)
    assert [state.request.name for state in asked] == ["meals"]
    driver.reach(Stage.FINISHED)
    assert len(driver.trainings.state.history) == 1


def test_without_labels_the_codes_are_computed(driver: Driver) -> None:
    driver.trainings.start(driver.ask(method="itq"))
    driver.reach(Stage.FINISHED)
    assert driver.trainings.model.manifest.method == "itq"
    assert driver.trainings.comparison is None


def test_too_little_memory_is_told_and_the_training_ends_well(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = LinearHash.forward

    def limited(self: LinearHash, images: torch.Tensor) -> HashOutput:
        if len(images) > 4:
            raise torch.OutOfMemoryError("out of memory")
        return forward(self, images)

    monkeypatch.setattr(LinearHash, "forward", limited)
    driver.trainings.start(driver.ask())
    driver.reach(Stage.FINISHED)
    message, actions = driver.banners["FS-402"]
    assert message.cause.startswith("The batch of 8 photos is computed")
    assert list(actions) == ["OK"]


def test_one_class_only_is_refused_and_leaves_no_run(
    driver: Driver, tmp_path: Path, paths: Paths
) -> None:
    driver.trainings.start(driver.ask(draw_photos(tmp_path / "one", classes=("bowl",))))
    driver.reach(Stage.FAILED)
    assert driver.trainings.error.code == "FS-501"
    assert list(driver.banners["FS-501"][1]) == ["How to prepare a folder"]
    assert list(paths.runs.iterdir()) == []


def test_an_unplugged_folder_keeps_what_was_learned(
    driver: Driver, tmp_path: Path, paths: Paths
) -> None:
    drive = draw_photos(tmp_path / "drive")
    driver.trainings.start(driver.ask(drive))
    driver.epochs(1)
    driver.trainings.interrupt()
    driver.reach(Stage.INTERRUPTED)
    drive.rename(tmp_path / "unplugged")
    driver.trainings.resume()
    driver.reach(Stage.FAILED)
    assert driver.trainings.error.code == "FS-513"
    assert driver.trainings.has_best
    (tmp_path / "unplugged").rename(drive)
    driver.press("FS-513", "Try again")
    driver.reach(Stage.FINISHED)


def test_a_folder_that_is_unplugged_in_an_epoch_does_not_stop_it(
    driver: Driver, tmp_path: Path
) -> None:
    drive = draw_photos(tmp_path / "drive")
    driver.trainings.start(driver.ask(drive))
    driver.epochs(1)
    drive.rename(tmp_path / "unplugged")  # the pixels of its photos are kept elsewhere
    driver.reach(Stage.FINISHED)
    assert len(driver.trainings.state.history) == 3
    driver.wait(lambda: not driver.session.jobs.active())  # not even the comparison makes trouble
    assert driver.banners.keys() <= {"FS-510"}


def test_a_loss_that_is_no_number_offers_a_lower_rate(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.losses.dpn import DpnCriterion

    forward = DpnCriterion.forward
    rate = driver.ask().config.lr

    def ruined(self: DpnCriterion, *arguments: Any) -> dict[str, torch.Tensor]:
        terms = forward(self, *arguments)
        state = driver.trainings.state
        if state.run.best.exists() and state.request.config.lr == rate:
            return {name: value * torch.nan for name, value in terms.items()}
        return terms

    monkeypatch.setattr(DpnCriterion, "forward", ruined)
    driver.trainings.start(driver.ask(epochs=3))
    driver.reach(Stage.FAILED)
    assert driver.trainings.error.code == "FS-502"
    assert list(driver.banners["FS-502"][1]) == ["Restart with a lower rate", "Keep the best"]
    _message, actions = driver.banners["FS-502"]
    driver.trainings.restart_lower()  # as the button of the page may do
    driver.reach(Stage.FINISHED)
    assert "FS-502" not in driver.banners, "its matter is over"
    assert callable(actions["Restart with a lower rate"])
    assert driver.trainings.state.request.config.lr == rate / 10


def test_a_full_disk_loses_nothing(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    real = checkpoint_module.atomic_write

    def full(path: Path, **options: Any) -> Any:
        if path.name == "checkpoint.safetensors" and path.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint_module, "atomic_write", full)
        driver.trainings.start(driver.ask(epochs=3))
        driver.reach(Stage.FAILED)
    assert driver.trainings.error.code == "FS-205"
    assert driver.trainings.state.history
    driver.press("FS-205", "Resume")
    driver.reach(Stage.FINISHED)
    assert len(driver.trainings.state.history) == 3


def test_what_fails_twice_in_the_same_way_is_told_twice(driver: Driver, paths: Paths) -> None:
    state = training_jobs.read_run(begin(paths, driver.meals))
    for _ in range(2):
        driver.trainings.keep_best(state)  # of which there is none
        driver.reach(Stage.SAVING)
        driver.reach(Stage.FAILED)
        assert driver.trainings.error.code == "FS-508"
        assert "FS-508" in driver.banners
    driver.trainings.leave()
    assert "FS-508" not in driver.banners, "its matter is over"


def test_a_fault_of_ours_does_not_leave_the_page_waiting(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, bugs: list[str]
) -> None:
    def fail(self: LinearHash, images: torch.Tensor) -> HashOutput:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(LinearHash, "forward", fail)
    driver.trainings.start(driver.ask())
    driver.reach(Stage.FAILED)
    assert "a bug" in bugs.pop()


def test_closing_stops_the_training_and_keeps_the_run(
    driver: Driver, session: Session, paths: Paths
) -> None:
    driver.trainings.start(driver.ask(epochs=500))
    driver.epochs(1)
    handle = driver.trainings.handle
    assert session.shutdown()
    assert handle.state is JobState.STOPPING
    (run,) = engine.list_runs(paths)
    assert not run.is_finished
    assert run.read_log()
    assert not list(run.path.glob(".*.part"))


def test_closing_leaves_no_thread_no_process_and_no_file(
    driver: Driver, session: Session, home: Path
) -> None:
    before = _python_threads()
    driver.trainings.start(driver.ask(epochs=500))
    driver.epochs(1)
    assert _python_threads() - before  # those that prepare photos
    assert session.shutdown(PATIENCE)
    assert _python_threads() <= before
    assert not multiprocessing.active_children()
    tasks = Path("/proc/self/task")
    assert not [file for file in tasks.glob("*/children") if file.read_text()]
    # A lock stays with its run: to remove it would take it from who waits for it.
    names = {file.name for file in home.rglob("*") if file.is_file()} - {".lock"}
    assert not [n for n in names if n.startswith(".") or n.endswith((".part", "-wal", "-shm"))]


def _python_threads() -> set[threading.Thread]:
    """Return the threads that Python began; of Qt's it never learns that they have ended."""
    dummy = threading._DummyThread
    return {thread for thread in threading.enumerate() if not isinstance(thread, dummy)}


def _weights(model: engine.ModelInfo) -> dict[str, torch.Tensor]:
    from engine.models.bundle import load_tensors

    return {name: torch.from_numpy(value) for name, value in load_tensors(model.path).items()}
