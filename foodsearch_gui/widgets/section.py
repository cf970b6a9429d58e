"""A part of a page with a heading."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget


class Section(QWidget):
    """A heading above whatever is added to :attr:`column`.

    Args:
        title: The heading, also what a screen reader calls the part.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self._title.setWordWrap(True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.column.addWidget(self._title)
        self.set_title(title)

    @property
    def title(self) -> str:
        """The heading."""
        return str(self._title.text())

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self._title.setText(title)
        self.setAccessibleName(title)
