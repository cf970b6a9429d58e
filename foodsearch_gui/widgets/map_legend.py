"""What the colours of a map mean: a bar from its lowest value to its highest, with words."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

import engine
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.widgets.heatmap_view import PaletteName, rgba_image

if TYPE_CHECKING:
    from engine import BitMap

_BAR = 12
_GAP = 3
_WORDS = 34  # least width, in characters


class MapLegend(QWidget):
    """The bar, below it what its ends stand for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._map: BitMap | None = None
        self._scale = (0.0, 1.0)
        self._palette = "auto"
        self._has_contours = False
        self.setObjectName("map-legend")
        self.setAccessibleName(self.tr("What the colours mean"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_map(self, bit_map: BitMap | None, scale: tuple[float, float] | None = None) -> None:
        """Explain this map; None leaves the bar empty."""
        self._map = bit_map
        if bit_map is not None:
            self._scale = engine.value_range(bit_map) if scale is None else scale
        self.setAccessibleDescription(" – ".join(self.words()) if bit_map is not None else "")
        self.update()

    def set_look(self, palette: str, has_contours: bool) -> None:
        """Explain other colours, or contours."""
        self._palette, self._has_contours = palette, has_contours
        self.setAccessibleDescription(" – ".join(self.words()) if self._map is not None else "")
        self.update()

    def words(self) -> tuple[str, str, str]:
        """Return what stands at the left end, in the middle and at the right end."""
        if self._map is None:
            return "", "", ""
        legend = engine.legend_of(self._map, self._scale, contours=self._has_contours)
        low, high = legend.words
        if self._map.kind in ("exact", "occlusion"):  # numbers of the bit
            low, high = f"{low} {legend.values[0]}", f"{high} {legend.values[1]}"
        return low, "0" if self._map.signed and not self._has_contours else "", high

    def sizeHint(self) -> QSize:
        """Return room for the bar and a line of words."""
        line = self.fontMetrics()
        return QSize(_WORDS * line.averageCharWidth(), _BAR + _GAP + line.height())

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bar and words."""
        if self._map is None:
            return
        painter = QPainter(self)
        colours = colours_for(self.palette())
        bar = QRectF(0.5, 0.5, self.width() - 1, _BAR - 1)
        if self._has_contours:
            self._paint_lines(painter, bar)
        else:
            name = cast(PaletteName, self._palette)
            table = engine.colour_table(name, signed=self._map.signed)
            opaque = np.full((256, 1), 255, np.uint8)
            pixels = np.concatenate([table, opaque], axis=1)
            painter.drawImage(bar, rgba_image(pixels.tobytes(), QSize(256, 1)))
        painter.setPen(QPen(QColor(colours.control), 1))
        painter.drawRect(bar)
        painter.setPen(QColor(colours.secondary))
        words = QRectF(0, _BAR + _GAP, self.width(), self.fontMetrics().height())
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter)
        for text, side in zip(self.words(), (*sides, Qt.AlignmentFlag.AlignRight), strict=True):
            painter.drawText(words, side, text)
        painter.end()

    def _paint_lines(self, painter: QPainter, bar: QRectF) -> None:
        assert self._map is not None
        painter.fillRect(bar, QColor(Qt.GlobalColor.black))
        pen = QPen(QColor(Qt.GlobalColor.white), 2)
        middle = bar.center()
        if self._map.signed:
            pen.setDashPattern((2, 2))
            painter.setPen(pen)
            painter.drawLine(QPointF(bar.left() + 6, middle.y()), middle - QPointF(6, 0))
            pen.setStyle(Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        start = middle.x() if self._map.signed else bar.left()
        painter.drawLine(QPointF(start + 6, middle.y()), QPointF(bar.right() - 6, middle.y()))
