"""Searching: what is found, in which order, and that the newest wish counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import ModelInfo, Searcher
from foodsearch_gui.core.gpu_engine import QueryPhoto
from foodsearch_gui.core.search_work import SearchState
from foodsearch_gui.core.session import Session
from foodsearch_gui.main_window import MainWindow
from foodsearch_gui.models.photo_grid import PhotoRole
from foodsearch_gui.pages import search_texts
from foodsearch_gui.pages.search_page import SearchPage
from tests.gui import drags
from tests.gui.pages.search.bench import CURRIES, SOUPS, Bench, draw_variant

ALL = SOUPS + CURRIES


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """The arguments of every search that is carried out."""
    seen: list[dict[str, object]] = []
    original = Searcher.search

    def search(self: Searcher, code: object, **options: object) -> object:
        seen.append(options)
        return original(self, code, **options)

    monkeypatch.setattr(Searcher, "search", search)
    return seen


@pytest.fixture
def encoded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the photos that are encoded to search with; maps encode, too."""
    seen: list[str] = []
    gpu = bench.session.engine
    original = gpu.encode_query

    def encode_query(model: ModelInfo, photo: QueryPhoto) -> object:
        seen.append(photo.name)
        return original(model, photo)

    monkeypatch.setattr(gpu, "encode_query", encode_query)
    return seen


def test_the_nearest_come_first_with_distance_and_place(
    bench: Bench, photo_folder: Path, tmp_path: Path
) -> None:
    bench.search(draw_variant(tmp_path / "mine.png", 1, 2))
    assert bench.names[:3] == ["soup 00.png", "soup 01.png", "soup 02.png"]
    distances = [bench.page.photos.index(row).data(PhotoRole.DISTANCE) for row in range(ALL)]
    assert distances[:3] == [2, 2, 6]
    assert distances == sorted(distances)
    assert bench.summary.startswith(f"{ALL} of {ALL} photos · encode 1 ms, search ")
    assert search_texts.plain(bench.page.view.suggestion.text()).startswith("Looks like: soup ")


def test_a_photo_of_the_library_finds_itself_first_and_says_so(
    bench: Bench, photo_folder: Path
) -> None:
    bench.search(photo_folder / "soup" / "soup 03.png")
    first = bench.page.photos.index(0)
    assert first.data() == "soup 03.png"
    assert first.data(PhotoRole.DISTANCE) == 0
    assert first.data(PhotoRole.IS_QUERY)
    assert bench.page.grid.currentIndex().row() == 1, "the first other photo is looked at"


def test_the_newest_query_wins(
    qtbot: QtBot, bench: Bench, photo_folder: Path, searches: list[dict[str, object]]
) -> None:
    bench.encoder.gate.clear()
    for name in ("soup 01.png", "soup 05.png", "soup 09.png"):
        bench.session.search_photo(photo_folder / "soup" / name)
        qtbot.wait(20)
    assert bench.state is SearchState.LOADING
    bench.encoder.gate.set()
    bench.until(SearchState.HITS)
    assert bench.names[0] == "soup 09.png"
    assert len(searches) == 1
    assert "soup 09.png" in bench.page.view.card.text


def test_distance_ranks_anew_without_encoding(
    qtbot: QtBot,
    bench: Bench,
    photo_folder: Path,
    searches: list[dict[str, object]],
    encoded: list[str],
) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    assert len(encoded) == 1
    searches.clear()
    slider = bench.page.view.distance.slider
    for value in range(40, 7, -1):  # one pull at the slider
        slider.setValue(value)
    assert bench.page.view.distance.value_text.text() == "8 of 64"
    qtbot.waitUntil(lambda: bench.page.photos.rowCount() == 3)
    assert bench.names == ["soup 00.png", "soup 01.png", "soup 02.png"]
    assert [options["radius"] for options in searches] == [8], "only where it came to rest"
    assert encoded == ["soup 00.png"]
    assert bench.page.view.beyond.text() == f"{ALL - 3} more beyond 8 of 64."
    bench.page.view.show_beyond.click()
    assert bench.page.photos.rowCount() == ALL
    assert bench.page.view.distance.value_text.text() == "any"
    assert not bench.page.view.beyond_is_shown


def test_the_cursor_stays_on_its_photo(qtbot: QtBot, bench: Bench, photo_folder: Path) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    bench.page.grid.setCurrentIndex(bench.page.photos.index(2))
    bench.page.view.distance.slider.setValue(12)
    qtbot.waitUntil(lambda: bench.page.photos.rowCount() == 4)
    assert bench.page.grid.currentIndex().data() == "soup 02.png"
    bench.page.view.distance.slider.setValue(4)
    qtbot.waitUntil(lambda: bench.page.photos.rowCount() == 2)
    assert bench.page.grid.currentIndex().data() == "soup 01.png"


