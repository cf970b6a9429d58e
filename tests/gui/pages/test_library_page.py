from __future__ import annotations

import csv
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QFileDialog

import engine
from foodsearch_gui.main_window import MainWindow
from foodsearch_gui.pages.library_page import LibraryPage
from tests.gui.cheap_engine import CheapEngine, draw_photos
from tests.gui.drags import drop
from tests.gui.pages.conftest import Helper

Open = Callable[[str], Helper]


class Library(Helper):
    """The helper with the page's parts at hand."""

    @classmethod
    def of(cls, helper: Helper) -> Library:
        library = cls(helper.window, helper.session, helper.qtbot)
        page = helper.window.current_page
        assert isinstance(page, LibraryPage)
        library.page, library.view = page, page.view
        return library

    page: LibraryPage

    def add(self, folder: Path) -> None:
        self.session.add_roots([folder])
        self.wait_for_rest()

    def rescan(self) -> None:
        self.click("action_library.rescan")
        self.wait_for_rest()

    def folders(self) -> list[tuple[str, int, str]]:
        model = self.view.folders.model
        cell = lambda row, column: model.index(row, column).data()  # noqa: E731
        return [
            (Path(cell(row, 0)).name, int(cell(row, 1)), cell(row, 2))
            for row in range(model.rowCount())
        ]

    def problems(self) -> list[tuple[str, str]]:
        model = self.view.problems.model
        return [
            (model.index(row, 0).data(), model.index(row, 1).data())
            for row in range(model.rowCount())
        ]

    def shown(self) -> list[str]:
        model = self.view.photos.grid.model()
        return [model.index(row, 0).data() for row in range(model.rowCount())]


@pytest.fixture
def library(open_at: Open) -> Library:
    """The Library page of an empty library."""
    return Library.of(open_at("library"))


@pytest.fixture
def meals(tmp_path: Path) -> Path:
    """A folder of six photos, two of them in a folder below."""
    draw_photos(tmp_path / "Meals", 4)
    draw_photos(tmp_path / "Meals" / "soup", 2, seed=1)
    return tmp_path / "Meals"


def test_an_empty_library_offers_the_first_steps(library: Library) -> None:
    assert library.page.empty.isVisible()
    captions = [button.text() for button in library.page.empty.buttons()]
    assert captions == ["&Add a folder…", "&Try the sample photos"]
    assert library.view.summary.text() == "0 photos"


def test_a_folder_is_added_listed_and_indexed(
    library: Library, meals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(meals))
    library.click("action_library.add_folder")
    library.wait(lambda: library.session.coverage and library.session.coverage.indexed == 6)
    library.wait_for_rest()
    assert not library.page.empty.isVisible()
    assert library.folders() == [("Meals", 6, "current")]
    assert library.view.summary.text() == "6 photos"
    assert library.view.tabs.tabText(0) == "Photos (6)"
    assert library.view.tabs.tabText(1) == "Problems"
    assert library.view.index.line.text() == "100 % of photos: 6 photos can be searched."
    assert not library.view.index.build.isEnabled()
    assert len(library.shown()) == 6


