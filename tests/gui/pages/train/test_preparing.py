from __future__ import annotations

import csv
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from engine import EngineError, JobContext, Paths, RunRequest
from foodsearch_gui.core import training_jobs
from foodsearch_gui.core.training_choices import Source
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.dialogs.photo_list import PhotoListDialog
from tests.engine.training.runs import begin
from tests.gui.pages.train.conftest import SPROUT, Trainer


def is_enabled(trainer: Trainer, name: str) -> bool:
    return trainer.window.findChild(QPushButton, f"action_train.{name}").isEnabled()


def test_at_first_the_page_says_what_a_folder_should_look_like(trainer: Trainer) -> None:
    view = trainer.page.prepare.check_view
    assert view.currentWidget() is view.guide
    assert "pad thai/" in trainer.text("train-tree")
    assert not is_enabled(trainer, "check")
    assert not is_enabled(trainer, "start")
    assert trainer.text("train-cost") == "Choose the folder of photos first."


def test_a_good_folder_is_counted_and_its_training_is_estimated(
    trainer: Trainer, meals: Path
) -> None:
    trainer.choose(meals)
    trainer.check()
    table = trainer.page.prepare.check_view.table_model
    assert [row.name for row in table.records] == ["bowl", "plate", "stripe"]
    assert trainer.text("train-summary").startswith("27 photos of 3 dishes: 24 to learn from")
    assert trainer.text("train-cost").startswith("Takes ")
    assert "memory" in trainer.text("train-cost")
    assert ", a few seconds" in trainer.page.prepare.settings.presets["quick"].text()
    assert trainer.page.prepare.start_from.name.text() == "Meals-64"
    assert is_enabled(trainer, "start")


def test_yellow_lines_do_not_block_and_show_their_photos(trainer: Trainer, copy: Path) -> None:
    few = copy / "soup"
    few.mkdir()
    for file in sorted((copy / "plate").iterdir())[:3]:
        file.rename(few / file.name)
    (copy / "bowl" / "00.png").write_bytes(b"no picture")
    trainer.choose(copy)
    trainer.check()
    assert trainer.findings() == {"FS-514": "warning", "FS-516": "warning"}
    assert is_enabled(trainer, "start")
    (row,) = [row for row in trainer.page.prepare.check_view.findings() if row.button]
    assert row.button.text() == "Show 1 photo"
    assert row.accessibleName().startswith("Better mended: 1 photo could not be read.")
    row.button.click()
    (dialog,) = trainer.answers.shown
    assert isinstance(dialog, PhotoListDialog)
    assert dialog.model.index(0).data() == "00.png"
    dialog.deleteLater()


def test_a_red_line_blocks_and_leads_to_the_field(
    trainer: Trainer, tmp_path: Path, copy: Path
) -> None:
    only = tmp_path / "only"
    only.mkdir()
    (copy / "bowl").rename(only / "bowl")
    trainer.choose(only)
    trainer.check()
    assert trainer.findings() == {"FS-501": "error"}
    assert not is_enabled(trainer, "start")
    assert "mended" in trainer.text("train-cost")
    assert trainer.page.prepare.data.place.hasFocus()


def test_a_folder_that_is_not_there_is_said_to_be_so(trainer: Trainer, tmp_path: Path) -> None:
    trainer.choose(tmp_path / "unplugged")
    trainer.check()
    assert trainer.findings() == {"FS-002": "error"}
    assert not is_enabled(trainer, "start")


def test_other_photos_need_another_check(trainer: Trainer, meals: Path, copy: Path) -> None:
    trainer.choose(meals)
    trainer.check()
    trainer.choose(copy)
    assert not is_enabled(trainer, "start")
    assert trainer.page.prepare.check_view.currentWidget() is trainer.page.prepare.check_view.guide


def test_other_settings_are_measured_anew_by_themselves(trainer: Trainer, meals: Path) -> None:
    trainer.choose(meals)
    trainer.check()
    quick = trainer.page.check.estimate.seconds
    trainer.page.prepare.settings.presets["thorough"].click()
    assert not is_enabled(trainer, "start")
    trainer.wait(lambda: trainer.page.check.estimate and is_enabled(trainer, "start"))
    assert trainer.page.check.request.config.epochs == 60
    assert trainer.page.check.estimate.seconds > quick


