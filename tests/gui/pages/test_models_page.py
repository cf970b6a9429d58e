from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QCheckBox, QPushButton

import engine
from engine.models.bundle import copy_bundle, write_bundle
from foodsearch_gui.core.model_card import Card
from foodsearch_gui.pages.models_page import ModelsPage
from tests.engine.models.conftest import MANIFEST, TENSORS
from tests.gui.cheap_engine import draw_photos
from tests.gui.drags import drop
from tests.gui.pages.conftest import Helper

Open = Callable[[str], Helper]
STARTER = "starter-64"


class Models(Helper):
    """The helper with the page's parts at hand."""

    page: ModelsPage

    @classmethod
    def of(cls, helper: Helper) -> Models:
        models = cls(helper.window, helper.session, helper.qtbot)
        page = helper.window.current_page
        assert isinstance(page, ModelsPage)
        models.page = page
        page.questions = models.answers
        return models

    def rows(self) -> dict[str, tuple[str, str]]:
        """Return index and state of the models, by name."""
        model = self.page.table_model
        cell = lambda row, column: model.index(row, column).data()  # noqa: E731
        return {cell(row, 0): (cell(row, 6), cell(row, 7)) for row in range(model.rowCount())}

    def select(self, name: str) -> None:
        self.page.table.select(list(self.rows()).index(name))
        assert self.page.selected is not None
        assert self.page.selected.name == name

    def bring_in(self, *files: Path) -> None:
        self.answers.files = list(files)
        self.click("action_models.import")

    def add_photos(self, folder: Path) -> None:
        draw_photos(folder, 5)
        self.session.add_roots([folder])
        self.wait(lambda: self.session.coverage and self.session.coverage.indexed == 5)
        self.wait_for_rest()


@pytest.fixture
def models(open_at: Open) -> Models:
    """The Models page with only the bundled starter."""
    return Models.of(open_at("models"))


@pytest.fixture
def canteen(tmp_path: Path, paths: engine.Paths) -> Path:
    """A good model file that is not installed."""
    source = engine.ModelStore(paths).get(STARTER).path
    target = tmp_path / "canteen.fsmodel"
    copy_bundle(source, target, id="canteen")
    return target


def test_the_built_in_model_is_listed_in_use_and_described(models: Models) -> None:
    assert models.rows() == {"Starter (no labels)": ("", "In use")}
    assert models.page.hint.text() == "Only the built-in model."
    text = models.page.card.toPlainText()
    assert "64 bits, 8 bytes a photo" in text
    assert "Iterative quantisation" in text
    for name in ("use", "rename", "delete"):
        button = models.window.findChild(QPushButton, f"action_models.{name}")
        assert not button.isEnabled(), name


def test_a_model_is_imported_selected_and_used(models: Models, canteen: Path) -> None:
    models.bring_in(canteen)
    models.wait(lambda: models.page.selected.model.id == "canteen")
    assert models.page.table_model.rowCount() == 2
    assert models.page.hint.text() == ""
    models.press("“Starter (no labels)” was imported.", "Use this model")
    models.wait(lambda: models.session.model.id == "canteen")
    models.wait_for_rest()
    states = [models.page.table_model.index(row, 7).data() for row in range(2)]
    assert sorted(states) == ["In use", "Ready"]


def test_a_dropped_model_file_is_imported(models: Models, canteen: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(canteen))])
    assert drop(models.window, mime)
    models.banner("“Starter (no labels)” was imported.")
    models.wait(lambda: models.page.selected.model.id == "canteen")


def test_the_same_model_twice_gets_another_name(models: Models, canteen: Path) -> None:
    models.bring_in(canteen)
    models.wait(lambda: len(models.session.store.list()) == 2)
    models.bring_in(canteen)
    models.press("A model named “canteen” exists.", "Keep both")
    models.wait(lambda: "Starter (no labels) (2)" in models.rows())
    ids = [model.id for model in models.session.store.list()]
    assert ids == [STARTER, "canteen", "canteen-2"]