def test_sample_photos_need_no_folder_of_ones_own(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = engine.draw_demo_photos
    monkeypatch.setattr(
        engine, "draw_demo_photos", lambda folder, ctx: few(folder, ctx, per_dish=1)
    )
    library.page.empty.buttons()[1].click()
    library.wait(lambda: library.session.coverage and library.session.coverage.indexed == 12)
    library.wait_for_rest()
    assert library.view.summary.text() == "12 photos"


def test_indexing_can_be_watched_paused_resumed_and_stopped(library: Library, meals: Path) -> None:
    cheap = library.session.engine
    assert isinstance(cheap, CheapEngine)
    assert library.session.model is not None
    encoder = cheap.encoder(library.session.model)
    encoder.gate.clear()
    box = library.view.index
    library.session.add_roots([meals])
    library.wait(lambda: library.session.running("index") and box.pause.isVisible())
    assert box.line.text().startswith(("Indexing", "Running", "Starting"))
    assert not box.build.isVisible()
    library.click("index-pause")
    assert box.line.text().startswith("Paused")
    assert box.pause.text() == "Res&ume"
    library.click("index-pause")
    library.click("index-stop")
    assert box.line.text().startswith("Stopping")
    assert not box.stop.isEnabled()
    encoder.gate.set()
    library.wait_for_rest()
    assert box.build.isVisible()
    if box.build.isEnabled():  # the batch that was in work may have been the whole library
        library.click("index-build")
    library.wait(lambda: library.session.coverage and library.session.coverage.indexed == 6)
    library.wait_for_rest()
    assert box.line.text().startswith("100 %")


def test_unreadable_files_are_listed_ignored_and_read_again(
    library: Library, meals: Path, tmp_path: Path
) -> None:
    (meals / "menu.jpg").write_bytes(b"%PDF-1.4")
    (meals / "note.png").write_text("no picture")
    library.add(meals)
    assert library.view.summary.text() == "6 photos · 2 problems"
    assert library.view.tabs.tabText(1) == "Problems (2)"
    library.press("2 photos could not be read", "Show list")
    assert library.view.problems.isVisible()
    names = [name for name, _reason in library.problems()]
    assert names == ["menu.jpg", "note.png"]
    assert "cannot be read as an image" in library.problems()[0][1]

    library.view.problems.table.select(1)
    assert "note.png" in library.view.problems.details.text()
    library.click("problems-ignore")
    library.wait(lambda: len(library.problems()) == 1)
    assert library.view.tabs.tabText(1) == "Problems (1)"
    library.view.problems.show_ignored.click()
    assert library.problems()[1][1].startswith("Ignored: ")
    library.view.problems.table.select(1)
    library.click("problems-ignore")
    library.wait(lambda: library.view.tabs.tabText(1) == "Problems (2)")

    shutil.copy(draw_photos(tmp_path / "new", 1, seed=7)[0], meals / "note.png")
    library.view.problems.table.clearSelection()
    assert library.view.problems.retry.text() == "Re&try all"
    library.click("problems-retry")
    library.wait(lambda: library.view.summary.text() == "7 photos · 1 problem")
    library.wait_for_rest()
    assert library.view.index.line.text().startswith("100 %")


def test_the_list_of_problems_becomes_a_table_file(
    library: Library, meals: Path, tmp_path: Path
) -> None:
    (meals / "menu.jpg").write_bytes(b"%PDF-1.4")
    library.add(meals)
    library.view.show_problems()
    library.answers.target = tmp_path / "problems.csv"
    library.page.questions = library.answers
    library.click("problems-export")
    library.banner("The list was saved.")
    with (tmp_path / "problems.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["code"]) for row in rows] == [(str(meals / "menu.jpg"), "FS-101")]
    library.answers.target = tmp_path / "no" / "such"
    (tmp_path / "no").write_text("a file where a folder is needed")
    library.click("problems-export")
    library.banner(f"“{tmp_path / 'no' / 'such'}” cannot be used.")


def test_a_folder_is_removed_only_when_confirmed_and_comes_back(
    library: Library, meals: Path, tmp_path: Path
) -> None:
    draw_photos(tmp_path / "Trips", 3, seed=2)
    library.add(meals)
    library.add(tmp_path / "Trips")
    library.page.questions = library.answers
    assert not library.window.actions_registry["library.remove_folder"].isEnabled()
    library.view.folders.table.select(1)
    library.trigger("library.remove_folder")
    assert library.answers.asked == [
        "Remove “Trips” from the library? 3 photos cannot be found any more. "
        "The files themselves stay where they are. [&Remove folder]"
    ]
    assert len(library.folders()) == 2
    library.answers.agrees = True
    library.trigger("library.remove_folder")
    library.wait(lambda: library.folders() == [("Meals", 6, "current")])
    library.wait(lambda: library.view.summary.text() == "6 photos")
    library.press("“Trips” was removed", "Undo")
    library.wait(lambda: len(library.folders()) == 2)
    library.wait_for_rest()
    assert library.view.summary.text() == "9 photos"
    assert library.view.index.line.text().startswith("100 %")
    assert len(list((tmp_path / "Trips").iterdir())) == 3


def test_an_unplugged_folder_is_offline_and_loses_nothing(library: Library, meals: Path) -> None:
    library.add(meals)
    away = meals.with_name("unplugged")
    meals.rename(away)
    library.rescan()
    library.banner("The folder is not available.")
    assert library.folders()[0][2].startswith("offline since ")
    assert not library.view.folders.model.index(0, 2).data(Qt.ItemDataRole.DecorationRole).isNull()
    assert library.view.summary.text() == "6 photos"
    away.rename(meals)
    library.press("The folder is not available.", "Try again")
    library.wait(lambda: library.folders()[0][2] == "current")
    library.wait_for_rest()


def test_photos_that_are_gone_leave_only_when_the_user_says_so(
    library: Library, tmp_path: Path
) -> None:
    photos = draw_photos(tmp_path / "Trips", 20)
    library.add(tmp_path / "Trips")
    for photo in photos[:15]:
        photo.unlink()
    library.rescan()
    library.banner("Most photos are missing.")
    assert library.view.summary.text() == "20 photos"
    library.press("Most photos are missing.", "Remove 15")
    library.wait(lambda: library.view.summary.text() == "5 photos")
    library.wait_for_rest()


def test_a_folder_can_be_skipped(library: Library, meals: Path) -> None:
    library.add(meals)
    library.view.problems.skip_requested.emit(meals / "soup")
    library.wait(lambda: library.view.summary.text() == "4 photos")
    library.wait_for_rest()
    assert library.session.catalogue is not None
    assert "/soup" in library.session.catalogue.exclusions()


def test_exclusions_take_effect_at_once(library: Library, meals: Path) -> None:
    library.add(meals)
    library.page.questions = library.answers
    library.answers.patterns = ("so?p",)
    library.trigger("library.exclusions")
    library.wait(lambda: library.view.summary.text() == "4 photos")
    library.wait_for_rest()
    assert library.answers.asked == [f"now {list(engine.DEFAULT_EXCLUSIONS)}"]


def test_photos_of_one_folder_by_name_or_date(library: Library, meals: Path) -> None:
    library.add(meals)
    box = library.view.photos.folder_box
    assert [box.itemText(i).strip() for i in range(box.count())][0::2] == ["All folders", "soup"]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    library.wait(lambda: len(library.shown()) == 2)
    assert library.view.photos.count.text() == "2 photos"
    box.setCurrentIndex(0)
    box.activated.emit(0)
    library.wait(lambda: len(library.shown()) == 6)
    by_name = library.shown()
    order = library.view.photos.order_box
    order.setCurrentIndex(1)
    order.activated.emit(1)
    library.wait(lambda: library.shown() != by_name)
    assert sorted(library.shown()) == sorted(by_name)


def test_find_similar_leads_to_the_search(library: Library, meals: Path) -> None:
    library.add(meals)
    grid = library.view.photos.grid
    grid.setCurrentIndex(grid.model().index(2, 0))
    pages: list[str] = []
    library.session.page_requested.disconnect(library.window.show_page)
    library.session.page_requested.connect(pages.append)
    with library.qtbot.waitSignal(library.session.similar_requested) as asked:
        library.trigger("library.similar")
    assert pages == ["search"]
    assert asked.args == [int(library.page.contents.contents.ids[2])]


def test_a_second_library_is_made_and_left_again(library: Library, meals: Path) -> None:
    library.add(meals)
    library.page.questions = library.answers
    library.answers.name = "Restaurant"
    library.trigger("library.new")
    library.wait(lambda: library.view.library_box.currentText() == "Restaurant")
    library.wait_for_rest()
    library.wait(lambda: library.page.empty.isVisible())
    assert library.answers.asked == ["not one of ['Home']"]
    box = library.view.library_box
    box.setCurrentIndex(box.findText("Home"))
    box.activated.emit(box.currentIndex())
    library.wait(lambda: library.view.summary.text() == "6 photos")
    library.wait_for_rest()
    assert len(library.shown()) == 6


def test_a_library_that_cannot_be_opened_leaves_a_way_on(
    library: Library, meals: Path, paths: engine.Paths
) -> None:
    library.add(meals)
    newer = engine.open_library(paths, "Newer")
    newer.close()
    with sqlite3.connect(newer.folder / "catalogue.sqlite") as connection:
        connection.execute("PRAGMA user_version = 2000000000")
    connection.close()
    library.page.activated()
    box = library.view.library_box
    box.setCurrentIndex(box.findText("Newer"))
    box.activated.emit(box.currentIndex())
    library.banner("This library was made by a newer version")
    library.wait(library.page.absent.isVisible)
    assert library.shown() == []
    box.setCurrentIndex(box.findText("Home"))
    box.activated.emit(box.currentIndex())
    library.wait(lambda: library.view.summary.text() == "6 photos")
    library.wait_for_rest()


def test_a_folder_dropped_on_the_page_is_added(library: Library, meals: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(meals))])
    assert drop(library.window, mime)
    library.wait(lambda: library.session.coverage and library.session.coverage.indexed == 6)
    library.wait_for_rest()
    assert library.folders() == [("Meals", 6, "current")]


