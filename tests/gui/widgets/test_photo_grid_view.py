from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAccessible, QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine import Paths
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.dialogs.photo_viewer import PhotoViewer
from foodsearch_gui.models.photo_grid import PhotoGridModel, PhotoRole
from foodsearch_gui.widgets.photo_grid_view import PhotoGridView
from tests.gui.photos import RepeatedPhotos, draw_photo

MANY = 100_000


class CountingModel(PhotoGridModel):
    """Counts what the view asks for."""

    calls = 0

    def data(self, index: object, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        self.calls += 1
        return super().data(index, role)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [draw_photo(tmp_path / f"plate {number}.jpg", number) for number in range(7)]


@pytest.fixture
def thumbs(qapp: object, paths: Paths) -> Iterator[ThumbPool]:
    pool = ThumbPool(paths.thumbnails, 10_000_000, threads=1)
    yield pool
    assert pool.shutdown()


@pytest.fixture
def make_grid(qtbot: QtBot, thumbs: ThumbPool, files: list[Path]) -> Callable[[int], PhotoGridView]:
    def make(count: int) -> PhotoGridView:
        window = QWidget()
        qtbot.addWidget(window)
        model = CountingModel(thumbs, "test", window)
        model.set_fetch(RepeatedPhotos(files))
        model.set_ids(np.arange(1, count + 1))
        grid = PhotoGridView(
            model, thumbs, ActionRegistry(window), "test", can_judge=True, parent=window
        )
        grid.photos = model
        window.resize(900, 600)
        grid.resize(900, 600)
        return grid

    return make


def show_focused(qtbot: QtBot, grid: PhotoGridView) -> None:
    grid.window().show()
    grid.window().activateWindow()
    grid.setFocus()
    qtbot.waitUntil(grid.hasFocus)


def visible_rows(grid: PhotoGridView) -> list[int]:
    area = grid.viewport().rect()
    corners = [(x, y) for x in range(20, area.width(), 50) for y in range(5, area.height(), 40)]
    rows = {grid.indexAt(QPoint(x, y)).row() for x, y in corners}
    return sorted(row for row in rows if row >= 0)


def all_visible_have_pictures(grid: PhotoGridView) -> bool:
    rows = visible_rows(grid)
    indexes = [grid.model().index(row, 0) for row in rows]
    return bool(rows) and all(index.data(PhotoRole.THUMB) is not None for index in indexes)


def test_a_hundred_thousand_photos_show_at_once(
    qtbot: QtBot, make_grid: Callable[[int], PhotoGridView]
) -> None:
    grid = make_grid(MANY)
    started = time.perf_counter()
    grid.window().show()
    qtbot.waitExposed(grid.window())
    QApplication.processEvents()
    took = time.perf_counter() - started
    assert took < 0.5, f"{1000 * took:.0f} ms"
    assert grid.photos.calls < 2000


def test_scrolling_to_the_end_loses_no_picture(
    qtbot: QtBot, make_grid: Callable[[int], PhotoGridView], thumbs: ThumbPool
) -> None:
    grid = make_grid(MANY)
    grid.window().show()
    bar = grid.verticalScrollBar()
    lines = -(-MANY // grid.columns())
    qtbot.waitUntil(lambda: bar.maximum() > (lines - 8) * grid.gridSize().height(), timeout=20_000)
    for share in (0.1, 0.35, 0.36, 0.8, 0.2, 0.99, 1.0):  # somebody pulls the bar about
        bar.setValue(round(share * bar.maximum()))
        QApplication.processEvents()
    qtbot.waitUntil(lambda: all_visible_have_pictures(grid) and thumbs.is_idle, timeout=10_000)
    assert visible_rows(grid)[-1] == MANY - 1
    bar.setValue(bar.maximum() // 2)
    qtbot.waitUntil(lambda: all_visible_have_pictures(grid) and thumbs.is_idle, timeout=10_000)


@pytest.mark.parametrize("width", [320, 430, 700, 901, 1333])
@pytest.mark.parametrize("zoom", [128, 192, 256])
def test_tiles_fill_the_width_evenly(
    qtbot: QtBot, make_grid: Callable[[int], PhotoGridView], width: int, zoom: int
) -> None:
    grid = make_grid(60)
    grid.set_zoom(zoom)
    grid.resize(width, 500)
    grid.window().show()
    QApplication.processEvents()
    rects = [grid.visualRect(grid.model().index(row, 0)) for row in range(60)]
    in_first_line = sum(rect.y() == rects[0].y() for rect in rects)
    assert in_first_line == grid.columns()
    rest = grid.viewport().width() - rects[in_first_line - 1].right()
    assert 0 <= rest < 40 + grid.columns()


def test_an_arrow_key_starts_on_the_first_photo(
    qtbot: QtBot, make_grid: Callable[[int], PhotoGridView]
) -> None:
    grid = make_grid(20)
    seen: list[int] = []
    grid.current_changed.connect(seen.append)
    show_focused(qtbot, grid)
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert seen == [0, 1, 1 + grid.columns(), 19]


def test_letters_are_shortcuts(qtbot: QtBot, make_grid: Callable[[int], PhotoGridView]) -> None:
    grid = make_grid(20)
    show_focused(qtbot, grid)
    wanted: list[int] = []
    judged: list[tuple[object, object]] = []
    grid.similar_wanted.connect(wanted.append)
    grid.judged.connect(lambda ids, verdict: judged.append((ids, verdict)))
    grid.setCurrentIndex(grid.model().index(4, 0))
    qtbot.keyClick(grid, Qt.Key.Key_S)
    qtbot.keyClick(grid, Qt.Key.Key_G)
    qtbot.keyClick(grid, Qt.Key.Key_N)
    assert wanted == [5]
    assert judged == [((5,), True), ((5,), False)]
    grid.photos.set_judgements({5: False})
    qtbot.keyClick(grid, Qt.Key.Key_N)
    assert judged[-1] == ((5,), None), "the same key takes the judgement back"
    assert grid.currentIndex().row() == 4, "letters do not search for names"


def test_paths_and_pictures_go_to_the_clipboard(
    qtbot: QtBot, make_grid: Callable[[int], PhotoGridView], files: list[Path]
) -> None:
    grid = make_grid(20)
    show_focused(qtbot, grid)
    grid.setCurrentIndex(grid.model().index(1, 0))
    qtbot.keyClick(grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == str(files[2])
    qtbot.waitUntil(lambda: all_visible_have_pictures(grid))
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(grid, Qt.Key.Key_C, modifiers)
    assert QGuiApplication.clipboard().image().width() == 256


def test_zoom_by_keys_and_wheel_stays_within_its_steps(
    qtbot: QtBot, make_grid: Callable[[int], PhotoGridView]
) -> None:
    grid = make_grid(20)
    show_focused(qtbot, grid)
    seen: list[int] = []
    grid.zoom_changed.connect(seen.append)
    control = Qt.KeyboardModifier.ControlModifier
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Minus):
        qtbot.keyClick(grid, key, control)
    qtbot.keyClick(grid, Qt.Key.Key_Minus, control)
    qtbot.keyClick(grid, Qt.Key.Key_0, control)
    assert seen == [256, 192, 128, 192]


def test_the_menu_offers_everything_with_its_keys(
    qtbot: QtBot, make_grid: Callable[[int], PhotoGridView]
) -> None:
    grid = make_grid(3)
    grid.window().show()
    grid.setCurrentIndex(grid.model().index(0, 0))
    menu = grid.make_menu()
    entries = [action.text().replace("&", "") for action in menu.actions() if action.text()]
    assert entries == [
        *("Preview", "Find similar", "Inspect", "Show in folder", "Copy path", "Copy image"),
        *("Add to the query", "Good match", "Not a match"),
        *("Larger thumbnails", "Smaller thumbnails", "Usual thumbnail size"),
    ]
    assert all(action.isEnabled() for action in menu.actions())
    menu.deleteLater()

    def close_menu() -> None:
        popup = QApplication.activePopupWidget()
        assert popup is not None
        popup.close()

    QTimer.singleShot(50, close_menu)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
    QApplication.sendEvent(grid, event)


def test_without_a_selection_nothing_can_be_done_to_it(
    qtbot: QtBot, make_grid: Callable[[int], PhotoGridView]
) -> None:
    grid = make_grid(3)
    menu = grid.make_menu()
    enabled = {action.objectName() for action in menu.actions() if action.isEnabled()}
    assert {name for name in enabled if name} == {
        "test.zoom-in",
        "test.zoom-out",
        "test.zoom-reset",
    }


def test_space_looks_closer_and_arrows_turn_over(
    qtbot: QtBot, make_grid: Callable[[int], PhotoGridView]
) -> None:
    grid = make_grid(3)
    show_focused(qtbot, grid)
    titles: list[str] = []

    def turn_over() -> None:
        viewer = QApplication.activeModalWidget()
        assert isinstance(viewer, PhotoViewer)
        titles.append(viewer.windowTitle())
        qtbot.keyClick(viewer, Qt.Key.Key_Right)
        titles.append(viewer.windowTitle())
        qtbot.keyClick(viewer, Qt.Key.Key_Space)

    QTimer.singleShot(100, turn_over)
    qtbot.keyClick(grid, Qt.Key.Key_Space)
    assert titles == ["plate 1.jpg", "plate 2.jpg"]
    assert grid.currentIndex().row() == 1, "the cursor follows"


def test_tiles_speak(qtbot: QtBot, make_grid: Callable[[int], PhotoGridView]) -> None:
    grid = make_grid(3)
    grid.window().show()
    interface = QAccessible.queryAccessibleInterface(grid)
    assert interface.text(QAccessible.Text.Name) == "Photos"
    assert interface.child(1).text(QAccessible.Text.Name) == "plate 2.jpg, soup"


def test_a_drag_carries_the_file(
    qtbot: QtBot, make_grid: Callable[[int], PhotoGridView], files: list[Path]
) -> None:
    grid = make_grid(3)
    mime = grid.model().mimeData([grid.model().index(0, 0)])
    assert Path(mime.urls()[0].toLocalFile()) == files[1]
    assert grid.dragEnabled()
    assert not grid.acceptDrops()


def test_a_disabled_grid_is_pale(qtbot: QtBot, make_grid: Callable[[int], PhotoGridView]) -> None:
    grid = make_grid(3)
    grid.window().show()
    qtbot.waitUntil(lambda: all_visible_have_pictures(grid))
    rect = grid.visualRect(grid.model().index(0, 0))
    spot = QPoint(rect.center().x(), rect.top() + 20)
    lively = grid.viewport().grab().toImage().pixelColor(spot)
    grid.setEnabled(False)
    pale = grid.viewport().grab().toImage().pixelColor(spot)
    assert pale.lightness() > lively.lightness() + 30
