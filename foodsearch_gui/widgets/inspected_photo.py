"""A photo with the map of the bit in question, and below it what the bit is here."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from foodsearch_gui.widgets.heatmap_view import HeatmapView


class InspectedPhoto(QWidget):
    """A heat map with a line of words.

    Args:
        name: What a screen reader calls the photo.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = HeatmapView(name)
        self.caption = QLabel()
        self.caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.view, 1)
        column.addWidget(self.caption)

    def say(self, text: str) -> None:
        """Write below the photo, in a single line."""
        self.caption.setToolTip(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much of the words as there is room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics, mode = self.caption.fontMetrics(), Qt.TextElideMode.ElideMiddle
        self.caption.setText(metrics.elidedText(self.caption.toolTip(), mode, self.width()))
