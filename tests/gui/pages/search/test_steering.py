"""A search that its user bends: bits, order, judgements, further photos."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import engine
from engine import ExplanationPage, JobContext, LabelName, Legend, colour_table
from engine.explain.report import ShownPhoto
from engine.storage import content_hash
from foodsearch_gui.core.inspection import Inspected
from foodsearch_gui.core.search_work import SearchState
from foodsearch_gui.core.steering import Steering, Wish
from foodsearch_gui.dialogs.photo_list import PhotoListDialog
from foodsearch_gui.models.photo_grid import PhotoRole
from foodsearch_gui.widgets.chip_row import ChipRow
from foodsearch_gui.widgets.heatmap_view import describe_place
from tests.gui import drags
from tests.gui.pages.search.bench import Bench, draw_variant


@pytest.fixture
def soup(bench: Bench, photo_folder: Path, qtbot: QtBot) -> Bench:
    """A search with the first soup, its logits known."""
    bench.search(photo_folder / "soup" / "soup 00.png")
    qtbot.waitUntil(lambda: bench.page.work.query.logits is not None)
    return bench


def bits_of(bench: Bench, row: int) -> np.ndarray:
    code = bench.session.searcher.code_of(int(bench.page.photos.ids[row]))
    return engine.unpack(code.reshape(-1), 64)


def chips(bench: Bench) -> list[str]:
    return bench.page.view.steering.texts if bench.page.view.steering.isVisible() else []


def ask(bench: Bench, bit: int, wish: Wish | None) -> None:
    """Choose in the panel what a bit does."""
    details = bench.page.details
    details.strip.set_current(bit)
    box = details.findChild(type(details._wish_box), "bit-wish")
    box.setCurrentIndex(box.findData(wish))
    box.activated.emit(box.currentIndex())


def test_a_bit_that_must_be_on_is_on_in_every_photo_found(soup: Bench) -> None:
    ask(soup, 5, Wish.ON)
    assert chips(soup) == ["Only with bit 5"]
    rows = range(soup.page.photos.rowCount())
    assert soup.names
    assert all(bits_of(soup, row)[5] == 1 for row in rows)
    ask(soup, 5, Wish.OFF)
    assert chips(soup) == ["Only without bit 5"], "a bit has one wish"
    assert all(bits_of(soup, row)[5] == 0 for row in range(soup.page.photos.rowCount()))


def test_a_bit_turned_round_is_searched_for_the_other_way(soup: Bench) -> None:
    before = {int(i): hit.distance for i, hit in zip(soup.page.photos.ids, hits(soup), strict=True)}
    own = int(engine.unpack(soup.page.work.query.code, 64)[9])
    ask(soup, 9, Wish.FLIP)
    for row, hit in enumerate(hits(soup)):
        agrees_now = bits_of(soup, row)[9] != own
        assert hit.distance == before[hit.photo_id] + (-1 if agrees_now else 1)
    assert "(turned round)" in soup.page.details.strip.describe_bit(9)


def test_a_bit_that_does_not_count_is_in_no_distance(qtbot: QtBot, soup: Bench) -> None:
    differing = hits(soup)[3].disagree[0]
    photo = hits(soup)[3].photo_id
    ask(soup, differing, Wish.IGNORE)
    found = soup.page.work.hit(photo)
    assert differing not in found.disagree
    soup.page.grid.select_photo(photo)
    assert soup.page.details.headline.endswith("of 63 bits agree")
    tile = soup.page.grid.currentIndex()
    assert tile.data(PhotoRole.BITS) == 63
    agree = f"distance {found.distance} of 63, {63 - found.distance} bits agree"
    assert agree in tile.data(Qt.ItemDataRole.AccessibleTextRole)
    soup.page.view.distance.slider.setValue(4)
    qtbot.waitUntil(lambda: soup.page.view.beyond.text().endswith("more beyond 4 of 63."))


def test_chips_go_by_mouse_and_by_key_and_all_at_once(qtbot: QtBot, soup: Bench) -> None:
    for bit, wish in ((1, Wish.IGNORE), (2, Wish.FLIP), (3, Wish.IGNORE), (4, Wish.IGNORE)):
        ask(soup, bit, wish)
    row = soup.page.view.steering
    qtbot.mouseClick(row.button("bit:1"), Qt.MouseButton.LeftButton)
    assert chips(soup)[0] == "Bit 2 turned round"
    row.button("bit:2").setFocus()
    assert QApplication.focusWidget() is row.button("bit:2")
    qtbot.keyClick(row.button("bit:2"), Qt.Key.Key_Delete)
    assert chips(soup) == ["Bit 3 does not count", "Bit 4 does not count"]
    assert QApplication.focusWidget() is row.button("bit:3"), "the next one can go, too"
    qtbot.mouseClick(soup.page.view.clear_steering, Qt.MouseButton.LeftButton)
    assert chips(soup) == []
    assert not row.isVisible()


def test_back_undoes_a_wish(soup: Bench) -> None:
    names = soup.names
    ask(soup, 5, Wish.OFF)
    assert soup.names != names
    soup.window.actions_registry["search.back"].trigger()
    assert soup.names == names
    assert chips(soup) == []
    soup.window.actions_registry["search.forward"].trigger()
    assert chips(soup) == ["Only without bit 5"]


def test_another_photo_takes_the_wishes_back_and_says_so(soup: Bench, photo_folder: Path) -> None:
    ask(soup, 5, Wish.IGNORE)
    soup.search(photo_folder / "curry" / "curry 00.png")
    assert soup.page.work.steering == Steering(soup.session.model.key)
    note = soup.page.view.steering_note
    assert note.isVisible()
    assert note.text() == (
        "New photo: 1 wish for the one before taken back. Alt+Left goes back to it."
    )


def test_wishes_that_suit_any_photo_can_be_kept(soup: Bench, photo_folder: Path) -> None:
    for bit, wish in ((5, Wish.IGNORE), (6, Wish.FLIP)):
        ask(soup, bit, wish)
    soup.page.view.keep_steering.click()
    soup.search(photo_folder / "curry" / "curry 00.png")
    assert chips(soup) == ["Bit 5 does not count"], "the other way round than what?"


def test_sure_bits_first_orders_by_weighted_distance(soup: Bench, tmp_path: Path) -> None:
    box = soup.page.view.order_box
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert chips(soup) == ["Sure bits count more"]
    weighted = [hit.weighted for hit in hits(soup)]
    assert weighted == sorted(weighted)
    soup.page.view.clear_steering.click()
    assert box.currentIndex() == 0


def test_judgements_teach_the_order_only_when_asked(qtbot: QtBot, soup: Bench) -> None:
    work, view = soup.page.work, soup.page.view
    before = soup.names
    good, bad = hits(soup)[5].photo_id, hits(soup)[1].photo_id
    work.judge([good], True)
    work.judge([bad], False)
    assert soup.names == before
    assert view.teach.isVisible()
    assert view.teach.text().replace("&", "").endswith("judgements (1 good, 1 not)")
    qtbot.mouseClick(view.teach, Qt.MouseButton.LeftButton)
    assert chips(soup) == ["Taught by 1 good, 1 not"]
    assert not view.teach.isVisible(), "nothing new to learn"
    assert [hit.weighted is not None for hit in hits(soup)] == [True] * len(before)
    view.steering.button("judged").click()
    assert soup.names == before


def test_a_judgement_that_waits_to_be_saved_teaches_and_stays(soup: Bench) -> None:
    work = soup.page.work
    good = hits(soup)[5].photo_id
    is_scanned = threading.Event()

    def scan(_context: JobContext) -> None:
        is_scanned.wait()

    soup.session.library_worker.submit("Scanning", scan)
    try:
        work.judge([good], True)
        soup.page.view.teach.click()
        assert chips(soup) == ["Taught by 1 good, 0 not"]
        assert work.judgements == {good: True}
    finally:
        is_scanned.set()


def test_several_photos_are_searched_for_together(
    qtbot: QtBot, soup: Bench, tmp_path: Path
) -> None:
    other = draw_variant(tmp_path / "other.png", 1, 8)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(other))])
    assert drags.drop(soup.page.view.card.add_button, mime)
    qtbot.waitUntil(lambda: chips(soup) == ["and other.png"] and soup.page.work.is_settled)
    query = soup.page.work.query
    joined = engine.join_queries([photo.logits for photo in query.photos])
    assert np.array_equal(soup.page.work.steered.code, engine.binarize(joined))
    pair, export = soup.page.details.pair, soup.window.actions_registry["search.export"]
    assert pair.query_caption.text() == "Query, photo 1 of 2"
    assert pair.query.accessibleName() == "First of 2 query photos"
    qtbot.waitUntil(lambda: "your first photo alone" in pair.words.text())
    assert not export.isEnabled(), "no map explains the distances of a joined code"
    assert "a single photo" in export.toolTip()
    soup.page.view.steering.button("photo:1").click()
    assert chips(soup) == []
    assert pair.query_caption.text() == "Query"
    assert export.isEnabled()
    assert "a single photo" not in export.toolTip()


def test_the_details_say_of_maps_that_fare_no_better_than_chance(
    qtbot: QtBot, soup: Bench, tmp_path: Path
) -> None:
    knowledge, words = soup.session.knowledge, soup.page.details.pair.words
    qtbot.waitUntil(lambda: "exact" in knowledge.map_tests)
    assert knowledge.stability is None, "nothing else is tested unasked"
    knowledge.map_tests["exact"] = engine.MapTest("exact", 16, 128, 126)
    knowledge.changed.emit()
    assert words.text() == "What makes the bit (exact)"
    knowledge.map_tests["exact"] = engine.MapTest("exact", 16, 128, 66)
    knowledge.changed.emit()
    advice = (
        "No better than chance here: do not rely on it. The page Inspect offers “Test by "
        "blurring”, which mostly fares better."
    )
    assert words.text() == f"What makes the bit (exact). {advice}"
    soup.page.details.pair.together.click()
    told = f"What speaks for the match (exact). {advice}"
    qtbot.waitUntil(lambda: words.text() == told)
    soup.page.details.pair.together.click()
    soup.page.work.add_photos([draw_variant(tmp_path / "other.png", 1, 8)])
    qtbot.waitUntil(lambda: "your first photo alone" in words.text())
    assert ".." not in words.text()


def test_the_photo_that_was_searched_is_not_read_again_for_its_maps(
    qtbot: QtBot, bench: Bench, photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    load = engine.read_query
    monkeypatch.setattr(
        engine,
        "read_query",
        lambda source, **options: read.append(Path(source).name) or load(source, **options),
    )
    bench.search(draw_variant(photo_folder.parent / "new.png", 1, 2))
    qtbot.waitUntil(lambda: bench.page.details.pair.words.text() == "What makes the bit (exact)")
    qtbot.waitUntil(bench.page.is_settled)
    assert read.count("new.png") == 1
    assert len(read) == 2, "the match"


def test_bits_have_the_names_of_the_folders_they_follow(qtbot: QtBot, soup: Bench) -> None:
    knowledge = soup.session.knowledge
    qtbot.waitUntil(lambda: bool(knowledge.attributes))
    soup.page.grid.setCurrentIndex(soup.page.photos.index(2))
    bit, ignored, *others = [int(title) for title in table_of(soup)]
    ask(soup, ignored, Wish.IGNORE)
    assert chips(soup) == [f"Bit {ignored} does not count"]
    found = LabelName(("curry",), False, 0.9, 0.8)
    knowledge.attributes = tuple(
        replace(told, label_name=found) if told.bit in (bit, ignored) else told
        for told in knowledge.attributes
    )
    knowledge.changed.emit()
    assert table_of(soup) == [f"{bit} not curry", *map(str, others)]
    assert chips(soup) == [f"Bit {ignored} “not curry” does not count"]


def test_a_match_is_added_to_the_query_by_a_key(qtbot: QtBot, soup: Bench) -> None:
    soup.page.grid.setCurrentIndex(soup.page.photos.index(2))
    soup.window.actions_registry["search.add"].trigger()
    qtbot.waitUntil(lambda: soup.page.work.is_settled and len(soup.page.work.query.hashes) == 2)
    assert chips(soup) == ["and soup 02.png"]
    voters = {photo for vote in soup.page.work.answer.suggestion for photo in vote.photos}
    names = {record.path.name for record in soup.session.catalogue.photos(sorted(voters))}
    assert voters
    assert not names & {"soup 00.png", "soup 02.png"}, "neither has a vote on what both show"


def test_photos_that_are_added_together_are_one_step(
    soup: Bench, tmp_path: Path, photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    encode = soup.session.encode_query

    def count(model: object, source: Path, name: str, **options: object) -> object:
        read.append(name)
        return encode(model, source, name, **options)

    monkeypatch.setattr(soup.session, "encode_query", count)
    files = [draw_variant(tmp_path / f"{number}.png", 1, 8 * number) for number in range(3)]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    assert drags.drop(soup.page.view.card.add_button, mime)
    soup.until(SearchState.HITS)
    assert chips(soup) == ["and 0.png", "and 1.png", "and 2.png"]
    assert read == ["0.png", "1.png", "2.png"], "none is read and dropped again"
    soup.page.work.go(-1)
    assert chips(soup) == [], "one step back"
    rows = [soup.page.photos.index(row) for row in (2, 3)]
    soup.page.grid.add_wanted.emit([int(row.data(PhotoRole.ID)) for row in rows])
    soup.until(SearchState.HITS)
    assert len(chips(soup)) == 2
    soup.page.work.go(-1)
    assert chips(soup) == []
    soup.until(SearchState.HITS)


def test_what_is_no_photo_goes_where_it_is_of_use(soup: Bench) -> None:
    web = QMimeData()
    web.setText("https://example.org/soup.jpg")
    assert drags.drop(soup.page.view.card.add_button, web)
    assert [banner.message.code for banner in soup.window.messages.banners()] == ["FS-104"]
    assert chips(soup) == []


def test_an_added_photo_that_is_none_is_told_and_left_out(
    qtbot: QtBot, soup: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "menu.pdf"
    path.write_bytes(b"no picture")
    soup.page.work.add_photos([path])
    qtbot.waitUntil(lambda: bool(soup.window.messages.banners()))
    assert soup.window.messages.banners()[0].message.code == "FS-101"
    assert chips(soup) == []
    assert soup.names[0] == "soup 00.png"


def test_an_added_photo_that_vanished_is_left_out_when_the_model_changes(
    qtbot: QtBot, soup: Bench, tmp_path: Path
) -> None:
    added = draw_variant(tmp_path / "added.png", 1, 8)
    soup.page.work.add_photos([added])
    qtbot.waitUntil(lambda: chips(soup) == ["and added.png"] and soup.page.work.is_settled)
    added.unlink()
    store = soup.session.store
    store.export(soup.session.model.id, tmp_path / "other.fsmodel")
    soup.session.choose_model(store.import_file(tmp_path / "other.fsmodel", "other-64").id)
    qtbot.waitUntil(lambda: chips(soup) == [])
    soup.window.actions_registry["library.index"].trigger()
    soup.until(SearchState.HITS)
    assert [banner.message.code for banner in soup.window.messages.banners()] == ["FS-107"]


def test_a_photo_is_added_to_one_of_the_library_whose_file_is_away(
    qtbot: QtBot, bench: Bench, photo_folder: Path, tmp_path: Path
) -> None:
    first = photo_folder / "soup" / "soup 00.png"
    bench.search(photo_folder / "curry" / "curry 00.png")
    found = bench.session.catalogue.id_of_hash(content_hash(first))
    first.rename(tmp_path / "away.png")
    bench.page.work.search_similar(found)
    bench.until(SearchState.HITS)
    bench.page.work.add_photos([draw_variant(tmp_path / "added.png", 1, 8)])
    bench.until(SearchState.HITS)
    assert [photo.name for photo in bench.page.work.query.photos] == ["soup 00.png", "added.png"]
    assert len(bench.page.work.query.hashes) == 2


def test_the_note_on_wishes_taken_back_goes_with_the_next_change(
    qtbot: QtBot, soup: Bench, photo_folder: Path, tmp_path: Path
) -> None:
    ask(soup, 5, Wish.IGNORE)
    soup.search(photo_folder / "curry" / "curry 00.png")
    assert soup.page.work.taken_back == 1
    soup.page.work.add_photos([draw_variant(tmp_path / "added.png", 1, 8)])
    assert not soup.page.view.steering_note.isVisible(), "Alt+Left would undo the adding alone"


def test_a_bit_asked_for_of_one_photo_is_not_asked_of_several(
    qtbot: QtBot, soup: Bench, tmp_path: Path
) -> None:
    searched = soup.session.searched
    soup.session.bit_requested.emit(searched, 5, True)
    assert chips(soup) == ["Only with bit 5"]
    soup.page.work.add_photos([draw_variant(tmp_path / "added.png", 1, 8)])
    soup.until(SearchState.HITS)
    soup.session.bit_requested.emit(searched, 6, True)
    soup.until(SearchState.HITS)
    assert chips(soup) == ["Only with bit 6"]
    assert soup.page.work.query.added == ()


def test_bits_of_another_model_mean_nothing() -> None:
    steering = Steering("one", ((5, Wish.ON),), True, ((7, True),))
    assert steering.for_model("one") == steering
    assert steering.for_model("two") == Steering("two", (), True, ((7, True),))


def test_delete_in_a_row_without_chips_does_nothing(qtbot: QtBot) -> None:
    row = ChipRow()
    qtbot.addWidget(row)
    row.show()
    qtbot.keyClick(row, Qt.Key.Key_Delete)
    assert row.texts == []


def test_both_photos_show_the_same_bit(qtbot: QtBot, soup: Bench) -> None:
    pair, details = soup.page.details.pair, soup.page.details
    soup.page.grid.setCurrentIndex(soup.page.photos.index(2))
    for bit in (7, 30):
        qtbot.mouseClick(
            details.strip, Qt.MouseButton.LeftButton, pos=details.strip.cell(bit).center()
        )
        qtbot.waitUntil(
            lambda bit=bit: (
                pair.query.bit_map is not None
                and pair.match.bit_map is not None
                and pair.query.bit_map.bit == pair.match.bit_map.bit == bit
            )
        )
    pair.maps.click()
    assert pair.query.bit_map is None
    assert pair.query.has_picture


def test_the_bit_that_is_looked_at_goes_along_to_inspect(qtbot: QtBot, soup: Bench) -> None:
    details, row = soup.page.details, soup.page.photos.index(2)
    soup.page.grid.setCurrentIndex(row)
    qtbot.mouseClick(details.strip, Qt.MouseButton.LeftButton, pos=details.strip.cell(30).center())
    asked: list[Inspected] = []
    soup.session.inspect_requested.connect(lambda photo, _beside: asked.append(photo))
    soup.page.grid.inspect_wanted.emit(int(soup.page.photos.ids[2]))
    assert [photo.bit for photo in asked] == [30]


def test_all_bits_together_show_what_speaks_for_the_match(qtbot: QtBot, soup: Bench) -> None:
    pair, details = soup.page.details.pair, soup.page.details
    soup.page.grid.setCurrentIndex(soup.page.photos.index(2))
    pair.together.click()
    assert pair.maps.text() == "Map of all bits"
    qtbot.waitUntil(
        lambda: (
            pair.query.bit_map is not None
            and pair.match.bit_map is not None
            and pair.query.bit_map.bit is None
        )
    )
    query, match = soup.page.work.asked, pair.match.bit_map
    assert query is not None
    assert query.logits is not None
    # In these codes a bit is a pixel, which has its logit for itself.
    signs = 2.0 * bits_of(soup, 2) - 1
    assert pair.query.bit_map is not None
    np.testing.assert_allclose(
        pair.query.bit_map.values.ravel(), signs * query.logits / 64, rtol=1e-4, atol=1e-5
    )
    assert match is not None
    assert match.logit > 0
    assert pair.legend.words()[0].startswith("against")
    assert describe_place(match, 0, 0).endswith("the match.")
    qtbot.mouseClick(details.strip, Qt.MouseButton.LeftButton, pos=details.strip.cell(30).center())
    assert not pair.together.isChecked()
    qtbot.waitUntil(lambda: pair.query.bit_map is not None and pair.query.bit_map.bit == 30)


def test_all_bits_together_are_not_offered_where_maps_do_not_add_up(
    qtbot: QtBot, soup: Bench
) -> None:
    pair = soup.page.details.pair
    soup.session.engine.kinds = ("attention", "gradient", "occlusion")
    soup.page.grid.setCurrentIndex(soup.page.photos.index(2))
    pair.together.click()
    qtbot.waitUntil(lambda: not pair.together.isEnabled())
    assert "do not add up" in pair.together.toolTip()
    qtbot.waitUntil(lambda: None not in (pair.query.bit_map, pair.match.bit_map))
    assert pair.query.bit_map.bit == soup.page.details.bit
    assert pair.maps.text() == f"Map of bit {soup.page.details.bit}"


def test_all_bits_together_follow_the_wishes_of_the_search_that_is_shown(
    qtbot: QtBot, soup: Bench, photo_folder: Path
) -> None:
    ask(soup, 9, Wish.FLIP)
    ask(soup, 30, Wish.IGNORE)
    pair, logits = soup.page.details.pair, soup.page.work.query.logits

    def is_shown_for(row: int) -> bool:
        signs, shown = 2.0 * bits_of(soup, row) - 1, pair.query.bit_map
        signs[9], signs[30] = -signs[9], 0
        expected = (signs * logits / 63).reshape(8, 8)
        return shown is not None and bool(np.allclose(shown.values, expected, atol=1e-4))

    soup.page.grid.setCurrentIndex(soup.page.photos.index(2))
    pair.together.click()
    qtbot.waitUntil(lambda: is_shown_for(2))
    soup.encoder.gate.clear()  # another photo is searched with, and not answered yet
    try:
        soup.session.search_photo(photo_folder / "curry" / "curry 00.png")
        soup.page.grid.setCurrentIndex(soup.page.photos.index(3))
        qtbot.waitUntil(lambda: is_shown_for(3))
    finally:
        soup.encoder.gate.set()


def test_a_click_on_a_suggestion_shows_its_evidence(
    soup: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[PhotoListDialog] = []
    monkeypatch.setattr(soup.page.questions, "show", shown.append)
    soup.page.view.suggestion.linkActivated.emit("0")
    vote = soup.page.work.answer.suggestion[0]
    assert shown[0].windowTitle() == "The nearest photos that are called “soup”"
    assert shown[0].model.rowCount() == vote.count


@pytest.mark.parametrize("ending", [".html", ".png"])
def test_the_explanation_is_written(
    qtbot: QtBot, soup: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    picture = Image.new("RGB", (40, 30), "red")
    column = ShownPhoto("Query", "soup.png", (picture, None), ("soup.png", ""))
    legends = (None, Legend(("off", "on"), ("−1", "+1"), colour_table("auto", signed=True), True))
    rows = ("Photos", "Bit 4")
    page = ExplanationPage("Why", ("20 photos.",), (column,), rows, legends, ("Read so.",))
    asked: list[object] = []

    def explain(*arguments: object, **wishes: object) -> Iterator[ExplanationPage | None]:
        asked.extend([*arguments, wishes])
        return iter([None, None, page])

    def train(context: JobContext) -> None:
        while not is_trained.wait(0.001):
            context.checkpoint()

    target = tmp_path / f"why{ending}"
    monkeypatch.setattr(soup.session.engine, "explain_answer", explain)
    monkeypatch.setattr(soup.page.questions, "save_as", lambda *_: target)
    ask(soup, 5, Wish.IGNORE)
    soup.session.knowledge.map_tests["exact"] = engine.MapTest("exact", 16, 128, 66)
    is_trained = threading.Event()
    training = soup.session.gpu.submit("Training", train)
    try:
        soup.window.actions_registry["search.export"].trigger()
        qtbot.waitUntil(target.exists)
        assert not training.state.is_final, "it waits for no training"
    finally:
        is_trained.set()
    qtbot.waitUntil(lambda: bool(soup.window.messages.banners()))
    assert "Bit 5 does not count." in asked[3]
    assert asked[5].pop("names") == ("",) * 64
    judged = asked[5].pop("judged")["exact"]
    assert judged.startswith("No better than chance here: do not rely on it. Tested on 16 of your")
    assert judged.endswith("in 66 of 128 cases (64 would be chance).")
    assert asked[5] == {"flips": frozenset(), "ignore": {5}}
    if ending == ".png":
        with Image.open(target) as written:
            assert written.width > 500
            pixels = np.asarray(written, int)
            for end in ((33, 102, 172), (178, 24, 43)):  # of the bar
                assert np.abs(pixels - end).sum(axis=2).min() < 9
    else:
        assert "linear-gradient(to right,rgb(33, 102, 172)" in target.read_text(encoding="utf-8")


def test_while_a_photo_is_read_the_answer_before_keeps_its_own_photo(
    qtbot: QtBot,
    soup: Bench,
    photo_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    target = tmp_path / "why.html"
    page = ExplanationPage("Why", (), (), (), (), ())
    monkeypatch.setattr(
        soup.session.engine,
        "explain_answer",
        lambda *given, **_: asked.extend(given) or iter([page]),
    )
    monkeypatch.setattr(soup.page.questions, "save_as", lambda *_: target)
    answer = soup.page.work.answer
    soup.encoder.gate.clear()
    soup.session.search_photo(photo_folder / "curry" / "curry 00.png")
    assert soup.state is SearchState.LOADING
    soup.window.actions_registry["search.export"].trigger()
    soup.encoder.gate.set()
    qtbot.waitUntil(target.exists)
    assert asked[1].name == "soup 00.png"
    assert asked[2] is answer
    soup.until(SearchState.HITS)


def test_a_photo_that_is_still_being_added_changes_no_details(
    qtbot: QtBot, soup: Bench, tmp_path: Path
) -> None:
    soup.page.grid.setCurrentIndex(soup.page.photos.index(2))
    before = soup.page.details.headline, table_of(soup)
    soup.encoder.gate.clear()
    soup.page.work.add_photos([draw_variant(tmp_path / "other.png", 2, 8)])
    for row in (1, 2):
        soup.page.grid.setCurrentIndex(soup.page.photos.index(row))
    assert (soup.page.details.headline, table_of(soup)) == before
    soup.encoder.gate.set()
    soup.until(SearchState.HITS)


def table_of(bench: Bench) -> list[str]:
    model = bench.page.details.table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def hits(bench: Bench) -> tuple[engine.Hit, ...]:
    return bench.page.work.answer.hits
