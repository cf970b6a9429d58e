"""The bits of a photo as small maps."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from engine import BitMap
from foodsearch_gui.models.bit_cells import BitCells, make_cells
from foodsearch_gui.widgets.bit_map_grid import BitMapGrid


def test_below_the_maps_lies_what_this_model_sees_of_the_photo(qtbot: QtBot) -> None:
    picture = QImage(80, 80, QImage.Format.Format_RGB32)
    picture.fill(QColor("black"))
    painter = QPainter(picture)
    painter.fillRect(20, 20, 40, 40, QColor("white"))
    painter.end()
    cells = BitCells()
    grid = BitMapGrid(cells)
    qtbot.addWidget(grid)
    grid.resize(200, 200)
    grid.set_picture(picture)
    grid.show()

    def dark_pixels(side: float) -> int:
        """Of the small picture, for a model that sees a square of this side in the middle."""
        start, end = 40 - side / 2, 40 + side / 2
        values = np.full((2, 2), 1e-9, np.float32)
        seen = BitMap(values, 0, 1.0, "exact", (start, start, end, end), (80, 80), "")
        cells.set_cells(make_cells(np.ones(1, np.float32), [None], {}, {0: seen}, 0.0))
        image = grid.viewport().grab().toImage()
        places = [(x, y) for x in range(image.width()) for y in range(image.height())]
        return sum(image.pixelColor(x, y).lightness() < 100 for x, y in places)

    whole = dark_pixels(80)
    assert dark_pixels(40) < whole / 3
    assert dark_pixels(80) == whole
