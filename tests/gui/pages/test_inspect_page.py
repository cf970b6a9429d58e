from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtWidgets import QLabel, QScrollArea

import engine
from foodsearch_gui.core.inspection import Inspected
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.core.steering import Wish
from foodsearch_gui.core.theme import LIGHT
from foodsearch_gui.models.bit_cells import BitOrder
from foodsearch_gui.pages import inspect_words
from foodsearch_gui.pages.inspect_choices import offer_colours
from foodsearch_gui.pages.inspect_page import InspectPage
from foodsearch_gui.pages.inspect_view import InspectView
from foodsearch_gui.pages.remembered_looks import RememberedLooks
from foodsearch_gui.pages.search_page import SearchPage
from tests.gui.cheap_engine import SIDE, CheapEngine, draw_photos
from tests.gui.drags import drop
from tests.gui.pages.conftest import Helper

Open = Callable[[str], Helper]


class Inspecting(Helper):
    """The helper with the page's parts at hand."""

    page: InspectPage

    @classmethod
    def of(cls, helper: Helper) -> Inspecting:
        made = cls(helper.window, helper.session, helper.qtbot)
        page = helper.window.current_page
        assert isinstance(page, InspectPage)
        made.page = page
        page.questions = made.answers
        return made

    @property
    def engine(self) -> CheapEngine:
        assert isinstance(self.session.engine, CheapEngine)
        return self.session.engine

    def inspect(self, photo: Path) -> None:
        self.page.inspect(Inspected(photo, photo.name))
        self.wait(self.page.is_settled)
        self.wait(lambda: len(self.page.photo.maps) == 64)

    def inspect_known(self, photo: Path) -> threading.Event:
        """Inspect a photo whose bits a search knows; its maps wait for what is returned."""
        model = self.session.model
        assert model is not None
        encoder = self.engine.encoder(model)
        logits = encoder.encode_photo(photo).logits
        encoder.gate.clear()
        self.page.inspect(Inspected(photo, photo.name, model.key, logits))
        return encoder.gate

    def bits(self) -> list[int]:
        return [cell.bit for cell in self.page.cells.cells]

    def words(self, name: str) -> str:
        label = self.page.findChild(QLabel, name)
        assert label is not None
        return str(label.text())

    def index(self, folder: Path, count: int) -> None:
        self.session.add_roots([folder])
        self.wait(lambda: self.session.coverage and self.session.coverage.indexed == count)
        self.wait_for_rest()

    def count(self, folder: Path, count: int) -> None:
        """Index photos and count their bits."""
        self.index(folder, count)
        self.page.knowledge.refresh()
        self.wait(lambda: self.page.knowledge.attributes)


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    return draw_photos(tmp_path / "Meals" / "soup", 6)


@pytest.fixture
def inspecting(open_at: Open) -> Inspecting:
    return Inspecting.of(open_at("inspect"))


def test_without_a_photo_the_page_says_how_to_bring_one(inspecting: Inspecting) -> None:
    assert inspecting.page.empty.isVisible()
    assert inspecting.page.empty.accessibleName() == "Choose a photo."
    assert not inspecting.window.actions_registry["inspect.searched"].isEnabled()


