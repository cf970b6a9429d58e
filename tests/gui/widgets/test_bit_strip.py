from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.theme import LIGHT
from foodsearch_gui.core.wording import signed
from foodsearch_gui.widgets.bit_legend import BitLegend
from foodsearch_gui.widgets.bit_strip import BitStrip


@pytest.fixture
def bits() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 2, 64, dtype=np.uint8)


@pytest.fixture
def strip(qtbot: QtBot, bits: np.ndarray) -> BitStrip:
    widget = BitStrip()
    qtbot.addWidget(widget)
    match = bits.copy()
    match[[7, 40]] ^= 1
    logits = np.where(bits > 0, 0.92, -0.11).astype(np.float32)
    widget.resize(320, 100)
    widget.set_bits(
        bits, match, logits=logits, names=["fried" if i == 7 else None for i in range(64)]
    )
    widget.show()
    return widget


def test_sixty_four_bits_stand_in_four_rows_of_two_bytes(strip: BitStrip) -> None:
    cells = [strip.cell(bit) for bit in range(64)]
    rows = sorted({cell.y() for cell in cells})
    assert [sum(cell.y() == y for cell in cells) for y in rows] == [16, 16, 16, 16]
    steps = {b.x() - a.x() for a, b in itertools.pairwise(cells[:16])}
    assert len(steps) == 2, "one step between bits, a wider one between bytes"
    assert cells[8].x() - cells[7].x() == max(steps)
    assert all(strip.rect().contains(cell) for cell in cells)


@pytest.mark.parametrize(("num_bits", "width"), [(16, 240), (48, 500), (128, 320), (256, 900)])
def test_every_length_fits(qtbot: QtBot, num_bits: int, width: int) -> None:
    strip = BitStrip()
    qtbot.addWidget(strip)
    strip.set_bits(np.ones(num_bits, np.uint8))
    strip.resize(max(width, strip.minimumSizeHint().width()), 10)
    strip.show()
    cells = [strip.cell(bit) for bit in range(num_bits)]
    assert all(strip.rect().contains(cell) for cell in cells)
    assert len({(cell.x(), cell.y()) for cell in cells}) == num_bits


def test_value_and_difference_are_forms_not_only_colours(strip: BitStrip, bits: np.ndarray) -> None:
    image = strip.grab().toImage()
    filled = QColor(LIGHT.accent)
    for bit in range(64):
        cell = strip.cell(bit)
        corner = image.pixelColor(cell.x() + 4, cell.y() + 4)
        assert (corner == filled) == bool(bits[bit]), f"bit {bit}"
    centre = strip.cell(7).center()
    mark = {image.pixelColor(centre.x() + dx, centre.y()).name() for dx in range(-3, 4)}
    plain = next(bit for bit in range(64) if bits[bit] == bits[7] and bit not in (7, 40))
    centre = strip.cell(plain).center()
    without = {image.pixelColor(centre.x() + dx, centre.y()).name() for dx in range(-3, 4)}
    assert len(without) == 1
    assert len(mark) > 1, "the sign for a difference is drawn"


def test_it_says_what_it_shows(strip: BitStrip, bits: np.ndarray) -> None:
    interface = QAccessible.queryAccessibleInterface(strip)
    assert interface.text(QAccessible.Text.Name) == "Code, bit by bit"
    said = interface.text(QAccessible.Text.Description)
    assert said == "62 of 64 bits agree. Different: 7, 40."
    one, zero = ("on (+0.92)", "off") if bits[7] else ("off (−0.11)", "on")
    expected = f"Bit 7 “fried”: query {one}, match {zero}. They differ."
    assert strip.describe_bit(7) == expected
    assert strip.differing == [7, 40]


def test_keys_move_from_bit_to_bit(qtbot: QtBot, strip: BitStrip) -> None:
    seen: list[int] = []
    strip.current_changed.connect(seen.append)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(strip, key)
    assert seen == [0, 1, 17, 16]
    qtbot.keyClick(strip, Qt.Key.Key_End)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert seen[-1] == 63, "there is nothing behind the last bit"
    assert strip.accessibleDescription().startswith("Bit 63:")


def test_a_click_and_the_pointer_find_the_bit(qtbot: QtBot, strip: BitStrip) -> None:
    seen: list[int] = []
    strip.current_changed.connect(seen.append)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.cell(40).center())
    assert seen == [40]
    assert strip.bit_at(strip.cell(23).center()) == 23
    assert strip.bit_at(strip.rect().bottomRight()) == -1


def test_logits_have_a_real_minus() -> None:
    assert (signed(0.917), signed(-0.114), signed(0.0)) == ("+0.92", "−0.11", "+0.00")


@pytest.mark.parametrize(("width", "numbered"), [(320, [0, 8, 16, 24]), (206, [0, 16, 32, 48])])
def test_bits_have_numbers_before_every_group_or_every_row(
    strip: BitStrip, width: int, numbered: list[int]
) -> None:
    strip.resize(max(width, strip.minimumSizeHint().width()), 100)
    image = strip.grab().toImage()
    paper = image.pixelColor(image.width() - 1, 0)

    def has_ink_before(bit: int) -> bool:
        cell = strip.cell(bit)
        places = itertools.product(range(cell.left() - 8, cell.left() - 3), range(-4, 5))
        return any(image.pixelColor(x, cell.center().y() + dy) != paper for x, dy in places)

    groups = [bit for bit in range(0, 64, 8) if has_ink_before(bit)]
    assert groups[:4] == numbered


def test_the_bit_that_is_looked_at_is_marked_also_without_the_focus(strip: BitStrip) -> None:
    strip.clearFocus()
    before = strip.grab().toImage()
    strip.set_current(23)
    image, around = strip.grab().toImage(), strip.cell(23).adjusted(-3, -3, 3, 3)
    changed = [
        (x, y)
        for x, y in itertools.product(range(image.width()), range(image.height()))
        if image.pixel(x, y) != before.pixel(x, y)
    ]
    assert changed
    assert all(around.contains(x, y) for x, y in changed)


def test_the_legend_says_what_the_signs_mean(qtbot: QtBot) -> None:
    legend = BitLegend()
    qtbot.addWidget(legend)
    entries = legend.findChildren(QLabel)
    assert [entry.text() for entry in entries] == ["on", "off", "the match differs"]
    legend.resize(legend.sizeHint())
    legend.show()
    signs = [entry.grab(QRect(0, 0, 16, entry.height())).toImage() for entry in entries]
    assert all(one != other for one, other in itertools.combinations(signs, 2))