def write_pickle(path: Path) -> None:
    path.write_bytes(b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94.")


def write_escape(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.txt", "outside")


def write_text(path: Path) -> None:
    path.write_text("no model")


@pytest.mark.parametrize("write", [write_pickle, write_escape, write_text])
def test_hostile_files_are_refused_and_change_nothing(
    models: Models, tmp_path: Path, paths: engine.Paths, write: Callable[[Path], None]
) -> None:
    write(tmp_path / "gift.fsmodel")
    before = sorted(paths.data.parent.rglob("*"))
    models.bring_in(tmp_path / "gift.fsmodel")
    models.wait(models.window.messages.banners)
    message = models.window.messages.banners()[0].message
    assert message.code.startswith("FS-60")
    models.wait_for_rest()
    assert list(models.rows()) == ["Starter (no labels)"]
    assert sorted(paths.data.parent.rglob("*")) == before
    with models.qtbot.waitSignal(models.session.model_actions.another_wanted):
        models.answers.files = []
        models.press(message.title, "Choose another")


def test_a_broken_model_is_listed_with_the_reason(models: Models, paths: engine.Paths) -> None:
    folder = paths.models / "from-a-friend"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    models.page.activated()
    models.wait(lambda: "from-a-friend" in models.rows())
    assert models.rows()["from-a-friend"] == ("", "Not usable")
    models.select("from-a-friend")
    text = models.page.card.toPlainText()
    assert "This model is not usable." in text
    assert "FS-60" in text
    for name in ("use", "export", "delete"):
        button = models.window.findChild(QPushButton, f"action_models.{name}")
        assert not button.isEnabled(), name


def test_an_unused_model_is_deleted_and_comes_back(models: Models, canteen: Path) -> None:
    models.session.store.import_file(canteen)
    models.session.store.rename("canteen", "Canteen")
    models.page.activated()
    models.wait(lambda: "Canteen" in models.rows())
    models.select("Canteen")
    models.click("action_models.delete")
    models.wait(lambda: "Canteen" not in models.rows())
    assert models.answers.asked == []
    models.press("“Canteen” was deleted.", "Undo")
    models.wait(lambda: "Canteen" in models.rows())
    assert models.session.model.id == STARTER


def test_a_model_in_use_is_deleted_only_after_a_question(models: Models, canteen: Path) -> None:
    models.session.store.import_file(canteen)
    models.session.store.rename("canteen", "Canteen")
    models.session.choose_model("canteen")
    models.page.activated()
    models.wait(lambda: models.rows().get("Canteen") == ("", "In use"))
    models.select("Canteen")
    models.click("action_models.delete")
    assert models.answers.asked[0].startswith("FS-604 The model is in use. “Canteen” answers")
    models.wait_for_rest()
    assert "Canteen" in models.rows()
    models.answers.agrees = True
    models.click("action_models.delete")
    models.wait(lambda: models.session.model.id == STARTER)
    models.press("“Canteen” was deleted.", "Undo")
    models.wait(lambda: models.session.model.id == "canteen")
    models.wait(lambda: models.rows().get("Canteen", ("", ""))[1] == "In use")


def test_a_model_is_renamed(models: Models, canteen: Path) -> None:
    models.session.store.import_file(canteen)
    models.page.activated()
    models.wait(lambda: models.page.table_model.rowCount() == 2)
    row = next(i for i, r in enumerate(models.page.table_model.records) if r.path.name == "canteen")
    models.page.table.select(row)
    models.answers.name = "Kantine"
    models.click("action_models.rename")
    models.wait(lambda: "Kantine" in models.rows())
    models.wait(lambda: models.page.card.toPlainText().startswith("Kantine"))


def test_an_exported_model_can_be_imported_elsewhere(models: Models, tmp_path: Path) -> None:
    models.answers.target = tmp_path / "gift"
    models.click("action_models.export")
    models.banner("“Starter (no labels)” was exported.")
    assert models.answers.asked == ["Export Starter (no labels): starter-64.fsmodel"]
    elsewhere = engine.ModelStore(engine.Paths.resolve(tmp_path / "elsewhere"), tmp_path / "none")
    assert elsewhere.import_file(tmp_path / "gift.fsmodel").num_bits == 64


def test_the_index_of_another_model_is_built_from_here(
    models: Models, canteen: Path, tmp_path: Path
) -> None:
    models.add_photos(tmp_path / "Meals")
    models.session.store.import_file(canteen)
    models.session.store.rename("canteen", "Canteen")
    models.page.activated()
    models.wait(lambda: "Canteen" in models.rows())
    # The same weights under another id are another model: it has no codes yet.
    assert models.rows()["Canteen"] == ("none", "Ready")
    models.select("Canteen")
    models.click("action_models.index")
    models.wait(lambda: models.rows()["Canteen"] == ("current", "Ready"))
    models.wait_for_rest()
    assert models.session.model.id == STARTER
    models.click("action_models.use")
    models.wait(lambda: models.rows()["Canteen"] == ("current", "In use"))
    models.wait_for_rest()


REPORT = {
    "config": {"method": "csq", "epochs": 2, "lr": 0.001},
    "best": {"epoch": 2, "map": 0.6},
    "history": [
        {"epoch": 1, "losses": {"total": 3.0, "centre": 2.0}, "val_map": 0.4},
        {"epoch": 2, "losses": {"total": 1.0, "centre": 0.5}, "val_map": 0.6},
    ],
}


@pytest.fixture
def trained(models: Models, tmp_path: Path) -> Models:
    """With two trained models, one made of the other."""
    for id, name, parent in (("soups", "Soups", STARTER), ("cakes", "Cakes", "soups")):
        manifest = replace(
            MANIFEST,
            id=id,
            name=name,
            parent=parent,
            method="csq",
            classes=("a_b", "c"),
        )
        write_bundle(tmp_path / f"{id}.fsmodel", manifest, TENSORS, REPORT)
        models.session.store.import_file(tmp_path / f"{id}.fsmodel")
    models.page.activated()
    models.wait(lambda: "Cakes" in models.rows())
    models.wait_for_rest()
    return models


def click_link(models: Models, address: str) -> None:
    assert f'href="{address}"' in models.page.card.toHtml()
    models.page.card.anchorClicked.emit(QUrl(address))


def test_the_classes_are_listed_on_demand_and_the_parent_is_a_link(trained: Models) -> None:
    trained.select("Cakes")
    text = trained.page.card.toPlainText
    assert "2 kinds of dishes" in text()
    assert "a b, c" not in text()
    click_link(trained, "classes:")
    assert "2 kinds of dishes: a b, c" in text()
    click_link(trained, "classes:")
    assert "a b, c" not in text()
    click_link(trained, "model:soups")
    assert trained.page.selected.name == "Soups"
    click_link(trained, f"model:{STARTER}")
    assert trained.page.selected.model.id == STARTER


def test_the_training_is_shown_if_the_file_tells_of_one(trained: Models) -> None:
    panel = trained.page.view.panel
    captions = lambda: [panel.tabText(tab) for tab in range(3) if panel.isTabVisible(tab)]  # noqa: E731
    assert captions() == ["Card", "Index"]
    trained.select("Soups")
    trained.wait(lambda: captions() == ["Card", "Index", "Training"])
    panel.setCurrentIndex(2)
    curves = panel.training.curves
    assert [series.name for series in curves.quality._series] == ["mAP"]
    assert [series.name for series in curves.loss._series] == ["total", "centre"]
    settings = panel.training.settings.toPlainText()
    assert re.search(r"Epoch kept\s+2\s+Epochs asked for\s+2\s+Learning rate\s+0\.001", settings)
    trained.select("Starter (no labels)")
    assert captions() == ["Card", "Index"]
    assert panel.currentIndex() == 0
    trained.select("Cakes")
    trained.wait(lambda: panel.currentIndex() == 2)  # where the user was


def test_two_models_are_compared(trained: Models) -> None:
    page = trained.page
    trained.select("Soups")
    trained.answers.name = "Cakes"
    trained.click("action_models.compare")
    assert trained.answers.asked == ["Compare “Soups” ['Starter (no labels)', 'Cakes']"]
    assert page.view.shows_two
    facts = page.view.comparison.facts
    assert re.search(r"≠\s+Started from\s+Soups\s+Starter", facts.toPlainText())
    assert re.search(r"=\s+Network", facts.toPlainText())
    trained.window.findChild(QCheckBox, "comparison-only-different").click()
    assert re.search(r"≠\s+Started from", facts.toPlainText())
    assert not re.search(r"=\s+Network", facts.toPlainText())
    trained.wait(lambda: page.view.comparison.tabs.isTabVisible(1))
    quality = page.view.comparison.curves.quality
    trained.wait(lambda: [series.name for series in quality._series] == ["Cakes", "Soups"])
    for name in ("use", "compare", "export", "delete"):
        button = trained.window.findChild(QPushButton, f"action_models.{name}")
        assert not button.isEnabled(), name
    page.activated()  # what is selected stays so
    trained.wait_for_rest()
    assert page.view.shows_two
    trained.select("Soups")
    assert not page.view.shows_two


def test_a_model_is_duplicated_and_selected(models: Models) -> None:
    models.answers.name = "My starter"
    models.click("action_models.duplicate")
    models.banner("“My starter” was made.")
    assert models.answers.asked == ["Starter (no labels) (copy)"]
    models.wait(lambda: models.page.selected and models.page.selected.name == "My starter")
    assert models.window.findChild(QPushButton, "action_models.rename").isEnabled()


def test_what_is_told_of_a_model_goes_with_it(models: Models) -> None:
    models.answers.name = "My starter"
    models.click("action_models.duplicate")
    models.banner("“My starter” was made.")
    models.wait(lambda: models.page.selected and models.page.selected.name == "My starter")
    models.trigger("models.delete")
    models.banner("“My starter” was deleted.")
    titles = [banner.message.title for banner in models.window.messages.banners()]
    assert titles == ["“My starter” was deleted."]
    models.window.show_page("library")
    assert models.window.messages.isHidden()
    models.window.show_page("models")
    assert models.banner("“My starter” was deleted.").isVisible()


def test_the_offer_to_use_a_model_goes_once_it_is_used(models: Models, canteen: Path) -> None:
    models.bring_in(canteen)
    models.banner("“Starter (no labels)” was imported.")
    models.wait(lambda: models.page.selected.model.id == "canteen")
    models.trigger("models.use")
    assert models.session.model.id == "canteen"
    assert models.window.messages.banners() == []


def test_the_speed_is_measured_once_and_again_on_demand(
    models: Models, paths: engine.Paths
) -> None:
    text = models.page.card.toPlainText
    models.wait(lambda: re.search(r"ms a photo, .*\(Processor, test, measured on", text()))
    file = paths.cache / "encode-times.json"
    before = file.stat().st_mtime_ns
    models.page.activated()
    models.wait_for_rest()
    assert file.stat().st_mtime_ns == before
    encoder = models.session.engine.encoder(models.session.model)
    encoder.gate.clear()
    models.trigger("models.measure")
    models.wait(lambda: models.session.running("speed"))
    assert not models.window.actions_registry["models.measure"].isEnabled()
    encoder.gate.set()
    models.wait(lambda: file.stat().st_mtime_ns != before)
    models.wait_for_rest()


def test_every_library_tells_how_far_it_is_indexed(models: Models, tmp_path: Path) -> None:
    with engine.open_library(models.session.paths, "Restaurant") as other:
        draw_photos(tmp_path / "Plates", 3)
        other.add_root(tmp_path / "Plates")
        engine.scan(other, engine.JobContext())
    models.add_photos(tmp_path / "Meals")
    table = models.page.view.panel.libraries_model

    def cells() -> list[list[str]]:
        return [
            [table.index(row, column).data() for column in range(4)]
            for row in range(table.rowCount())
        ]

    models.wait(lambda: cells() == [HOME_IS_CURRENT, ["Restaurant", "3", "0", "none"]])


HOME_IS_CURRENT = ["Home (open)", "5", "5", "current"]


def test_what_the_codes_of_a_deleted_model_take_is_freed(
    models: Models, canteen: Path, tmp_path: Path
) -> None:
    assert not models.window.actions_registry["models.tidy"].isEnabled()
    models.add_photos(tmp_path / "Meals")
    key = models.session.store.import_file(canteen).key
    models.session.store.rename("canteen", "Canteen")
    models.page.activated()
    models.wait(lambda: "Canteen" in models.rows())
    models.select("Canteen")
    models.click("action_models.index")
    models.wait(lambda: models.rows()["Canteen"] == ("current", "Ready"))
    models.wait_for_rest()
    models.answers.agrees = True
    models.click("action_models.delete")
    assert models.answers.asked == [
        "FS-604 The model is in use. “Canteen” has the codes of 5 photos in this library. "
        "Choose another model first."
    ]
    models.wait(lambda: models.page.models.models.spare == 5 * (8 + 44))
    action = models.window.actions_registry["models.tidy"]
    assert action.text().replace("&", "") == "Free 260 bytes of deleted models…"
    models.trigger("models.tidy")
    models.banner("The codes of deleted models are gone.")
    models.wait_for_rest()
    assert models.session.catalogue.coverage(key).indexed == 0
    assert models.session.coverage.indexed == 5
    assert not action.isEnabled()


def test_a_model_without_an_index_is_used_once_it_has_one(
    models: Models, canteen: Path, tmp_path: Path
) -> None:
    models.add_photos(tmp_path / "Meals")
    key = models.session.store.import_file(canteen).key
    models.session.store.rename("canteen", "Canteen")
    models.page.activated()
    models.wait(lambda: "Canteen" in models.rows())
    models.select("Canteen")
    models.wait(lambda: key in models.page.models.models.times)  # measured
    encoder = models.session.engine.encoder(models.session.store.get("canteen"))
    encoder.gate.clear()
    models.click("action_models.use")
    models.wait(lambda: models.rows()["Canteen"] == ("being built", "Ready"))
    assert models.session.model.id == STARTER
    for name in ("use", "index", "delete"):
        button = models.window.findChild(QPushButton, f"action_models.{name}")
        assert not button.isEnabled(), name
    encoder.gate.set()
    models.press("“Canteen” answers your searches now.", "Undo")
    models.wait(lambda: models.session.model.id == STARTER)
    models.wait(lambda: models.rows()["Canteen"] == ("current", "Ready"))
    models.wait_for_rest()


def test_markup_in_a_manifest_is_only_text(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[QUrl] = []
    bundle = models.page.selected
    hostile = "<img src='file:///etc/passwd'><a href='http://example.org'>x</a>"
    texts = ("name", "description", "limits", "licence", "data_licence")
    manifest = replace(bundle.model.manifest, **dict.fromkeys(texts, hostile))
    model = replace(bundle.model, manifest=manifest)
    monkeypatch.setattr(
        type(models.page.card), "loadResource", lambda self, kind, name: loaded.append(name)
    )
    models.page.card.set_card(Card(model))
    assert models.page.card.toPlainText().count(hostile) == len(texts)
    assert loaded == []
