"""Widgets in lines: as many lines as the width asks for, also after something has changed."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from foodsearch_gui.widgets.flow_layout import FlowLayout

SIDE, GAP = 20, 6


@pytest.fixture
def owner(qtbot: QtBot) -> QWidget:
    owner = QWidget()
    qtbot.addWidget(owner)
    layout = FlowLayout(GAP, owner)
    for _ in range(6):
        box = QWidget()
        box.setFixedSize(SIDE, SIDE)
        layout.addWidget(box)
    owner.resize(3 * SIDE + 2 * GAP, 200)
    owner.show()
    return owner


def _height(owner: QWidget, columns: int) -> int:
    layout = owner.layout()
    assert layout is not None
    return int(layout.heightForWidth(columns * SIDE + (columns - 1) * GAP))


def _of_lines(lines: int) -> int:
    return lines * SIDE + (lines - 1) * GAP


@pytest.mark.parametrize(("columns", "lines"), [(1, 6), (2, 3), (4, 2), (6, 1), (9, 1)])
def test_the_height_is_that_of_the_lines(owner: QWidget, columns: int, lines: int) -> None:
    for _ in range(2):
        assert _height(owner, columns) == _of_lines(lines)


def test_what_is_hidden_grows_or_leaves_changes_the_height(owner: QWidget, qtbot: QtBot) -> None:
    boxes = owner.findChildren(QWidget)
    assert _height(owner, 3) == _of_lines(2)
    boxes[0].hide()
    boxes[1].hide()
    boxes[2].hide()
    qtbot.waitUntil(lambda: _height(owner, 3) == _of_lines(1))
    boxes[3].setFixedSize(SIDE, 2 * SIDE)
    qtbot.waitUntil(lambda: _height(owner, 3) == 2 * SIDE)
    layout = owner.layout()
    assert layout is not None
    layout.removeWidget(boxes[3])
    assert _height(owner, 3) == SIDE
    layout.addWidget(boxes[3])
    assert _height(owner, 3) == 2 * SIDE
