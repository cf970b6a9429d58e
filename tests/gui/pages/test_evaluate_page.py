from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAccessible, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

import engine
from engine.models.bundle import copy_bundle
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.evaluation_texts import difference_line, figures
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.main_window import MainWindow
from foodsearch_gui.pages.evaluate_page import EvaluatePage
from foodsearch_gui.widgets.message_bar import Banner
from tests.gui.cheap_engine import SIDE, CheapEncoder, draw_photos
from tests.gui.pages.conftest import Helper

Open = Callable[[str], Helper]
STARTER = "starter-64"
DISHES = ("fried_rice", "pie", "soup")


def draw_dishes(folder: Path, count: int = 10, *, noise: int = 70) -> Path:
    """Draw dishes that a model can nearly tell apart."""
    random = np.random.default_rng(0)
    for dish in DISHES:
        base = random.integers(0, 255, (SIDE, SIDE, 3))
        for number in range(count):
            pixels = np.clip(base + random.integers(-noise, noise, base.shape), 0, 255)
            path = folder / dish / f"{number:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            image = Image.fromarray(pixels.astype(np.uint8))
            image.resize((48, 36), Image.Resampling.NEAREST).save(path)
    return folder


class Evaluate(Helper):
    """The helper with the page's parts at hand."""

    page: EvaluatePage

    @classmethod
    def of(cls, helper: Helper) -> Evaluate:
        made = cls(helper.window, helper.session, helper.qtbot)
        page = helper.window.current_page
        assert isinstance(page, EvaluatePage)
        made.page = page
        page.questions = made.answers
        return made

    def run(self, place: Path | None = None) -> None:
        """Evaluate and wait for the results to be shown."""
        if place is not None:
            self.page.form.set_place(place)
        before = len(self.page.evaluations.kept)
        self.click("action_evaluate.run")
        self.wait(lambda: self.page.evaluations.running is None)
        self.wait(lambda: len(self.page.evaluations.kept) > before)
        self.wait(self.page.is_settled)

    def look_at(self, part: str) -> Any:
        """Bring a part of the results to the front."""
        results = self.page.results
        results.tabs.setCurrentWidget(getattr(results, part))
        QApplication.processEvents()
        return getattr(results, part)

    @property
    def result(self) -> dict[str, Any]:
        """The result that is shown, the first of two."""
        return dict(self.page.evaluations.shown.evaluations[0].result)

    def texts(self) -> list[str]:
        labels = self.page.results.summary.findChildren(QLabel)
        return [label.text() for label in labels]

    def files(self) -> list[str]:
        return sorted(path.name for path in self.session.paths.evaluations.iterdir())


@pytest.fixture
def evaluate(open_at: Open) -> Evaluate:
    """The Evaluate page without any result."""
    return Evaluate.of(open_at("evaluate"))


@pytest.fixture
def dishes(tmp_path: Path) -> Path:
    return draw_dishes(tmp_path / "Dishes")


@pytest.fixture
def canteen(evaluate: Evaluate, tmp_path: Path) -> str:
    """A second model whose codes are worse."""
    source = evaluate.session.store.get(STARTER).path
    copy_bundle(source, tmp_path / "canteen.fsmodel", id="canteen")
    evaluate.session.store.import_file(tmp_path / "canteen.fsmodel")
    evaluate.session.store.rename("canteen", "Canteen")
    key = evaluate.session.store.get("canteen").key
    evaluate.session.engine.cheap[key] = Forgetful(key)
    evaluate.page.activated()
    evaluate.wait(lambda: evaluate.page.form.model.count() == 2)
    return "canteen"


class Forgetful(CheapEncoder):
    """Sees the first twelve pixels only."""

    def encode(self, batch: np.ndarray) -> np.ndarray:
        logits = super().encode(batch)
        logits[:, 12:] = -1
        return logits


def test_without_results_the_page_says_what_to_do(evaluate: Evaluate) -> None:
    assert evaluate.page.empty.isVisible()
    assert not evaluate.page.kept.isVisible()
    for name in ("run", "stop", "export", "delete"):
        button = evaluate.window.findChild(QPushButton, f"action_evaluate.{name}")
        assert not button.isEnabled(), name


