from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.settings import Settings, SettingsStore
from foodsearch_gui.dialogs.settings_dialog import SettingsDialog


def test_a_choice_is_kept(settings: SettingsStore, qtbot: QtBot) -> None:
    with qtbot.waitSignal(settings.changed) as signal:
        settings.change(theme="dark", results=50)
    assert signal.args == [frozenset({"theme", "results"})]
    again = SettingsStore(settings.path)
    assert (again.value.theme, again.value.results) == ("dark", 50)


def test_the_same_choice_again_tells_nobody(settings: SettingsStore, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(settings.changed):
        settings.change(results=settings.value.results)
    assert not settings.path.exists()


def test_what_a_newer_version_wrote_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"from_the_future": [1, 2], "results": 30}), encoding="utf-8")
    store = SettingsStore(path)
    store.change(results=31)
    assert json.loads(path.read_text(encoding="utf-8"))["from_the_future"] == [1, 2]


@pytest.mark.parametrize(
    ("name", "value"),
    [("theme", "pink"), ("results", 0), ("results", "24"), ("results", True), ("library", 3)],
)
def test_a_value_that_does_not_fit_is_not_used(tmp_path: Path, name: str, value: object) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({name: value}), encoding="utf-8")
    assert getattr(SettingsStore(path).value, name) == getattr(Settings(), name)


@pytest.mark.parametrize("content", ["{", "", "[1]", "\udcff"])
def test_a_damaged_file_is_set_aside_and_reported(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    store = SettingsStore(path)
    assert store.value == Settings()
    assert store.problem is not None
    assert store.problem.code == "FS-903"
    assert not path.exists()
    assert (tmp_path / "settings.broken").exists()


def test_an_unknown_setting_is_a_mistake_of_ours(settings: SettingsStore) -> None:
    with pytest.raises(TypeError):
        settings.change(colour="red")


def test_a_disk_that_takes_nothing_does_not_stop_the_work(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be", encoding="utf-8")
    store = SettingsStore(tmp_path / "config" / "settings.json")
    store.change(results=30)
    assert store.value.results == 30


def test_every_setting_of_a_section_has_a_control_that_works(
    settings: SettingsStore, qtbot: QtBot
) -> None:
    dialog = SettingsDialog(settings)
    qtbot.addWidget(dialog)
    for field in dataclasses.fields(Settings):
        if field.metadata["section"]:
            editor = dialog.editor(field.name)
            assert editor.accessibleName()
            assert editor.toolTip()


def test_the_dialog_changes_settings_at_once_and_resets_them(
    settings: SettingsStore, qtbot: QtBot
) -> None:
    dialog = SettingsDialog(settings)
    qtbot.addWidget(dialog)
    dialog.editor("hide_duplicates").click()
    dialog.editor("results").setValue(40)
    assert not settings.value.hide_duplicates
    assert settings.value.results == 40
    dialog.reset_button.click()
    assert settings.value == Settings()
    assert dialog.editor("hide_duplicates").isChecked()