def test_all_bits_come_with_their_maps_the_surest_first(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    inspecting.inspect(photos[0])
    page, logits = inspecting.page, inspecting.page.photo.logits
    assert logits is not None
    surest = int(np.abs(logits).argmax())
    assert page.bit == surest == inspecting.bits()[0]
    assert inspecting.words("inspect-model") == f"Model: {inspecting.session.model.name}"
    assert [c.logit for c in page.cells.cells] == sorted(logits, key=lambda each: -abs(each))
    assert all(c.map is not None and c.map.bit == c.bit for c in page.cells.cells)
    shown = page.view.photo.view.bit_map
    assert shown is not None
    assert np.flatnonzero(shown.values).tolist() == [surest]
    assert inspecting.words("inspect-caption") == f"About bit {surest}."
    assert inspecting.words("inspect-headline").startswith(f"Bit {surest}: o")


def test_of_maps_that_come_one_by_one_the_bit_that_is_looked_at_comes_next(
    inspecting: Inspecting, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    explain = CheapEngine.explain

    def note(self: CheapEngine, *given: Any) -> engine.Explanation:
        asked.extend(given[2])
        return explain(self, *given)

    page = inspecting.page
    page.photo.set_kind("gradient")
    monkeypatch.setattr(CheapEngine, "explain", note)
    page.inspect(Inspected(photos[0], photos[0].name))
    inspecting.wait(lambda: page.photo.logits is not None)
    logits = page.photo.logits
    assert logits is not None
    later = int(np.abs(logits).argmin())
    page.choose_bit(later)
    inspecting.wait(lambda: len(page.photo.maps) == 64)
    surest = int(np.abs(logits).argmax())
    assert page.photo.maps.keys() == set(range(64))
    assert {surest, later} <= set(asked[:20]), "before the portions of the others"


def test_choosing_a_bit_shows_its_map_and_reads_its_places(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    inspecting.inspect(photos[0])
    page, view = inspecting.page, inspecting.page.view
    page.view.grid.setFocus()
    inspecting.qtbot.keyClick(page.view.grid, Qt.Key.Key_Right)
    assert page.bit == inspecting.bits()[1]
    shown = view.photo.view.bit_map
    assert shown is not None
    assert shown.bit == page.bit
    row, column = divmod(page.bit, SIDE)
    area = view.photo.view.picture_area()
    pointed = area.topLeft() + QPoint(
        round((column + 0.5) * area.width() / SIDE), round((row + 0.5) * area.height() / SIDE)
    )
    inspecting.qtbot.mouseMove(view.photo.view, pointed)
    assert inspecting.words("inspect-place").startswith(f"Row {row + 1}, column {column + 1} of 8")


def test_bits_are_sorted_and_filtered(inspecting: Inspecting, photos: list[Path]) -> None:
    inspecting.inspect(photos[0])
    view = inspecting.page.view
    inspecting.page.choose_bit(63)
    view.order.setCurrentIndex(view.order.findData(BitOrder.NUMBER))
    view.order.activated.emit(view.order.currentIndex())
    assert inspecting.bits() == list(range(64))
    assert view.grid.verticalScrollBar().value() == 0, "the first bits are shown"
    view.filter.setText("17")
    assert inspecting.bits() == [17]
    view.filter.clear()
    view.only_named.setChecked(True)
    assert inspecting.bits() == []
    assert view.count.text().startswith("0 of 64 bits")
    words = view.grid.grab().toImage()
    view.grid.set_nothing("")
    assert view.grid.grab().toImage() != words, "an empty list says why it is empty"


def test_without_a_library_nothing_is_said_of_bits_that_may_flip(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    inspecting.inspect(photos[0])
    assert not any(cell.may_flip for cell in inspecting.page.cells.cells)
    assert inspecting.page.view.count.text().startswith("64 of 64 bits, ")
    assert "flip" not in inspecting.page.view.count.text()


def test_bits_are_marked_that_small_changes_of_the_librarys_photos_were_seen_to_turn(
    inspecting: Inspecting, photos: list[Path], tmp_path: Path
) -> None:
    inspecting.count(tmp_path / "Meals", 6)
    page = inspecting.page
    inspecting.inspect(photos[0])
    inspecting.wait(lambda: page.knowledge.stability is not None and page.is_settled())
    near = page.knowledge.near
    assert near > 0
    marked = [cell for cell in page.cells.cells if cell.may_flip]
    assert marked == [cell for cell in page.cells.cells if abs(cell.logit) <= near] != []
    assert page.view.count.text().endswith(f", {len(marked)} may flip")
    page.choose_bit(marked[-1].bit)
    assert inspecting.words("inspect-headline").endswith(", may flip")
    assert "at least one in five turned" in page.view.headline.toolTip()
    assert inspecting.window.running_jobs() == []


def test_a_check_that_fails_or_is_stopped_is_not_begun_again(
    inspecting: Inspecting, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspecting.count(tmp_path / "Meals", 6)
    page, is_cancelled = inspecting.page, threading.Event()
    measure = engine.measure_library_stability

    def held(*arguments: Any, **options: Any) -> engine.Stability:
        assert is_cancelled.wait(10)
        return measure(*arguments, **options)

    monkeypatch.setattr(engine, "measure_library_stability", held)
    page.knowledge.check("exact")
    handle = inspecting.session.running("stability")
    assert handle is not None
    assert inspecting.window.running_jobs() == [], "closing the window need not ask"
    handle.cancel()
    is_cancelled.set()
    inspecting.wait(lambda: not page.knowledge.is_measuring)
    page.knowledge.check("exact")
    assert inspecting.session.running("stability") is None
    inspecting.wait(lambda: "exact" in page.knowledge.map_tests)
    assert page.knowledge.stability is None


def test_f2_names_the_bit_for_good(
    inspecting: Inspecting, photos: list[Path], paths: engine.Paths
) -> None:
    inspecting.inspect(photos[0])
    bit = inspecting.page.bit
    inspecting.answers.name = "bright corner"
    inspecting.window.activateWindow()
    inspecting.page.view.grid.setFocus()
    inspecting.qtbot.keyClick(inspecting.page.view.grid, Qt.Key.Key_F2)
    assert inspecting.answers.asked == [str(bit)]
    inspecting.wait(lambda: inspecting.page.cells.cells[0].name == "bright corner")
    assert "“bright corner”" in inspecting.words("inspect-headline")
    assert engine.ModelStore(paths).get().manifest.bit_names[bit] == "bright corner"
    assert len(inspecting.page.photo.maps) == 64, "a name makes no new maps"
    inspecting.answers.name = ""
    inspecting.trigger("inspect.rename")
    inspecting.wait(lambda: not inspecting.page.cells.cells[0].name)


def test_only_the_newest_photo_is_answered(inspecting: Inspecting, photos: list[Path]) -> None:
    model = inspecting.session.model
    assert model is not None
    inspecting.inspect(photos[0])
    gate = inspecting.engine.encoder(model).gate
    gate.clear()
    seen: list[str] = []
    inspecting.page.photo.maps_changed.connect(
        lambda: seen.append(inspecting.page.photo.photo.name)  # type: ignore[union-attr]
    )
    for photo in photos[1:4]:
        inspecting.page.inspect(Inspected(photo, photo.name))
        assert inspecting.page.cells.rowCount() == 0, "bits of the photo before"
    gate.set()
    inspecting.wait(lambda: len(inspecting.page.photo.maps) == 64)
    assert set(seen) == {photos[3].name}
    assert inspecting.page.view.name.text() == photos[3].name


def test_bits_known_from_a_search_are_there_before_any_map(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    gate = inspecting.inspect_known(photos[0])
    assert len(inspecting.bits()) == 64
    assert inspecting.words("inspect-caption") == "Computing the map…"
    gate.set()
    inspecting.wait(lambda: len(inspecting.page.photo.maps) == 64)


def test_the_photo_of_the_search_is_inspected_with_its_match_beside_it(
    open_at: Open, photos: list[Path]
) -> None:
    helper = open_at("search")
    page = helper.window.current_page
    assert isinstance(page, SearchPage)
    helper.session.add_roots([photos[0].parent.parent])
    helper.wait(lambda: helper.session.coverage and helper.session.coverage.indexed == 6)
    helper.session.search_photo(photos[0], photos[0].name)
    helper.wait(lambda: page.photos.rowCount() == 6 and page.work.query.logits is not None)
    page.grid.setCurrentIndex(page.photos.index(2))
    match = page.photos.photo(2)
    assert match is not None
    helper.trigger("search.inspect")
    inspecting = Inspecting.of(helper)
    inspecting.wait(lambda: len(inspecting.page.beside.maps) == 64)
    inspecting.wait(inspecting.page.is_settled)
    view = inspecting.page.view
    assert view.beside.isVisible()
    assert inspecting.page.photo.photo.name == photos[0].name  # type: ignore[union-attr]
    assert view.beside.caption.toolTip().endswith(match.path.name)
    maps = [view.photo.view.bit_map, view.beside.view.bit_map]
    assert [each.bit for each in maps if each] == [inspecting.page.bit] * 2
    inspecting.trigger("inspect.alone")
    assert not view.beside.isVisible()


def test_what_a_search_has_read_is_not_read_again(open_at: Open, photos: list[Path]) -> None:
    helper = open_at("search")
    page = helper.window.current_page
    assert isinstance(page, SearchPage)
    helper.session.search_photo(photos[0], photos[0].name)
    helper.wait(lambda: page.work.query.logits is not None and page.reader.picture is not None)
    photos[0].unlink()
    helper.window.show_page("inspect")
    inspecting = Inspecting.of(helper)
    inspecting.wait(lambda: len(inspecting.page.photo.maps) == 64)
    assert inspecting.page.view.photo.view.has_picture
    assert inspecting.page.updatesEnabled()
    inspecting.page.inspect(Inspected(photos[0], photos[0].name))  # brought anew
    inspecting.wait(lambda: inspecting.page.photo.error is not None)


def test_a_photo_whose_maps_are_late_is_drawn_without_them(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    gate = inspecting.inspect_known(photos[0])
    assert not inspecting.page.updatesEnabled()
    inspecting.wait(inspecting.page.updatesEnabled)
    assert not inspecting.page.photo.maps
    gate.set()
    inspecting.wait(inspecting.page.is_settled)


def test_a_bit_leads_to_a_search_that_requires_it(open_at: Open, photos: list[Path]) -> None:
    helper = open_at("search")
    search = helper.window.current_page
    assert isinstance(search, SearchPage)
    helper.window.show_page("inspect")
    inspecting = Inspecting.of(helper)
    inspecting.index(photos[0].parent.parent, 6)
    inspecting.inspect(photos[0])
    bit = inspecting.page.bit
    inspecting.trigger("inspect.off")
    assert helper.window.current_name == "search"
    inspecting.wait(lambda: search.work.is_settled)
    assert search.work.steering.wish(bit) is Wish.OFF
    assert search.work.query.source == photos[0]  # type: ignore[union-attr]


def test_photos_can_be_dropped_opened_and_come_from_the_library(
    open_at: Open, photos: list[Path]
) -> None:
    helper = open_at("library")
    helper.session.add_roots([photos[0].parent.parent])
    helper.wait(lambda: helper.session.coverage and helper.session.coverage.indexed == 6)
    helper.wait_for_rest()
    library = helper.window.current_page
    grid = library.view.photos.grid  # type: ignore[attr-defined]
    grid.setCurrentIndex(grid.model().index(0, 0))
    helper.trigger("library.inspect")
    inspecting = Inspecting.of(helper)
    inspecting.wait(lambda: len(inspecting.page.photo.maps) == 64)
    assert inspecting.page.view.name.text() in {photo.name for photo in photos}
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photos[4]))])
    assert drop(inspecting.page, mime)
    assert inspecting.page.view.name.text() == photos[4].name
    inspecting.answers.files = photos[1:3]
    inspecting.trigger("inspect.open")
    assert inspecting.page.view.name.text() == photos[1].name
    assert inspecting.page.beside.photo.name == photos[2].name  # type: ignore[union-attr]
    inspecting.wait(inspecting.page.is_settled)


def test_two_photos_are_dropped_side_by_side_and_the_rest_is_of_use_as_well(
    inspecting: Inspecting, photos: list[Path], tmp_path: Path
) -> None:
    page, session = inspecting.page, inspecting.session
    folder = draw_photos(tmp_path / "Other", 3)[0].parent
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in (folder, photos[2], photos[3])])
    assert drop(page, mime)
    assert page.photo.photo.name == photos[2].name  # type: ignore[union-attr]
    assert page.beside.photo.name == photos[3].name  # type: ignore[union-attr]
    inspecting.wait(lambda: session.coverage and session.coverage.indexed == 3)
    web = QMimeData()
    web.setText("https://example.org/soup.jpg")
    assert drop(page, web)
    assert inspecting.banner("").message.code == "FS-104"
    assert inspecting.window.current_page is page, "no search is begun"
    inspecting.wait_for_rest()


def test_the_library_tells_of_a_bit_and_shows_it(
    inspecting: Inspecting, tmp_path: Path, photos: list[Path]
) -> None:
    inspecting.index(tmp_path / "Meals", 6)
    inspecting.inspect(photos[0])
    page = inspecting.page
    page.view.grid.bit_opened.emit(5)
    assert page.view.panel.isVisible()
    inspecting.wait(lambda: page.knowledge.attributes)
    assert "6 photos" in inspecting.words("inspect-attribute")
    on = sum(float(g.flat[5] > g.mean()) for g in _greys(photos))
    assert page.knowledge.attributes[5].on == on
    inspecting.trigger("inspect.examples")
    inspecting.wait(lambda: page.knowledge.margins is not None and page.is_settled())
    strips = page.view.panel.strips
    shown = {name: [photo.path for photo in strips[name].photos] for name in strips}
    assert sorted([*shown["on"], *shown["off"]]) == sorted(photos)
    assert len(shown["on"]) == on
    numbers = [float(p.caption.replace("−", "-")) for p in strips["boundary"].photos]
    assert numbers == sorted(numbers, key=abs)
    strips["boundary"].photo_activated.emit(shown["boundary"][0])
    inspecting.wait(lambda: len(page.beside.maps) == 64)
    assert page.beside.photo.source == shown["boundary"][0]  # type: ignore[union-attr]


def test_maps_are_tested_on_the_library_and_say_how_they_fared(
    inspecting: Inspecting, tmp_path: Path, photos: list[Path]
) -> None:
    inspecting.count(tmp_path / "Meals", 6)
    page = inspecting.page
    inspecting.inspect(photos[0])
    inspecting.wait(lambda: "exact" in page.knowledge.map_tests and page.is_settled())
    tested = page.knowledge.map_tests["exact"]
    assert (tested.photos, tested.cases) == (6, 48)
    assert inspecting.words("inspect-caption") == (
        f"About bit {page.bit}. Tested on 6 of your photos: blurring the fifth it calls most "
        f"important changed the bit more than blurring a fifth at random in {tested.won} of 48 "
        "cases (24 would be chance)."
    )
    page.knowledge.map_tests["exact"] = engine.MapTest("exact", 16, 128, 66)
    page.knowledge.changed.emit()
    told = inspecting.words("inspect-caption")
    assert told.startswith("No better than chance here: do not rely on it. About bit")


def test_a_photo_may_come_with_the_bit_to_begin_with(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    page = inspecting.page
    page.inspect(Inspected(photos[0], photos[0].name, bit=17))
    inspecting.wait(lambda: len(page.photo.maps) == 64)
    assert page.bit == 17
    page.inspect(Inspected(photos[1], photos[1].name))
    assert page.bit == 17


def test_of_a_bit_that_a_shorter_code_lacks_nothing_is_told(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    """The panel may ask for it before the new model has seen the photo."""
    inspecting.count(photos[0].parent.parent, 6)
    page = inspecting.page
    assert inspect_words.told(page.session, page.knowledge, 63, (), LIGHT)
    assert inspect_words.told(page.session, page.knowledge, 64, (), LIGHT) == ""


def test_how_maps_are_drawn_is_remembered(inspecting: Inspecting, photos: list[Path]) -> None:
    inspecting.inspect(photos[0])
    view, settings = inspecting.page.view, inspecting.session.settings
    view.opacity.setValue(35)
    view.contours.click()
    view.colours.setCurrentIndex(view.colours.findData("cividis"))
    view.colours.activated.emit(view.colours.currentIndex())
    view.order.setCurrentIndex(view.order.findData(BitOrder.NUMBER))
    view.order.activated.emit(view.order.currentIndex())
    again = InspectView(inspecting.page.cells, inspecting.page.view.panel, [])
    inspecting.qtbot.addWidget(again)
    RememberedLooks(again, SettingsStore(settings.path))
    assert again.opacity.value() == 35
    assert again.contours.isChecked()
    assert again.order.currentData() == BitOrder.NUMBER
    found = inspecting.page.photo.maps[0]
    offer_colours(again.colours, found)
    assert again.colours.currentData() == "cividis"


def test_a_view_that_another_model_had_is_offered_no_more(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    inspecting.inspect(photos[0])
    box, photo = inspecting.page.view.shown, inspecting.page.photo
    box.setCurrentText("Attention through all layers")
    box.activated.emit(box.currentIndex())
    photo.views = ()
    photo.maps_changed.emit()
    assert box.findText("Attention through all layers") < 0
    shown = inspecting.page.view.photo.view.bit_map
    assert shown is photo.maps[inspecting.page.bit]


def test_the_parts_of_a_map_can_be_looked_at_alone(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    inspecting.inspect(photos[0])
    page, photo, box = inspecting.page, inspecting.page.photo, inspecting.page.view.shown

    def split() -> None:
        photo.parts = ("fine", "coarse")
        for bit, each in photo.maps.items():
            half = replace(each, values=each.values / 2, name="fine", caption="Half of it.")
            photo.maps[bit] = replace(each, parts=(half, replace(half, name="coarse")))
        photo.maps_changed.emit()

    split()
    assert [box.itemText(n) for n in range(4)] == [
        "What makes the bit (exact)",
        "Of it: the fine features",
        "Of it: the coarse features",
        "Estimate (Grad-CAM)",
    ]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert page.view.photo.view.bit_map is photo.maps[page.bit].parts[1]
    assert inspecting.words("inspect-caption") == "Half of it."
    page.choose_bit(7)
    assert page.view.photo.view.bit_map is photo.maps[7].parts[1]
    box.setCurrentIndex(3)
    box.activated.emit(3)
    inspecting.wait(lambda: photo.maps and photo.maps[7].kind == "gradient" and not photo.is_busy)
    photo.parts = ("fine", "coarse")
    photo.maps_changed.emit()
    box.setCurrentIndex(1)
    box.activated.emit(1)
    inspecting.wait(lambda: len(photo.maps) == 64 and not photo.is_busy)
    assert photo.maps[7].kind == "exact", "parts are those of the best kind"


def test_another_kind_of_map_and_the_view_of_the_whole_can_be_chosen(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    inspecting.inspect(photos[0])
    box, view = inspecting.page.view.shown, inspecting.page.view
    assert [box.itemText(n) for n in range(box.count())] == [
        "What makes the bit (exact)",
        "Estimate (Grad-CAM)",
        "Test by blurring",
        "Attention through all layers",
        "Where the bit looked – not with this model",
    ]
    inspecting.window.resize(760, 520)
    (below,) = [a for a in view.findChildren(QScrollArea) if a.objectName() == "inspect-words"]
    assert below.horizontalScrollBar().maximum() == 0, "the long entry makes the box no wider"
    absent = view.shown.model().index(4, 0)
    assert not absent.flags() & Qt.ItemFlag.ItemIsEnabled
    for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
        assert absent.data(role) == (
            "Only networks with a question for each bit (QueryOpt) look bit by bit. Shown instead: "
            "What makes the bit (exact)."
        )
    for place, kind in ((1, "gradient"), (2, "occlusion"), (0, "exact")):
        box.setCurrentIndex(place)
        box.activated.emit(place)
        inspecting.wait(lambda: len(inspecting.page.photo.maps) == 64)
        shown = view.photo.view.bit_map
        assert shown is not None
        assert shown.kind == kind
    box.setCurrentIndex(3)
    box.activated.emit(3)
    shown = view.photo.view.bit_map
    assert shown is not None
    assert shown.name == "rollout"
    assert inspecting.words("inspect-caption") == "All in all."
    assert [view.colours.itemText(n) for n in range(view.colours.count())] == ["Viridis", "Cividis"]
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert view.colours.currentText() == "Blue to red", "as it was before the other map"


def test_colours_that_were_chosen_stay_with_every_kind_of_map(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    inspecting.inspect(photos[0])
    view = inspecting.page.view
    for name in ("Viridis", "Cividis"):
        view.colours.setCurrentText(name)
        view.colours.activated.emit(view.colours.currentIndex())
        for place in (3, 0):
            view.shown.setCurrentIndex(place)
            view.shown.activated.emit(place)
            assert view.colours.currentText() == name


def test_a_photo_that_cannot_be_read_says_why(inspecting: Inspecting, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    inspecting.page.inspect(Inspected(broken, broken.name))
    inspecting.wait(inspecting.page.is_settled)
    view = inspecting.page.view
    assert "broken.jpg" in view.photo.view.accessibleDescription()
    assert not view.about.isVisible()  # there is nothing to choose, and the reason is said
    assert view.photo.caption.toolTip() == "broken.jpg"
    assert not view.photo.view.has_picture
    assert inspecting.bits() == []


def test_of_a_damaged_photo_the_readable_part_is_looked_at(
    inspecting: Inspecting, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.jpg"
    Image.effect_noise((400, 300), 80).convert("RGB").save(damaged)
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size * 2 // 3])
    inspecting.inspect(damaged)
    view = inspecting.page.view
    assert view.photo.view.has_picture
    assert len(inspecting.bits()) == 64
    assert re.search(r"· damaged\.jpg · \d\d % readable$", view.photo.caption.toolTip())


def test_strength_and_contours_apply_to_all_maps(
    inspecting: Inspecting, photos: list[Path]
) -> None:
    inspecting.inspect(photos[0])
    view = inspecting.page.view
    before = view.photo.view.grab().toImage(), view.grid.grab().toImage()
    view.contours.setChecked(True)
    after = view.photo.view.grab().toImage(), view.grid.grab().toImage()
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert not view.opacity.isEnabled()
    assert view.legend.words()[0].startswith("dashed: towards off −")


def _greys(photos: list[Path]) -> list[np.ndarray]:
    from tests.gui.cheap_engine import CheapEncoder

    encoder = CheapEncoder("")
    return [
        encoder.prepare(engine.load_photo(photo).image).mean(axis=2).astype(np.float32)
        for photo in photos
    ]