def test_a_labelled_folder_is_measured_kept_and_shown(evaluate: Evaluate, dishes: Path) -> None:
    evaluate.answers.place = dishes
    evaluate.click("evaluate-browse")
    assert evaluate.page.form.place.text() == str(dishes)
    evaluate.run()
    model = evaluate.session.store.get(STARTER)
    expected = engine.evaluate(
        CheapEncoder(model.key), engine.folder_task(dishes), map_at=None, with_map=True
    )
    found = evaluate.result
    for name in ("map", "p_at", "per_label", "per_query", "examples", "map_of_codes", "curves"):
        assert found[name] == json.loads(json.dumps(expected[name])), name
    assert (found["model"], found["queries"], found["gallery"]) == (STARTER, 6, 24)
    assert len(evaluate.files()) == 1
    assert f"{expected['map']:.3f}" in evaluate.texts()
    assert "6 searches among 24 photos" in evaluate.texts()
    assert any("queries; the rest is searched" in text for text in evaluate.texts())
    (nothing,) = [each for each in figures(found) if each.name == "Nothing near"]
    assert nothing.words in evaluate.texts()
    assert nothing.definition.startswith("“Empty balls” in the literature: the share of queries")
    assert evaluate.page.results.title.text() == "Starter (no labels) on Dishes"


def test_every_part_shows_the_result(evaluate: Evaluate, dishes: Path) -> None:
    evaluate.run(dishes)
    page, found = evaluate.page.results, evaluate.result
    for number in range(page.tabs.count()):
        page.tabs.setCurrentIndex(number)
        QApplication.processEvents()
        assert page.tabs.currentWidget().isVisible()
    assert "P@10: of the first 10 results, the share that is right." in page.dishes_hint.text()
    table = page.dishes_table
    rows = [table.model().index(row, 0).data() for row in range(table.model().rowCount())]
    assert sorted(rows) == ["fried rice", "pie", "soup"]
    precision = [float(table.model().index(row, 3).data()) for row in range(3)]
    assert precision == sorted(precision), "the worst found first"
    assert page.bits.balance.words_at(page.bits.balance.field().center()).startswith("Bit 32:")
    assert page.map.view.accessibleDescription() == "30 photos of 3 dishes"
    worst = found["examples"]["worst"][0]
    strip = page.mistakes.strips[0]
    assert [photo.path for photo in strip.photos] == [
        dishes / worst["photo"],
        *(dishes / hit["photo"] for hit in worst["hits"]),
    ]
    assert [photo.is_right for photo in strip.photos] == [
        None,
        *(hit["right"] for hit in worst["hits"]),
    ]
    evaluate.wait(lambda: evaluate.session.thumbs.is_idle)


def test_confused_dishes_are_shown_with_their_pictures(evaluate: Evaluate, tmp_path: Path) -> None:
    evaluate.run(draw_dishes(tmp_path / "Muddle", noise=250))
    mistakes = evaluate.look_at("mistakes")
    pair = evaluate.result["examples"]["confused"][1]
    mistakes.pairs.select(1)
    root = tmp_path / "Muddle"
    assert [p.path for p in mistakes.sought.photos] == [root / n for n in pair["query_photos"]]
    assert [p.path for p in mistakes.found.photos] == [root / n for n in pair["found_photos"]]


def test_a_file_of_splits_is_measured(evaluate: Evaluate, dishes: Path) -> None:
    lines = ["path,label,split"]
    for number, path in enumerate(sorted(dishes.rglob("*.png"))):
        split = "query" if number % 5 == 0 else "database"
        lines.append(f"{path.relative_to(dishes)},{path.parent.name},{split}")
    (dishes / "splits.csv").write_text("\n".join(lines))
    evaluate.page.form.length.setCurrentIndex(3)
    evaluate.run(dishes / "splits.csv")
    assert evaluate.result["map_at"] == 100
    assert evaluate.result["task"] == {"kind": "splits"}
    assert evaluate.page.results.title.text().endswith("on Dishes/splits.csv")


def test_what_was_measured_stands_in_the_form_of_the_next_start(
    evaluate: Evaluate, canteen: str, dishes: Path
) -> None:
    form = evaluate.page.form
    form.second.setCurrentIndex(form.second.findData(canteen))
    form.length.setCurrentIndex(2)
    evaluate.run(dishes)
    session = evaluate.session
    again = EvaluatePage(session, ActionRegistry(evaluate.window), evaluate.window)
    evaluate.wait(lambda: again.form.model.count() == 2)
    first, second = form.request(), again.form.request()
    assert second == first
    assert second.source == dishes
    assert [model.id for model in second.models] == [STARTER, canteen]
    session.settings.change(evaluate_kind="of a newer version", evaluate_length=7)
    form.recall(session.settings.value)
    assert (form.kind.currentIndex(), form.length.currentIndex()) == (0, 0)