def test_what_cannot_be_measured_cannot_be_started(
    trainer: Trainer, meals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise EngineError("FS-403", device="Processor")

    monkeypatch.setattr(training_jobs, "estimate", refuse)
    trainer.choose(meals)
    trainer.check()
    assert "mended" in trainer.text("train-cost")
    assert not is_enabled(trainer, "start")


def test_an_earlier_check_does_not_answer_for_other_settings(
    trainer: Trainer, meals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go_on_looking(_paths: Paths, _request: RunRequest, context: JobContext) -> None:
        while True:
            context.checkpoint()
            time.sleep(0.01)

    trainer.choose(meals)
    trainer.check()
    monkeypatch.setattr(training_jobs, "check", go_on_looking)
    page = trainer.page
    page.check.start(page.choices, page._parent_model)
    assert page.check.is_looking
    assert not is_enabled(trainer, "start")
    trainer.click("train-check-stop")
    trainer.wait(lambda: page.is_settled())
    assert not is_enabled(trainer, "start")
    assert trainer.text("train-cost").startswith("Check the photos first")
    page.check.start(replace(page.choices, num_bits=0), page._parent_model)
    assert page.check.error.code == "FS-002"
    assert not is_enabled(trainer, "start")
    page._begin()
    assert trainer.session.trainings.stage is Stage.IDLE


def test_the_check_can_be_stopped(trainer: Trainer, meals: Path) -> None:
    trainer.choose(meals)
    trainer.click("action_train.check")
    trainer.wait(lambda: trainer.page.check.is_looking)
    trainer.click("train-check-stop")
    trainer.wait(lambda: trainer.page.is_settled())
    assert trainer.page.check.check is None
    assert is_enabled(trainer, "check")


def test_a_taken_name_is_refused_at_the_field(trainer: Trainer, meals: Path, paths: Paths) -> None:
    begin(paths, meals, name="Soups")
    trainer.choose(meals)
    trainer.check()
    field = trainer.page.prepare.start_from.name
    field.clear()
    trainer.qtbot.keyClicks(field, "Soups")
    trainer.wait(lambda: trainer.text("train-name-trouble"))
    assert trainer.text("train-name-trouble") == "This name is taken; “Soups-2” is free."
    hint = "Its files and the command line call it “soups”."
    assert trainer.text("train-name-hint") == hint
    assert not is_enabled(trainer, "start")
    assert trainer.text("train-cost").startswith("The training cannot begin: This name is taken;")
    assert field.property("isWrong")
    assert field.accessibleDescription().startswith("This name is taken;")
    trainer.qtbot.keyClicks(field, "!2")
    trainer.wait(lambda: is_enabled(trainer, "start"))
    assert trainer.text("train-cost").startswith("Takes ")
    assert not field.property("isWrong")


def test_the_id_that_a_name_becomes_is_told_where_it_differs(trainer: Trainer) -> None:
    start = trainer.page.prepare.start_from
    for text, hint in (
        ("a/b", "Its files and the command line call it “a-b”."),
        ("a-b", ""),
        ("…", ""),
    ):
        start.name.setText(text)
        start.name.textEdited.emit(text)
        trainer.wait(lambda hint=hint: trainer.text("train-name-hint") == hint)
        assert start.hint.isHidden() is not bool(hint)


def test_a_name_that_no_model_can_have_is_refused_at_the_field(
    trainer: Trainer, meals: Path
) -> None:
    trainer.choose(meals)
    trainer.check()
    field = trainer.page.prepare.start_from.name
    for text, trouble in (
        ("", "Give the new model a name."),
        ("ส้มตำ", "A name needs a letter from a to z or a digit."),
    ):
        field.setText(text)
        field.textEdited.emit(text)
        trainer.wait(lambda trouble=trouble: trainer.text("train-name-trouble") == trouble)
        assert not is_enabled(trainer, "start")


def test_a_name_that_was_taken_meanwhile_is_told_at_the_field(
    trainer: Trainer, meals: Path, paths: Paths
) -> None:
    trainer.choose(meals)
    trainer.check()
    begin(paths, meals, name="Meals-64")
    trainer.click("action_train.start")
    trainer.banner("A training or model named “meals-64” exists.")
    trainer.wait(lambda: trainer.text("train-name-trouble"))
    assert not is_enabled(trainer, "start")


def test_the_proposed_name_is_free(trainer: Trainer, meals: Path, paths: Paths) -> None:
    begin(paths, meals, name="Meals 64")
    trainer.choose(meals)
    field = trainer.page.prepare.start_from.name
    trainer.wait(lambda: field.text() == "Meals-64-2")


def test_a_table_names_the_labels(trainer: Trainer, meals: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label"])
        rows.writerows([str(p), p.parent.name] for p in sorted(meals.rglob("*.png")))
    trainer.page.prepare.data.sources[Source.TABLE].click()
    view = trainer.page.prepare.check_view
    words = "".join(label.text() for label in view.advice.findChildren(QLabel))
    assert view.currentWidget() is view.advice
    assert "path,label" in words
    trainer.choose(table)
    trainer.check()
    assert len(trainer.page.prepare.check_view.table_model.records) == 3
    assert trainer.page.check.request.split == str(table)


def test_without_labels_there_is_no_preset_to_choose(trainer: Trainer, meals: Path) -> None:
    trainer.page.prepare.data.sources[Source.NONE].click()
    trainer.choose(meals)
    settings = trainer.page.prepare.settings
    assert not settings.presets["quick"].isEnabled()
    settings.bits.setCurrentIndex(settings.bits.findData(16))  # 27 photos do not make 64 bits
    trainer.check()
    assert trainer.page.check.request.config.method == "itq"
    assert trainer.text("train-summary") == "27 photos."
    assert is_enabled(trainer, "start")


def test_without_judgements_the_page_says_where_they_come_from(trainer: Trainer) -> None:
    trainer.click("train-use-judgements")
    assert trainer.page.prepare.data.source is Source.JUDGEMENTS
    view = trainer.page.prepare.check_view
    assert view.currentWidget() is view.advice
    trainer.check()
    assert "mended" in trainer.text("train-cost")
    assert trainer.findings() == {"FS-520": "error"}


def test_judgements_become_labels(trainer: Trainer, meals: Path) -> None:
    session = trainer.session
    session.settings.change(index_after_scan=False)
    session.add_roots([meals])
    trainer.wait(lambda: session.catalogue.count() == 27 and not session.jobs.active())
    records = session.catalogue.photos(session.catalogue.ids())
    for dish in ("bowl", "plate"):
        first, *others = [record for record in records if record.label == dish]
        for other in others:
            session.catalogue.judge(first.content_hash, other.id, True)
    trainer.click("train-use-judgements")
    trainer.check()
    assert [row.name for row in trainer.page.prepare.check_view.table_model.records] == [
        "bowl",
        "plate",
    ]
    assert is_enabled(trainer, "start")
    session.open_library("Other")
    trainer.wait(lambda: session.catalogue is not None)
    assert trainer.page.check.request is None
    assert not is_enabled(trainer, "start")
    assert is_enabled(trainer, "check")


def test_the_choices_are_remembered_by_model(trainer: Trainer, meals: Path) -> None:
    settings, start_from = trainer.page.prepare.settings, trainer.page.prepare.start_from
    trainer.choose(meals)
    settings.presets["balanced"].click()
    settings.bits.setCurrentIndex(settings.bits.findData(32))
    settings.bits.activated.emit(settings.bits.currentIndex())
    trainer.page.memory.remember(trainer.page.choices)
    bundled = start_from.models.itemData(0)
    for model, expected in ((bundled, ("quick", 64)), (SPROUT, ("balanced", 32))):
        start_from.models.setCurrentIndex(start_from.models.findData(model))
        start_from.models.activated.emit(start_from.models.currentIndex())
        assert (settings.preset, settings.bits.currentData()) == expected
    trainer.wait(lambda: trainer.page.is_settled())


def test_the_methods_explain_themselves(trainer: Trainer) -> None:
    settings = trainer.page.prepare.settings
    assert not settings.method.isVisible()
    settings.advanced.click()
    assert settings.method.isVisible()
    assert settings.method.currentText() == "Recommended: Deep polarized network"
    assert "target code of its class" in settings.method_hint.text()
    settings.method.setCurrentIndex(settings.method.findData("csq"))
    settings.method.activated.emit(settings.method.currentIndex())
    assert "Hadamard" in settings.method_hint.text()
    assert trainer.page.choices.method == "csq"


def test_the_device_says_what_was_found(trainer: Trainer) -> None:
    trainer.wait(lambda: trainer.page.check.devices)
    box = trainer.page.prepare.settings.devices
    assert box.currentText().startswith("Automatic: ")
    assert box.currentData() == "auto"
