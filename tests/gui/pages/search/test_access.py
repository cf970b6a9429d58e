"""The Search page without a mouse and without eyes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.pages.search.bench import Bench


def spoken(widget: QWidget, what: QAccessible.Text = QAccessible.Text.Name) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(what)


def focusable(root: QWidget) -> list[QWidget]:
    return [
        widget
        for widget in root.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and not isinstance(widget.parent(), QAbstractScrollArea)
    ]


def test_everything_that_takes_the_focus_has_a_name(bench: Bench, photo_folder: Path) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    for root in (bench.page, bench.page.details):
        for widget in focusable(root):
            name = spoken(widget)
            assert name, f"{type(widget).__name__} {widget.objectName()!r} has no name"
            assert "&" not in name


def test_every_mnemonic_leads_somewhere(bench: Bench, photo_folder: Path) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    for label in bench.page.findChildren(QLabel):
        if "&" in label.text():
            assert label.buddy() is not None, label.text()


def test_tab_goes_through_the_page_in_its_order(
    qtbot: QtBot, bench: Bench, photo_folder: Path
) -> None:
    bench.page.view.results.setValue(5)
    bench.search(photo_folder / "soup" / "soup 00.png")
    view = bench.page.view
    expected = [
        view.card.replace_button,
        view.card.add_button,
        view.model_box,
        view.folder_box,
        view.distance.slider,
        view.results,
        view.duplicates,
        view.suggestion,  # one stop for each of its links
        view.suggestion,
        view.order_box,
        view.grid,
        view.show_beyond,
    ]
    expected[0].setFocus()
    seen = []
    for _ in expected:
        seen.append(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert [w.objectName() or w for w in seen] == [w.objectName() or w for w in expected]


def test_the_slider_tells_its_value_in_words(bench: Bench) -> None:
    slider = bench.page.view.distance.slider
    assert spoken(slider, QAccessible.Text.Description) == "any"
    slider.setValue(18)
    assert spoken(slider, QAccessible.Text.Description) == "18 of 64"


def test_tiles_tell_rank_name_and_distance(bench: Bench, photo_folder: Path) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    grid = QAccessible.queryAccessibleInterface(bench.page.grid)
    assert grid.text(QAccessible.Text.Name) == "Results"
    assert grid.child(1).text(QAccessible.Text.Name) == (
        "Result 2, soup 01.png, distance 4 of 64, 60 bits agree, soup"
    )


def test_no_text_is_cut_off_at_the_usual_size(bench: Bench, photo_folder: Path) -> None:
    bench.search(photo_folder / "soup" / "soup 00.png")
    assert bench.window.size().width() == 1280
    for label in bench.window.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap():
            needed = label.minimumSizeHint()
            assert label.width() >= needed.width(), label.text()
            assert label.height() >= needed.height(), label.text()
