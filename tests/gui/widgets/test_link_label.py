from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from foodsearch_gui.core.theme import apply_theme
from foodsearch_gui.widgets.link_label import LinkLabel


@pytest.fixture
def in_light_again(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, "light")


@pytest.mark.usefixtures("in_light_again")
def test_links_take_the_colour_of_a_new_theme(qtbot: QtBot, qapp: QApplication) -> None:
    label = LinkLabel()
    qtbot.addWidget(label)
    label.setText('Best guess: <a href="0">larb larb larb</a>')
    label.show()
    links, shown = [], []
    for theme in ("light", "dark"):
        apply_theme(qapp, theme)
        QApplication.processEvents()
        links.append(qapp.palette().color(QPalette.ColorRole.Link).name())
        image = label.grab().toImage()
        places = [(x, y) for x in range(image.width()) for y in range(image.height())]
        shown.append({image.pixelColor(*place).name() for place in places})
    assert links[0] != links[1]
    assert links[0] in shown[0]
    assert links[1] in shown[1]
    assert links[0] not in shown[1]