def test_judgements_are_measured(evaluate: Evaluate, dishes: Path, tmp_path: Path) -> None:
    session = evaluate.session
    session.add_roots([dishes])
    evaluate.wait(lambda: session.coverage and session.coverage.indexed == 30)
    evaluate.wait_for_rest()
    query = draw_photos(tmp_path / "outside", 1)[0]
    key = session.engine.cheap[session.model.key].encode_photo(query).content_hash
    session.catalogue.remember_query(query, key, query.name)
    for row, photo in enumerate(session.catalogue.ids()[:4]):
        session.catalogue.judge(key, int(photo), row % 2 == 0)
    evaluate.page.form.kind.setCurrentIndex(2)
    evaluate.page.form.kind.activated.emit(2)
    assert not evaluate.page.form.place.isEnabled()
    evaluate.run()
    assert (evaluate.result["queries"], evaluate.result["gallery"]) == (1, 4)
    assert evaluate.result["task"]["right"] == 2
    assert any("(a condensed list). 2 good matches and 2 others" in t for t in evaluate.texts())
    assert evaluate.page.results.title.text().endswith("on Judgements of Home")
    evaluate.look_at("dishes")
    assert evaluate.page.results.dishes_table.model().index(0, 0).data() == "meal-000.png"


def test_two_models_stand_side_by_side(evaluate: Evaluate, canteen: str, dishes: Path) -> None:
    form = evaluate.page.form
    form.model.setCurrentIndex(form.model.findData(STARTER))
    form.second.setCurrentIndex(form.second.findData(canteen))
    evaluate.run(dishes)
    shown = evaluate.page.evaluations.shown
    assert [one.kept.model_id for one in shown.evaluations] == [STARTER, canteen]
    first, second = (one.result for one in shown.evaluations)
    assert first["map"] > second["map"]
    assert shown.difference == engine.compare_results(first, second)
    line = difference_line(shown.difference, "Starter (no labels)", "Canteen")
    assert line in evaluate.texts()
    assert line.startswith("“Starter (no labels)” is better than “Canteen” by ")
    sign = "Difference: above zero “Canteen” is better, below zero “Starter (no labels)” is."
    assert sign in evaluate.texts()
    results = evaluate.page.results
    assert len(evaluate.look_at("curves").precision._series) == 2
    evaluate.look_at("dishes")
    model = results.dishes_table.model()
    heads = [model.headerData(c, Qt.Orientation.Horizontal) for c in range(model.columnCount())]
    assert heads[3:] == ["AP, Starter (no labels)", "AP, Canteen", "Difference"]
    assert results.dishes_hint.text().endswith(f"1 is perfect. {sign}")
    evaluate.look_at("mistakes")
    results.of.setCurrentIndex(1)
    results.of.activated.emit(1)
    worst = second["examples"]["worst"][0]
    assert results.mistakes.strips[0].photos[0].path == dishes / worst["photo"]
    assert "with “Starter (no labels)”" in results.mistakes._titles[0].text()


def test_results_are_read_and_compared_later_without_computing(
    evaluate: Evaluate, canteen: str, dishes: Path
) -> None:
    form = evaluate.page.form
    for model in (STARTER, canteen):
        form.model.setCurrentIndex(form.model.findData(model))
        evaluate.run(dishes)
    shutil.rmtree(dishes)
    evaluate.page.activated()
    evaluate.wait(evaluate.page.is_settled)
    assert [kept.model_id for kept in evaluate.page.evaluations.kept] == [canteen, STARTER]
    evaluate.page.kept.select_rows([0, 1])
    evaluate.wait(lambda: evaluate.page.evaluations.shown.difference is not None)
    evaluate.page.kept.select_rows([1])
    evaluate.wait(lambda: evaluate.result["model"] == STARTER)
    evaluate.wait(evaluate.page.is_settled)
    evaluate.look_at("mistakes")
    evaluate.wait(lambda: evaluate.session.thumbs.is_idle)  # the photos are gone: no pictures


