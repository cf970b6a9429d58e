from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.theme import LIGHT
from foodsearch_gui.widgets.bit_charts import BalanceChart, CorrelationChart


def test_the_share_of_a_bit_is_said_and_its_column_as_high(qtbot: QtBot) -> None:
    chart = BalanceChart()
    qtbot.addWidget(chart)
    chart.resize(400, 260)
    chart.set_ones([0.25, 1.0, 0.5, 0.0])
    chart.show()
    field = chart.field()
    middle = field.left() + field.width() * 3 / 8
    words = "Bit 1: on for 100 % of the photos"
    assert chart.words_at(QPointF(middle, field.top() + 4)) == words
    assert chart.words_at(QPointF(field.left() - 9, 20)) == ""
    image = chart.grab().toImage()
    filled = QColor(LIGHT.frame)
    for bit, share in enumerate((0.25, 1.0, 0.5, 0.0)):
        x = int(field.left() + field.width() * (bit + 0.5) / 4)
        for height in (0.1, 0.4, 0.9):
            y = int(field.bottom() - height * field.height())
            assert (image.pixelColor(x, y) == filled) == (height < share), (bit, height)
    assert "between 0 and 100 % of" in chart.accessibleDescription()


def test_opposite_bits_are_struck_through(qtbot: QtBot) -> None:
    chart = CorrelationChart()
    qtbot.addWidget(chart)
    chart.resize(320, 320)
    chart.set_matrix([[1.0, -0.9], [-0.9, 1.0]], 0.9, 0.9)
    chart.show()
    field = chart.field()
    assert field.width() == pytest.approx(field.height())
    quarter = QPointF(field.width() / 4, field.height() / 4)
    opposite = field.topRight() + QPointF(-quarter.x(), quarter.y())
    assert chart.words_at(opposite) == "Bits 0 and 1: −0.90"
    assert chart.words_at(field.bottomRight() + quarter) == ""
    image = chart.grab().toImage()
    pixels = {
        image.pixelColor(int(opposite.x()) + step, int(opposite.y())).name() for step in (-20, 0, 1)
    }
    assert len(pixels) > 1, "a stroke besides the colour"
    assert chart.accessibleDescription().startswith("Two bits correlate by 0.90")


def test_a_chart_without_values_says_nothing(qtbot: QtBot) -> None:
    for chart in (BalanceChart(), CorrelationChart()):
        qtbot.addWidget(chart)
        chart.show()
        chart.grab()
        assert chart.words_at(chart.field().center()) == ""
    assert np.size(chart._matrix) == 0
