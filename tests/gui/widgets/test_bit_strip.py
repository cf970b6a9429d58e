from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.theme import LIGHT
from foodsearch_gui.widgets.bit_strip import BitStrip, signed


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
    one, zero = ("1 (+0.92)", "0") if bits[7] else ("0 (−0.11)", "1")
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