def test_results_of_different_photos_stand_beside_each_other_without_a_verdict(
    evaluate: Evaluate, dishes: Path, tmp_path: Path
) -> None:
    evaluate.run(dishes)
    evaluate.run(draw_dishes(tmp_path / "Others", 6))
    evaluate.page.kept.select_rows([0, 1])
    evaluate.wait(lambda: len(evaluate.page.evaluations.shown.evaluations) == 2)
    assert evaluate.page.evaluations.shown.difference is None
    assert not any("is better" in text for text in evaluate.texts())
    evaluate.look_at("dishes")
    assert "better" not in evaluate.page.results.dishes_hint.text()
    assert "Measured on different photos or with other lists." in evaluate.texts()
    title = evaluate.page.results.title.text()
    assert title == "Starter (no labels) on Dishes and Starter (no labels) on Others"
    of = evaluate.page.results.of
    assert [of.itemText(n) for n in range(2)] == [
        "Starter (no labels) · Dishes",
        "Starter (no labels) · Others",
    ]


def test_a_deleted_result_comes_back(evaluate: Evaluate, dishes: Path) -> None:
    evaluate.run(dishes)
    name = evaluate.files()[0]
    evaluate.click("action_evaluate.delete")
    evaluate.wait(lambda: not evaluate.page.evaluations.kept)
    evaluate.wait(lambda: evaluate.page.empty.isVisible())
    evaluate.press("The evaluation of “Starter (no labels)” was deleted.", "Undo")
    evaluate.wait(lambda: evaluate.page.evaluations.kept)
    assert evaluate.files() == [name]
    evaluate.wait(lambda: evaluate.page.results.isVisible())


def test_a_run_is_stopped_and_search_answers_meanwhile(
    evaluate: Evaluate, dishes: Path, tmp_path: Path
) -> None:
    session = evaluate.session
    encoder = session.engine.encoder(session.model)
    assert isinstance(encoder, CheapEncoder)
    encoder.gate.clear()
    evaluate.page.form.set_place(dishes)
    evaluate.click("action_evaluate.run")
    evaluate.wait(lambda: evaluate.page.form.state.text().startswith("Encoding"))
    assert evaluate.page.form.progress.isVisible()
    assert not evaluate.window.findChild(QPushButton, "action_evaluate.run").isEnabled()
    answers: list[object] = []
    handle = session.encode_query(session.model, draw_photos(tmp_path / "q", 1)[0])
    handle.succeeded.connect(answers.append)
    encoder.gate.set()
    evaluate.wait(lambda: answers)
    evaluate.click("action_evaluate.stop")
    evaluate.wait(lambda: evaluate.page.evaluations.running is None)
    evaluate.wait(evaluate.page.is_settled)
    assert not session.paths.evaluations.exists()
    assert not evaluate.page.form.progress.isVisible()
    assert evaluate.window.findChild(QPushButton, "action_evaluate.run").isEnabled()


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none", "There is no such folder"), ("empty", "two dishes with two photos each")],
)
def test_what_cannot_be_measured_is_said_in_words(
    evaluate: Evaluate, tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "empty").mkdir()
    evaluate.page.form.kind.setCurrentIndex(0)
    evaluate.page.form.place.setText(str(tmp_path / name))
    evaluate.page.form.place.textEdited.emit(str(tmp_path / name))
    evaluate.click("action_evaluate.run")
    banner: Banner = evaluate.banner(f"“{tmp_path / name}” cannot be used.")
    assert reason in banner.message.cause
    assert reason in evaluate.page.empty.accessibleDescription()
    assert not evaluate.session.paths.evaluations.exists()


def test_what_is_shown_is_exported(evaluate: Evaluate, dishes: Path, tmp_path: Path) -> None:
    evaluate.run(dishes)
    for name in ("report.html", "report.csv", "report.png", "plain"):
        evaluate.answers.target = tmp_path / name
        evaluate.click("action_evaluate.export")
        evaluate.wait((tmp_path / name.replace("plain", "plain.html")).exists)
    assert "<!DOCTYPE html>" in (tmp_path / "report.html").read_text()
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["dish"] for row in rows] == ["", *DISHES]
    assert float(rows[0]["ap"]) == evaluate.result["map"]
    assert QImage(str(tmp_path / "report.png")).width() > 300
    evaluate.banner("“plain.html” was written.")


def test_two_models_are_exported_together(
    evaluate: Evaluate, canteen: str, dishes: Path, tmp_path: Path
) -> None:
    form = evaluate.page.form
    form.second.setCurrentIndex(form.second.findData(canteen))
    evaluate.run(dishes)
    for name in ("both.html", "both.csv"):
        evaluate.answers.target = tmp_path / name
        evaluate.click("action_evaluate.export")
        evaluate.wait((tmp_path / name).exists)
    assert "bootstrap over 6 queries" in (tmp_path / "both.html").read_text()
    assert (tmp_path / "both.csv").read_text("utf-8-sig").count("Canteen") == 4