def test_nothing_near_enough_names_the_nearest(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    bench.page.view.distance.slider.setValue(1)
    bench.session.search_photo(draw_variant(tmp_path / "mine.png", 1, 2))
    bench.until(SearchState.NO_HIT)
    assert bench.texts() == "Nothing within 1 of 64 bits. The nearest photo is at 2."
    bench.page.view.empty.buttons()[0].click()
    bench.until(SearchState.HITS)
    assert bench.page.view.distance.radius == 2
    assert bench.names == ["soup 00.png", "soup 01.png"]


def test_more_results_on_demand_are_remembered(bench: Bench, photo_folder: Path) -> None:
    bench.page.view.results.setValue(5)
    bench.search(photo_folder / "soup" / "soup 00.png")
    assert bench.page.photos.rowCount() == 5
    assert bench.page.view.beyond.text() == f"{ALL - 5} more come after these."
    bench.page.view.show_beyond.click()
    assert bench.page.photos.rowCount() == ALL
    assert bench.session.settings.value.results == 29


def test_more_than_the_most_results_is_not_offered(
    bench: Bench, photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foodsearch_gui.pages.search_texts.MOST_RESULTS", 5)
    bench.page.view.results.setValue(4)
    bench.search(photo_folder / "soup" / "soup 00.png")
    assert bench.page.view.show_beyond.isVisible()
    bench.page.view.results.setValue(5)
    bench.until(SearchState.HITS)
    assert bench.page.view.beyond.text() == f"{ALL - 5} more come after these."
    assert not bench.page.view.show_beyond.isVisible()


def test_duplicates_are_hidden_with_their_number(
    qtbot: QtBot, bench: Bench, photo_folder: Path
) -> None:
    twin = draw_variant(photo_folder / "soup" / "soup 00 twin.png", 1, 1)
    bench.session.rescan()
    qtbot.waitUntil(lambda: bench.session.searcher and len(bench.session.searcher) == ALL + 1)
    bench.search(photo_folder / "soup" / "soup 00.png")
    assert twin.name not in bench.names
    assert bench.page.photos.index(0).data(PhotoRole.DUPLICATES) == 1
    assert bench.summary.endswith(" · 1 near-duplicate hidden")
    bench.page.view.duplicates.click()
    assert bench.names[:2] == ["soup 00.png", twin.name]
    assert not bench.session.settings.value.hide_duplicates


def test_a_folder_restricts_the_search(qtbot: QtBot, bench: Bench, photo_folder: Path) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    box = bench.page.view.folder_box
    qtbot.waitUntil(lambda: box.count() == 4)
    texts = [box.itemText(place).strip() for place in range(4)]
    assert texts == [f"All folders ({ALL} photos)", f"Meals ({ALL})", "curry (8)", "soup (12)"]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert bench.page.photos.rowCount() == CURRIES
    assert all(name.startswith("curry") for name in bench.names)
    assert bench.summary.startswith(f"{CURRIES} of {CURRIES} photos")


def test_find_similar_answers_from_the_stored_code(
    qtbot: QtBot, bench: Bench, photo_folder: Path
) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    bench.encoder.gate.clear()  # the model is not needed
    bench.page.grid.setCurrentIndex(bench.page.photos.index(4))
    bench.window.actions_registry["search.similar"].trigger()
    assert bench.state is SearchState.HITS
    assert bench.names[0] == "soup 04.png"
    assert "encode" not in bench.summary
    assert bench.page.details.table.model().index(0, 1).data() in ("on ≠ off", "off ≠ on")
    bench.encoder.gate.set()
    qtbot.waitUntil(lambda: "encode" in bench.summary)
    assert "(" in bench.page.details.table.model().index(0, 1).data(), "the margin follows"


def test_a_photo_of_the_library_has_no_vote_on_what_it_shows(
    bench: Bench, photo_folder: Path
) -> None:
    def voters() -> set[int]:
        return {photo for vote in bench.page.work.answer.suggestion for photo in vote.photos}

    def shown() -> int:
        return int(bench.page.photos.ids[0])

    bench.search(photo_folder / "soup" / "soup 00.png")
    first = shown()
    assert len(voters()) == 10
    assert first not in voters()
    bench.page.grid.setCurrentIndex(bench.page.photos.index(1))
    bench.window.actions_registry["search.similar"].trigger()
    assert bench.names[0] == "soup 01.png"
    assert first in voters()
    assert shown() not in voters()


def test_back_and_forward(bench: Bench, photo_folder: Path) -> None:
    registry = bench.window.actions_registry
    assert not registry["search.back"].isEnabled()
    for name in ("soup 01.png", "soup 05.png"):
        bench.search(photo_folder / "soup" / name)
    registry["search.back"].trigger()
    bench.until(SearchState.HITS)
    assert bench.names[0] == "soup 01.png"
    assert "soup 01.png" in bench.page.view.card.text
    assert registry["search.forward"].isEnabled()
    registry["search.forward"].trigger()
    bench.until(SearchState.HITS)
    assert bench.names[0] == "soup 05.png"
    assert not registry["search.forward"].isEnabled()


def test_judgements_last(qtbot: QtBot, bench: Bench, photo_folder: Path) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    registry, grid, photos = bench.window.actions_registry, bench.page.grid, bench.page.photos
    grid.setCurrentIndex(photos.index(1))
    registry["search.good-match"].trigger()
    grid.setCurrentIndex(photos.index(15))
    registry["search.no-match"].trigger()
    assert photos.index(1).data(PhotoRole.JUDGEMENT) is True
    assert photos.index(15).data(PhotoRole.JUDGEMENT) is False
    query, catalogue = bench.page.work.query, bench.session.catalogue
    expected = {int(photos.ids[1]): True, int(photos.ids[15]): False}
    qtbot.waitUntil(lambda: catalogue.judgements(query.content_hash) == expected)
    bench.search(photo_folder / "soup" / "soup 07.png")
    bench.search((photo_folder / "soup" / "soup 00.png").read_bytes(), "the same from the web")
    assert photos.index(1).data(PhotoRole.JUDGEMENT) is True, "the content counts, not the file"


def test_another_model_encodes_anew(
    qtbot: QtBot, bench: Bench, photo_folder: Path, tmp_path: Path
) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    store, first = bench.session.store, bench.session.model
    store.export(first.id, tmp_path / "other.fsmodel")
    other = store.import_file(tmp_path / "other.fsmodel", "other-64")
    bench.page.activated()
    box = bench.page.view.model_box
    place = box.findData(other.id)
    box.setCurrentIndex(place)
    box.activated.emit(place)
    bench.until(SearchState.NO_INDEX)
    assert "has no index for" in bench.texts()
    assert not bench.page.details.pair.isVisible(), "the bits of the match were another model's"
    bench.window.actions_registry["library.index"].trigger()
    bench.until(SearchState.HITS)
    assert bench.names[0] == "soup 00.png"
    assert bench.page.work.query.model_key == other.key
    bench.session.choose_model(first.id)
    bench.until(SearchState.HITS)
    assert bench.page.work.query.model_key == first.key


def test_a_photo_can_be_dropped_on_the_card_and_on_the_zone(
    bench: Bench, photo_folder: Path
) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photo_folder / "soup" / "soup 02.png"))])
    assert drags.drop(bench.page.view.drop_zone, mime)
    bench.until(SearchState.HITS)
    assert bench.names[0] == "soup 02.png"
    other = QMimeData()
    other.setUrls([QUrl.fromLocalFile(str(photo_folder / "curry" / "curry 02.png"))])
    assert drags.drop(bench.page.view.card, other)
    bench.until(SearchState.HITS)
    assert bench.names[0] == "curry 02.png"


