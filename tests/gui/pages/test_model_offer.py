from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from engine.models.bundle import copy_bundle
from engine.models.places import bundled_folder
from tests.gui.cheap_engine import draw_photos
from tests.gui.pages.conftest import Helper

Open = Callable[[str], Helper]
OFFER = "There is a better model: Dishes."


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What an older version came with."""
    folder = tmp_path / "bundled"
    copy_bundle(bundled_folder() / "starter-64.fsmodel", folder / "starter-64.fsmodel")
    monkeypatch.setattr("engine.models.store.bundled_folder", lambda: folder)
    return folder


@pytest.fixture
def updated(open_at: Open, bundled: Path, tmp_path: Path) -> Helper:
    """A library indexed with the starter, opened by a version that has a better default."""
    helper = open_at("models")
    draw_photos(tmp_path / "Meals", 5)
    helper.session.add_roots([tmp_path / "Meals"])
    helper.wait(lambda: helper.session.coverage and helper.session.coverage.indexed == 5)
    helper.wait_for_rest()
    starter = bundled / "starter-64.fsmodel"
    copy_bundle(starter, bundled / "dishes-64.fsmodel", id="dishes-64", name="Dishes")
    (bundled / "default.json").write_text('{"id": "dishes-64"}')
    helper.session.open_library("Home")
    helper.banner(OFFER)
    helper.wait_for_rest()
    return helper


def test_a_library_goes_on_with_its_model_until_the_index_of_the_better_one_is_built(
    updated: Helper,
) -> None:
    session = updated.session
    assert session.model.id == "starter-64"
    updated.wait(lambda: session.searcher is not None and session.coverage.indexed == 5)
    updated.press(OFFER, "Build index")
    assert session.model.id == "starter-64"
    updated.press("“Dishes” answers your searches now.", "Undo")
    assert session.model.id == "starter-64"
    session.choose_model("dishes-64")
    updated.wait(lambda: session.coverage and session.coverage.indexed == 5)
    updated.wait_for_rest()
    assert all(banner.message.title != OFFER for banner in updated.window.messages.banners())


def test_who_keeps_the_present_model_is_not_asked_again(updated: Helper) -> None:
    buttons = [button.text() for button in updated.banner(OFFER).findChildren(QPushButton)]
    assert buttons == ["Build index", "Keep Starter (no labels)", "Later"]
    updated.press(OFFER, "Keep Starter (no labels)")
    assert updated.session.store.chosen_id == "starter-64"
    updated.session.open_library("Home")
    updated.wait(lambda: updated.session.catalogue is not None and updated.session.searcher)
    updated.wait_for_rest()
    assert updated.session.model.id == "starter-64"
    assert all(banner.message.code != "FS-305" for banner in updated.window.messages.banners())


def test_a_new_library_begins_with_the_better_model(updated: Helper) -> None:
    updated.session.open_library("Restaurant")
    updated.wait(lambda: updated.session.model and updated.session.model.id == "dishes-64")
    updated.wait_for_rest()
    assert all(banner.message.code != "FS-305" for banner in updated.window.messages.banners())
