"""What the Search page shows when there is nothing to show, or something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from pytestqt.qtbot import QtBot

from engine import Paths
from foodsearch_gui.core.incoming import Incoming, read_mime
from foodsearch_gui.core.search_work import SearchState
from foodsearch_gui.pages.search_page import SKELETON_MS
from tests.engine.library.shortcuts import id_at
from tests.gui import drags
from tests.gui.pages.search.bench import CURRIES, SOUPS, Bench, draw_variant, fill_library


def captions(bench: Bench) -> list[str]:
    return [button.text().replace("&", "") for button in bench.page.view.empty.buttons()]


def banners(bench: Bench) -> list[str]:
    return [banner.message.code for banner in bench.window.messages.banners()]


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A photo of which a bit more than half can be read."""
    whole = tmp_path / "whole.jpg"
    draw_variant(tmp_path / "plain.png", 1, 0)
    Image.open(tmp_path / "plain.png").resize((640, 480)).save(whole, quality=90)
    path = tmp_path / "IMG_0042.jpg"
    content = whole.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    return path


def test_without_photos_one_is_asked_for_a_folder(open_bench: Callable[[], Bench]) -> None:
    bench = open_bench()
    bench.until(SearchState.NO_LIBRARY)
    assert bench.texts().startswith("Add a folder of photos to search in.")
    assert captions(bench) == ["Add a folder…", "Try the sample photos"]
    assert not bench.page.view.header.isVisible()