def test_paste_searches(qtbot: QtBot, bench: Bench, photo_folder: Path) -> None:
    QGuiApplication.clipboard().setImage(QImage(str(photo_folder / "soup" / "soup 06.png")))
    qtbot.keyClick(bench.window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    bench.until(SearchState.HITS)
    assert bench.names[0] == "soup 06.png"
    assert bench.page.view.card.text.startswith("Pasted picture")


def test_pasting_nothing_useful_says_so(bench: Bench) -> None:
    QGuiApplication.clipboard().setText("a recipe")
    bench.window.actions_registry["search.paste"].trigger()
    texts = [banner.message.title for banner in bench.window.messages.banners()]
    assert texts == ["The clipboard holds no picture."]
    assert bench.state is SearchState.NO_QUERY


def test_results_get_the_keyboard(qtbot: QtBot, bench: Bench, photo_folder: Path) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    qtbot.waitUntil(bench.page.grid.hasFocus)
    qtbot.keyClick(bench.page.grid, Qt.Key.Key_Right)
    assert bench.page.grid.currentIndex().row() == 2
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert bench.names[0] == "soup 00.png", "there is nothing to go back to"


def test_settings_outlive_the_window(bench: Bench, photo_folder: Path) -> None:
    bench.page.view.distance.slider.setValue(20)
    bench.page.view.results.setValue(50)
    bench.page.grid.set_zoom(256)
    bench.search(photo_folder / "soup" / "soup 00.png")
    value = bench.session.settings.value
    assert (value.max_distance, value.results, value.thumbnail_size) == (20, 50, 256)


@pytest.mark.parametrize("num_bits", [32, 64, 128])
def test_the_kept_distance_is_the_same_after_every_start(
    session: Session, qtbot: QtBot, num_bits: int
) -> None:
    session.settings.change(max_distance=20)
    window = MainWindow(session)  # before any model is known
    qtbot.addWidget(window)
    window.show_page("search")
    page = window.current_page
    assert isinstance(page, SearchPage)
    session.catalogue_changed.emit()
    model = session.store.get()
    manifest = replace(model.manifest, num_bits=num_bits, bit_names=())
    session.model = replace(model, manifest=manifest)
    session.model_changed.emit()
    assert page.work.options.radius == 20
    assert page.view.distance.value_text.text() == f"20 of {num_bits}"
    page.work.answered.emit()
    assert session.settings.value.max_distance == 20
