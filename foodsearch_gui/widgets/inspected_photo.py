"""A photo with the map of the bit in question, and below it what the bit is here."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.view, 1)
        column.addWidget(self.caption)

    def say(self, text: str) -> None:
        """Write below the photo."""
        width = max(self.view.width(), 80)
        shown = self.caption.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, width)
        self.caption.setText(shown)
        self.caption.setToolTip(text)