def test_a_photo_that_comes_before_any_folder_is_shown_and_searched_later(
    open_bench: Callable[[], Bench], photo_folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    bench = open_bench()
    bench.until(SearchState.NO_LIBRARY)
    menu = tmp_path / "menu.pdf"
    menu.write_bytes(b"%PDF-1.4")
    bench.page.intake.take(Incoming(photos=(menu,)))
    qtbot.waitUntil(lambda: "This file is not a picture." in bench.page.view.card.text)
    assert bench.page.view.card.isVisible()
    photo = next(photo_folder.rglob("*.png"))
    bench.page.intake.take(Incoming(photos=(photo,)))
    qtbot.waitUntil(lambda: bench.page.view.card.has_picture)
    assert f"Then it is searched with “{photo.name}”." in bench.texts()
    bench.page.intake.take(Incoming(folders=(photo_folder,)))
    bench.until(SearchState.HITS)


def test_a_folder_that_is_dropped_becomes_searchable(
    open_bench: Callable[[], Bench], photo_folder: Path
) -> None:
    bench = open_bench()
    bench.until(SearchState.NO_LIBRARY)
    bench.page.intake.take(Incoming(folders=(photo_folder,)))
    bench.until(SearchState.NO_QUERY)
    assert bench.session.catalogue.count() == SOUPS + CURRIES


def test_without_an_index_it_is_offered(
    open_bench: Callable[[], Bench], paths: Paths, photo_folder: Path
) -> None:
    fill_library(paths, photo_folder, is_indexed=False)
    bench = open_bench()
    bench.until(SearchState.NO_INDEX)
    assert "This library has no index for" in bench.texts()
    assert "20 photos are encoded once" in bench.texts()
    assert bench.page.view.model_box.isVisible(), "another model may have one"
    assert "FS-301" not in banners(bench), "the page says it, no banner repeats it"
    bench.page.view.empty.buttons()[0].click()
    bench.until(SearchState.NO_QUERY)


def test_while_the_index_is_built_its_progress_is_shown(
    qtbot: QtBot, open_bench: Callable[[], Bench], paths: Paths, photo_folder: Path
) -> None:
    fill_library(paths, photo_folder, is_indexed=False)
    bench = open_bench()
    bench.until(SearchState.NO_INDEX)
    bench.encoder.gate.clear()
    bench.session.build_index()
    qtbot.waitUntil(lambda: "The index is being built." in bench.texts())
    bench.encoder.gate.set()
    bench.until(SearchState.NO_QUERY)


def test_without_a_query_the_ways_in_are_told(bench: Bench) -> None:
    zone = bench.page.view.drop_zone
    assert bench.page.view.body.currentWidget() is zone
    assert [button.text().replace("&", "") for button in zone.buttons] == [
        "Open photo…",
        "Paste photo",
    ]
    assert not bench.page.view.card.isVisible()
    assert bench.page.details.is_empty


def test_earlier_queries_are_offered(qtbot: QtBot, bench: Bench, photo_folder: Path) -> None:
    for name in ("soup 03.png", "soup 04.png"):
        bench.search(photo_folder / "soup" / name)
    bench.search((photo_folder / "soup" / "soup 05.png").read_bytes(), "pasted")
    catalogue = bench.session.catalogue
    qtbot.waitUntil(lambda: len(catalogue.recent_queries()) == 3)
    bench.page.activated()
    buttons = bench.page.view.drop_zone.recent_buttons()
    names = [button.accessibleName() for button in buttons]
    assert names == ["Search with “soup 04.png” again", "Search with “soup 03.png” again"]
    buttons[1].click()
    bench.until(SearchState.HITS)
    assert bench.names[0] == "soup 03.png"


def test_a_slow_answer_shows_empty_tiles_but_not_at_once(
    qtbot: QtBot, bench: Bench, photo_folder: Path
) -> None:
    body = bench.page.view.body
    bench.encoder.gate.clear()
    bench.session.search_photo(photo_folder / "soup" / "soup 00.png")
    assert body.currentWidget() is not bench.page.view.skeleton
    qtbot.waitUntil(lambda: body.currentWidget() is bench.page.view.skeleton)
    assert bench.page.view.card.isVisible(), "the photo is there before its answer"
    qtbot.waitUntil(lambda: bench.page.view.card.has_picture)
    assert not bench.page.is_settled()
    bench.encoder.gate.set()
    bench.until(SearchState.HITS)
    assert body.currentWidget() is bench.page.grid


def test_a_quick_answer_shows_no_empty_tiles(
    qtbot: QtBot, bench: Bench, photo_folder: Path
) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    qtbot.wait(2 * SKELETON_MS)
    assert bench.page.view.body.currentWidget() is bench.page.grid


def test_a_file_that_is_no_photo_is_named_where_the_photo_would_be(
    qtbot: QtBot, bench: Bench, photo_folder: Path, tmp_path: Path
) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    menu = tmp_path / "menu.pdf"
    menu.write_bytes(b"%PDF-1.4")
    bench.session.search_photo(menu)
    bench.until(SearchState.FAILED)
    card = bench.page.view.card
    assert "This file is not a picture." in card.text
    assert "“menu.pdf” cannot be read as an image." in card.text
    assert [button.text() for button in card.error_buttons()] == ["Choose another"]
    assert bench.page.view.body.currentWidget() is bench.page.grid
    assert not bench.page.grid.isEnabled(), "the last results stay, greyed"
    assert bench.names[0] == "soup 00.png"
    bench.search(photo_folder / "soup" / "soup 01.png")
    assert bench.page.grid.isEnabled()


def test_a_fault_of_ours_does_not_leave_the_page_waiting(
    bench: Bench, photo_folder: Path, bugs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(bench.encoder, "encode", lambda *_, **__: 1 // 0)
        bench.session.search_photo(photo_folder / "soup" / "soup 00.png")
        bench.until(SearchState.FAILED)
    assert "Something went wrong in FoodSearch." in bench.page.view.card.text
    assert "ZeroDivisionError" in bugs.pop()
    bench.window.actions_registry["search.again"].trigger()
    bench.until(SearchState.HITS)


def test_a_damaged_photo_is_searched_only_on_demand(
    qtbot: QtBot, bench: Bench, damaged: Path
) -> None:
    bench.session.search_photo(damaged)
    bench.until(SearchState.FAILED)
    card = bench.page.view.card
    assert "“IMG_0042.jpg” ends too early" in card.text
    cancel, anyway = card.error_buttons()
    assert (cancel.text(), anyway.text()) == ("Cancel", "Search anyway")
    anyway.click()
    bench.until(SearchState.HITS)
    qtbot.waitUntil(lambda: "readable" in card.text)
    assert bench.page.photos.rowCount() == SOUPS + CURRIES


def test_cancel_goes_back_to_what_was_there(
    bench: Bench, damaged: Path, photo_folder: Path
) -> None:
    bench.session.search_photo(damaged)
    bench.until(SearchState.FAILED)
    bench.page.view.card.error_buttons()[0].click()
    assert bench.state is SearchState.NO_QUERY
    bench.search(photo_folder / "soup" / "soup 00.png")
    bench.session.search_photo(damaged)
    bench.until(SearchState.FAILED)
    bench.page.view.card.error_buttons()[0].click()
    bench.until(SearchState.HITS)
    assert bench.names[0] == "soup 00.png"


def test_a_photo_whose_drive_is_away_is_searched_by_its_stored_code(
    qtbot: QtBot, bench: Bench, photo_folder: Path
) -> None:
    photo_id = id_at(bench.session.catalogue, photo_folder / "soup" / "soup 02.png")
    (photo_folder / "soup" / "soup 02.png").unlink()
    bench.session.find_similar(photo_id)
    assert bench.state is SearchState.HITS
    assert bench.names[0] == "soup 02.png"
    qtbot.waitUntil(lambda: "Its file cannot be read now." in bench.page.view.card.text)
    assert bench.state is SearchState.HITS


def test_a_photo_whose_drive_is_away_is_searched_with_another_model(
    qtbot: QtBot, bench: Bench, photo_folder: Path, tmp_path: Path
) -> None:
    session, first = bench.session, photo_folder / "soup" / "soup 00.png"
    before = session.model.id
    session.store.export(before, tmp_path / "other.fsmodel")
    other = session.store.import_file(tmp_path / "other.fsmodel", "other-64").id
    session.choose_model(other)
    bench.window.actions_registry["library.index"].trigger()
    qtbot.waitUntil(lambda: session.coverage is not None and session.coverage.indexed > 0)
    session.choose_model(before)
    bench.search(first)
    first.rename(tmp_path / "away.png")
    session.choose_model(other)
    bench.until(SearchState.HITS)
    assert bench.page.work.asked.model_key == session.model.key
    qtbot.waitUntil(lambda: not session.running("query"))
    assert bench.page.work.error is None


def test_a_picture_on_the_web_is_not_fetched(bench: Bench) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/soup.jpg")])
    bench.page.intake.take(read_mime(mime))
    assert banners(bench) == ["FS-104"]
    assert bench.state is SearchState.NO_QUERY


def test_several_photos_are_searched_together_and_their_folder_is_offered(
    qtbot: QtBot, bench: Bench, photo_folder: Path, tmp_path: Path
) -> None:
    new = [draw_variant(tmp_path / "Holiday" / f"{n}.png", 3, 10 * n) for n in range(3)]
    bench.page.intake.take(Incoming(photos=tuple(new)))
    bench.until(SearchState.HITS)
    assert [photo.path for photo in bench.page.work.query.photos] == new
    banner = bench.window.messages.banners()[0]
    assert banner.message.title == "Searching with 3 photos together."
    assert "“Holiday”" in banner.message.cause
    banner.buttons()[0].click()
    qtbot.waitUntil(lambda: bench.session.catalogue.count() == SOUPS + CURRIES + 3)
    inner = draw_variant(tmp_path / "Party" / "dessert" / "1.png", 4, 0)
    outer = draw_variant(tmp_path / "Party" / "1.png", 4, 8)
    known = sorted((photo_folder / "soup").iterdir())[:2]
    bench.page.intake.take(Incoming(photos=(known[0], inner, outer)))
    bench.until(SearchState.HITS)
    causes = [banner.message.cause for banner in bench.window.messages.banners()]
    assert any("add “Party” to the library" in cause for cause in causes), causes
    bench.window.messages.banners()[0].buttons()[0].click()
    qtbot.waitUntil(lambda: bench.session.catalogue.count() == SOUPS + CURRIES + 5)
    bench.page.intake.take(Incoming(photos=tuple(known)))
    bench.until(SearchState.HITS)
    titles = [banner.message.title for banner in bench.window.messages.banners()]
    assert "Searching with 2 photos together." not in titles, "they are in the library"


def test_a_model_file_is_imported(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "broken.fsmodel"
    path.write_bytes(b"nothing")
    bench.page.intake.take(Incoming(bundles=(path,)))
    qtbot.waitUntil(lambda: banners(bench) == ["FS-601"])


def test_another_library_forgets_the_answer(qtbot: QtBot, bench: Bench, photo_folder: Path) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    bench.session.open_library("Other")
    bench.until(SearchState.NO_LIBRARY)
    assert bench.page.photos.rowCount() == 0
    assert bench.page.details.is_empty
    bench.session.open_library("Home")
    bench.until(SearchState.HITS)
    assert bench.names[0] == "soup 00.png", "the query is still there"


def test_the_whole_window_takes_drops(bench: Bench, photo_folder: Path) -> None:
    bench.window.show_page("library")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photo_folder / "curry" / "curry 01.png"))])
    assert drags.drop(bench.window, mime)
    bench.until(SearchState.HITS)
    assert bench.window.current_page is bench.page
    assert bench.names[0] == "curry 01.png"


def test_search_again_reads_the_file_anew(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "dinner.png"
    path.write_bytes(b"still being copied")
    bench.session.search_photo(path)
    bench.until(SearchState.FAILED)
    draw_variant(path, 1, 0)
    bench.window.actions_registry["search.again"].trigger()
    bench.until(SearchState.HITS)
    qtbot.waitUntil(lambda: bench.page.view.card.has_picture)
    assert bench.names[0] == "soup 00.png"


def test_duplicates_can_be_hidden_only_where_the_model_can_tell_them(bench: Bench) -> None:
    box, session = bench.page.view.duplicates, bench.window.session
    assert box.isEnabled()
    assert session.model is not None
    learned = replace(session.model.manifest, method="dpn")
    session.model = replace(session.model, manifest=learned)
    session.model_changed.emit()
    assert not box.isEnabled()
    assert "knows no duplicates" in box.toolTip()