def test_new_photos_that_are_not_indexed_by_themselves_are_told_once(
    library: Library, meals: Path
) -> None:
    library.add(meals)
    library.session.settings.change(index_after_scan=False)
    draw_photos(meals / "new", 2, seed=9)
    library.rescan()
    library.banner("Photos have changed.")
    codes = [banner.message.code for banner in library.window.messages.banners()]
    assert codes == ["FS-302"]
    assert library.view.index.line.text() == "75 % of photos. 2 photos cannot be searched yet."
    library.press("Photos have changed.", "Update index")
    library.wait(lambda: library.session.coverage and library.session.coverage.indexed == 8)
    library.wait_for_rest()


def test_the_order_is_kept_for_the_next_start(library: Library, meals: Path) -> None:
    library.add(meals)
    order = library.view.photos.order_box
    order.setCurrentIndex(1)
    order.activated.emit(1)
    assert library.session.settings.value.photo_order == "date"
    again = MainWindow(library.session)
    library.qtbot.addWidget(again)
    again.show_page("library")
    page = again.current_page
    assert isinstance(page, LibraryPage)
    assert page.view.photos.order == page.contents.order == "date"
    library.wait(lambda: page.contents.contents is not None)


def test_photos_show_up_while_the_scan_is_still_on(library: Library, tmp_path: Path) -> None:
    photos = draw_photos(tmp_path / "Meals", 30)
    library.session.add_roots([tmp_path / "Meals"])
    seen: list[int] = []
    library.page.contents.changed.connect(
        lambda: seen.append(len(library.page.contents.contents.ids))
    )
    library.wait(lambda: len(library.shown()) == len(photos))
    library.wait_for_rest()
    grid = library.view.photos.grid
    grid.setCurrentIndex(grid.model().index(20, 0))
    held = library.shown()[20]
    draw_photos(tmp_path / "Meals" / "aaa", 3, seed=5)  # sorts before all others
    library.rescan()
    library.wait(lambda: len(library.shown()) == 33)
    assert grid.currentIndex().data() == held
    assert seen == sorted(seen)


def test_a_library_that_is_open_elsewhere_cannot_be_changed(
    open_at: Open, meals: Path, paths: engine.Paths
) -> None:
    with engine.open_library(paths) as elsewhere:
        elsewhere.add_root(meals)
        library = Library.of(open_at("library"))
        library.banner("The library is open elsewhere.")
        library.wait(lambda: library.folders())
        library.view.folders.table.select(0)
        for name in ("add_folder", "rescan", "remove_folder", "exclusions"):
            assert not library.window.actions_registry[f"library.{name}"].isEnabled(), name
        assert not library.view.index.build.isEnabled()