def test_an_export_that_cannot_be_written_says_so(
    evaluate: Evaluate, dishes: Path, tmp_path: Path
) -> None:
    evaluate.run(dishes)
    (tmp_path / "file").write_text("")
    evaluate.answers.target = tmp_path / "file" / "report.csv"
    evaluate.click("action_evaluate.export")
    evaluate.banner(f"“{tmp_path / 'file' / 'report.csv'}” cannot be used.")


def test_a_damaged_or_foreign_file_is_passed_over(evaluate: Evaluate, dishes: Path) -> None:
    evaluate.run(dishes)
    folder = evaluate.session.paths.evaluations
    (folder / "broken.json").write_text("{")
    (folder / "foreign.json").write_text('{"format": 99}')
    evaluate.page.activated()
    evaluate.wait(evaluate.page.is_settled)
    assert len(evaluate.page.evaluations.kept) == 1


def test_the_map_shows_the_photo_under_the_pointer(evaluate: Evaluate, dishes: Path) -> None:
    evaluate.run(dishes)
    view = evaluate.look_at("map").view
    place = view.place_of(3)
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        view.mapToGlobal(place),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, move)
    assert view.current is not None
    assert (view.place_of(view.current) - place).manhattanLength() < 1
    name = evaluate.result["map_of_codes"]["photos"][view.current]
    assert Path(name).name in view.accessibleDescription()
    view.repaint()
    evaluate.wait(lambda: evaluate.session.thumbs.is_idle)


def test_the_map_can_be_walked_and_searched_from_by_keyboard(
    evaluate: Evaluate, dishes: Path
) -> None:
    evaluate.run(dishes)
    evaluate.look_at("map")
    results = evaluate.page.results
    view, opened = results.map.view, []
    results.opened.disconnect()
    results.opened.connect(opened.append)
    results.map.dish.setCurrentIndex(2)
    results.map.dish.activated.emit(2)
    seen = []
    for _ in range(10):
        evaluate.qtbot.keyClick(view, Qt.Key.Key_Right)
        seen.append(view.current)
    found = evaluate.result["map_of_codes"]
    assert len(set(seen)) == 10
    assert {found["labels"][found["label"][mark]] for mark in seen} == {"pie"}
    evaluate.qtbot.keyClick(view, Qt.Key.Key_Return)
    assert opened == [dishes / found["photos"][seen[-1]]]
    text = QAccessible.queryAccessibleInterface(view).text(QAccessible.Text.Description)
    assert text.startswith("pie · ")
    view.set_map(lambda _mark: dishes, [], [], np.zeros((0, 2)))
    evaluate.qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.current is None
    assert view._mark_at(QPointF(3, 3)) is None


def test_a_photo_is_searched_with(evaluate: Evaluate, dishes: Path) -> None:
    evaluate.run(dishes)
    with evaluate.qtbot.waitSignal(evaluate.session.search_requested) as caught:
        evaluate.look_at("mistakes").strips[0].photo_activated.emit(dishes / "pie" / "00.png")
    assert caught.args[0] == dishes / "pie" / "00.png"


def test_a_real_model_is_measured_in_the_worker(
    paths: engine.Paths, settings: SettingsStore, tmp_path: Path, qtbot: QtBot
) -> None:
    settings.change(start_page="library")
    session = Session(paths, settings)
    bugs: list[str] = []
    session.bug_found.connect(lambda _error, text: bugs.append(text))
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.show_page("evaluate")
    window.show()
    session.start()
    evaluate = Evaluate.of(Helper(window, session, qtbot))
    qtbot.waitUntil(
        lambda: session.device is not None and session.model is not None, timeout=60_000
    )
    evaluate.wait(evaluate.page.is_settled)
    try:
        evaluate.page.form.set_place(draw_dishes(tmp_path / "Dishes", 5))
        evaluate.click("action_evaluate.run")
        qtbot.waitUntil(lambda: evaluate.page.evaluations.shown is not None, timeout=60_000)
        assert (evaluate.result["queries"], evaluate.result["gallery"]) == (3, 12)
        assert evaluate.result["bits"] == 64
    finally:
        assert session.shutdown()
    assert bugs == []
