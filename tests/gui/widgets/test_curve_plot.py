from __future__ import annotations

import math
import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.theme import DARK, LIGHT, apply_theme
from foodsearch_gui.widgets.curve_plot import CurvePlot, Series

EPOCHS = list(range(1, 9))
MAP = [0.41, 0.55, None, 0.65, 0.7, 0.713, 0.709, 0.7]


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    widget = CurvePlot()
    qtbot.addWidget(widget)
    widget.set_captions("Validation", "Epoch", "mAP")
    widget.resize(420, 260)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def pixels(image: QImage, colour: str) -> np.ndarray:
    """Return the positions (row, column) that have exactly this colour."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    shape = (image.height(), image.bytesPerLine() // 4)
    values = np.frombuffer(image.constBits(), np.uint32).reshape(shape) & 0xFFFFFF
    return np.argwhere(values == QColor(colour).rgb() & 0xFFFFFF)


def curve(plot: CurvePlot, number: int = 0) -> np.ndarray:
    return pixels(plot.to_image(scale=1.0), LIGHT.curves[number])


def spoken(plot: CurvePlot) -> str:
    interface = QAccessible.queryAccessibleInterface(plot)
    return str(interface.text(QAccessible.Text.Description))


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.number += event.type() == QEvent.Type.Paint
        return False


def test_it_says_the_last_values_and_the_best(plot: CurvePlot) -> None:
    assert spoken(plot) == "No values yet."
    plot.set_mark(6, 0.713, "best 0.713 (epoch 6)")
    plot.set_series([Series("mAP", EPOCHS, MAP)])
    plot.grab()
    plot.to_image()
    assert plot.accessibleName() == "Validation"
    assert spoken(plot) == "mAP: last 0.7, lowest 0.41, highest 0.713. best 0.713 (epoch 6)."


def test_a_level_is_in_sight_and_said(plot: CurvePlot) -> None:
    plot.set_series([Series("mAP", EPOCHS, MAP)])
    plot.set_level(0.9, "“Dishes” 0.900")
    plot.to_image()
    assert spoken(plot).endswith("highest 0.713. “Dishes” 0.900.")
    assert plot._scene.upright.low < 0.41
    assert plot._scene.upright.high > 0.9
    plot.set_level(None)
    plot.to_image()
    assert plot._scene.upright.high < 0.8


def test_a_level_is_a_dashed_line_across_the_plot(plot: CurvePlot) -> None:
    plot.set_series([Series("mAP", EPOCHS, MAP)])
    plot.set_level(0.8, "“Dishes” 0.800")
    found = pixels(plot.to_image(scale=1.0), LIGHT.secondary)
    row = max(np.unique(found[:, 0]), key=lambda y: np.ptp(found[found[:, 0] == y, 1]))
    columns = np.unique(found[found[:, 0] == row, 1])
    assert np.ptp(columns) > 300
    assert (np.diff(columns) > 1).sum() > 20


def test_a_gap_is_not_bridged(plot: CurvePlot) -> None:
    ys = [1.0] * 4 + [math.nan] * 4 + [None] * 4 + [1.0] * 4
    plot.set_series([Series("a", list(range(16)), ys)])
    columns = np.unique(curve(plot)[:, 1])
    assert np.diff(columns).max() > 0.4 * np.ptp(columns)


def test_curves_differ_in_dash_and_marker_not_only_in_colour(plot: CurvePlot) -> None:
    xs = np.linspace(0, 1, 150)
    plot.set_series(
        [Series(name, xs, np.full(150, height)) for name, height in [("a", 1), ("b", 2)]]
    )
    lengths = []
    for number in (0, 1):
        found = curve(plot, number)
        # Where it stretches over most of the width: the legend's sample does not.
        row = max(np.unique(found[:, 0]), key=lambda y: np.ptp(found[found[:, 0] == y, 1]))
        columns = np.unique(found[found[:, 0] == row, 1])
        lengths.append(int((np.diff(columns) > 1).sum()))
    solid, dashed = lengths
    assert dashed > solid + 5


def test_keys_read_values_and_say_them(qtbot: QtBot, plot: CurvePlot) -> None:
    plot.set_series([Series("mAP", EPOCHS, MAP), Series("P@1", EPOCHS[:4], [0.1, 0.2, 0.3, 0.4])])
    plot.to_image()
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert spoken(plot) == "Epoch 8: mAP 0.7, P@1 0.4."
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert spoken(plot) == "Epoch 7: mAP 0.709, P@1 0.4."
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert spoken(plot) == "Epoch 1: mAP 0.41, P@1 0.1."
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert spoken(plot).startswith("Epoch 1:"), "there is nothing before the first value"
    qtbot.keyClick(plot, Qt.Key.Key_End)
    assert spoken(plot).startswith("Epoch 8:")
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert spoken(plot).startswith("mAP: last")


def test_the_end_of_a_long_curve_is_not_a_thousand_presses_away(
    qtbot: QtBot, plot: CurvePlot
) -> None:
    plot.set_series([Series("loss", np.arange(100_000), np.ones(100_000))])
    plot.to_image()
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    for _ in range(100):
        qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert spoken(plot) == "Epoch 99,999: loss 1."


def test_the_pointer_reads_the_nearest_values(qtbot: QtBot, plot: CurvePlot) -> None:
    plot.set_series([Series("mAP", EPOCHS, MAP)])
    qtbot.waitUntil(lambda: spoken(plot).startswith("mAP: last"))
    before = plot.grab().toImage()
    at = QPointF(plot.width() - 12, plot.height() / 2)
    nothing = Qt.MouseButton.NoButton
    QApplication.sendEvent(
        plot,
        QMouseEvent(
            QEvent.Type.MouseMove, at, at, nothing, nothing, Qt.KeyboardModifier.NoModifier
        ),
    )
    assert [(reading.x, reading.y) for reading in plot.readings()] == [(8, 0.7)]
    assert plot.grab().toImage() != before
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
    assert plot.readings() == []
    assert plot.grab().toImage() == before


def test_a_logarithmic_axis_leaves_out_what_is_not_positive_and_says_so(plot: CurvePlot) -> None:
    plot.set_series([Series("loss", [1, 2, 3, 4], [10, 0, -1, 0.01])])
    plot.set_log(True)
    assert spoken(plot).endswith("2 values not above 0 left out")
    plot.set_log(False)
    assert "left out" not in spoken(plot)


def test_recent_only_shows_the_last_fifth(qtbot: QtBot, plot: CurvePlot) -> None:
    plot.set_series([Series("loss", np.arange(101), np.arange(101)[::-1])])
    plot.set_recent_only(True)
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert spoken(plot) == "Epoch 80: loss 20."


def test_hidden_outliers_give_room_to_the_rest_and_are_counted(plot: CurvePlot) -> None:
    ys = np.sin(np.arange(200) / 10)
    ys[77] = 1000
    plot.set_series([Series("loss", np.arange(200), ys)])
    plot.set_hide_outliers(True)
    assert spoken(plot).endswith("1 value outside")
    heights = curve(plot)[:, 0]
    assert np.percentile(heights, 90) - np.percentile(heights, 10) > 60, "the waves can be seen"


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize(
    "ys", [[], [3.0], [math.nan], [0.0, 0.0], [5.0, 5.0, 5.0], [1e300, 1e-300], [math.inf, 1.0]]
)
def test_odd_values_are_shown_without_harm(
    qtbot: QtBot, plot: CurvePlot, ys: list[float], is_log: bool
) -> None:
    plot.set_log(is_log)
    plot.set_hide_outliers(True)
    plot.set_recent_only(True)
    plot.set_mark(1, 3, "here")
    plot.set_series([Series("odd", list(range(len(ys))), ys)])
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_End):
        qtbot.keyClick(plot, key)
    assert not plot.grab().isNull()
    assert not plot.to_image().isNull()


def test_many_values_cost_little(plot: CurvePlot) -> None:
    rng = np.random.default_rng(0)
    few = [Series(name, np.arange(1000), rng.normal(size=1000)) for name in "ab"]
    many = [Series(name, np.arange(100_000), rng.normal(size=100_000)) for name in "ab"]

    def seconds(series: list[Series]) -> float:
        best = math.inf
        for _ in range(5):
            start = time.perf_counter()
            plot.set_series(series)
            plot.to_image()
            best = min(best, time.perf_counter() - start)
        return best

    assert seconds(many) < 8 * seconds(few) + 0.05


def test_a_peak_among_many_values_is_seen(plot: CurvePlot) -> None:
    ys = np.zeros(100_000)
    ys[54_321] = 1.0
    plot.set_series([Series("loss", np.arange(100_000), ys)])
    image = plot.to_image(scale=1.0)
    background = QColor(LIGHT.raised)
    x = round(image.width() * 0.55)
    upper = [image.pixelColor(x + dx, image.height() // 2) for dx in range(-20, 21)]
    assert any(colour != background for colour in upper)


def test_it_is_painted_at_most_five_times_a_second(qtbot: QtBot, plot: CurvePlot) -> None:
    paints = Paints()
    qtbot.wait(250)
    plot.installEventFilter(paints)
    start = time.monotonic()
    for number in range(100):
        plot.set_series([Series("loss", np.arange(number + 1), np.ones(number + 1))])
        qtbot.wait(5)
    seconds = time.monotonic() - start
    assert 1 <= paints.number <= 5 * seconds + 2
    qtbot.waitUntil(lambda: len(plot._curves[0].xs) == 100)


def test_what_came_while_it_was_hidden_is_shown(qtbot: QtBot, plot: CurvePlot) -> None:
    plot.hide()
    plot.set_series([Series("mAP", [1, 2], [0.1, 0.2])])
    plot.show()
    qtbot.waitUntil(lambda: spoken(plot).startswith("mAP: last 0.2"))


def test_the_picture_has_the_size_asked_for(plot: CurvePlot) -> None:
    plot.set_series([Series("mAP", EPOCHS, MAP)])
    image = plot.to_image(QSize(600, 300), scale=2.0)
    assert (image.width(), image.height()) == (1200, 600)
    assert len(pixels(image, LIGHT.curves[0])) > 500


def test_it_follows_the_theme(qapp: QApplication, plot: CurvePlot) -> None:
    plot.set_series([Series("mAP", EPOCHS, MAP)])
    try:
        apply_theme(qapp, "dark")
        image = plot.grab().toImage()
        assert len(pixels(image, DARK.curves[0])) > 50
        assert image.pixelColor(200, 8) == QColor(DARK.raised)
    finally:
        apply_theme(qapp, "light")


def test_a_small_plot_stays_inside_its_widget(plot: CurvePlot) -> None:
    plot.set_series([Series(f"a long name {i}", EPOCHS, [i * v for v in EPOCHS]) for i in range(7)])
    plot.resize(plot.minimumSizeHint())
    assert not plot.grab().isNull()
