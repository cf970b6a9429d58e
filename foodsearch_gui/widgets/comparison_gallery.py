"""What two models find for the same photos, before and after a training, beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from foodsearch_gui.core import wording
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.widgets.flow_layout import FlowLayout
from foodsearch_gui.widgets.photo_strip import PhotoStrip, StripPhoto, paint_verdict
from foodsearch_gui.widgets.section import Section

if TYPE_CHECKING:
    from engine import ComparedQuery, Comparison, Strip

_WIDE = 60  # in heights of a line of text: both strips in one line
_QUERY = 7  # width of the photo searched for, likewise
_SIGN = QSize(26, 20)


class ComparisonGallery(Section):
    """A row for each query: its photo, what was found before and what is found after.

    Signals:
        photo_activated (Path): The user wants to see a photo.

    Args:
        thumbs: Makes the pictures.
    """

    photo_activated = Signal(object)

    def __init__(self, thumbs: ThumbPool, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._thumbs = thumbs
        self._rows: list[_Row] = []
        self.set_title(self.tr("Before and after"))
        self.summary = _line("comparison-summary")
        legend = FlowLayout(gap=16)
        legend.addWidget(_Sign(True, self.tr("the same dish")))
        legend.addWidget(_Sign(False, self.tr("another dish")))
        self.column.addWidget(self.summary)
        self.column.addLayout(legend)

    def show_comparison(self, comparison: Comparison, names: tuple[str, str]) -> None:
        """Show another comparison.

        Args:
            comparison: Of two models.
            names: Of the model before and of the one after.
        """
        for row in self._rows:
            self.column.removeWidget(row)
            row.deleteLater()
        text = self.tr(
            "Some of the photos held back: what “%1” found for them before, and what “%2” finds."
        )
        self.summary.setText(text.replace("%1", names[0]).replace("%2", names[1]))
        self._rows = [_Row(self._thumbs, pair) for pair in comparison.pairs]
        for row in self._rows:
            for strip in row.strips:
                strip.photo_activated.connect(self.photo_activated)
            self.column.addWidget(row)


class _Row(QWidget):
    """One query on a card; the two strips stand below each other where room is scarce."""

    def __init__(self, thumbs: ThumbPool, pair: ComparedQuery) -> None:
        super().__init__()
        dish = wording.label(pair.label)
        unit = self.fontMetrics().height()
        query = PhotoStrip(thumbs, self.tr("Photo searched for: %1").replace("%1", dish))
        query.setFixedWidth(_QUERY * unit + 4)
        query.show_photos([StripPhoto(pair.path, dish)])
        caption = _line("comparison-dish")
        caption.setText(dish)
        font = caption.font()
        font.setWeight(QFont.Weight.DemiBold)
        caption.setFont(font)
        before = PhotoStrip(thumbs, self.tr("Found before for %1").replace("%1", dish))
        after = PhotoStrip(thumbs, self.tr("Found after for %1").replace("%1", dish))
        self.strips = (query, before, after)
        self._pair = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        for strip, found, text in (
            (before, pair.before, self.tr("Before: %1 of %2 right")),
            (after, pair.after, self.tr("After: %1 of %2 right")),
        ):
            self._pair.addLayout(_found(strip, found, text), 1)
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addWidget(caption)
        side.addWidget(query)
        side.addStretch()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(16)
        layout.addLayout(side)
        layout.addLayout(self._pair, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the strips beside each other if there is room."""
        super().resizeEvent(event)
        is_wide = self.width() >= _WIDE * self.fontMetrics().height()
        direction = QBoxLayout.Direction
        self._pair.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)
        self._pair.setSpacing(28 if is_wide else 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        colours = colours_for(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)


class _Sign(QWidget):
    """Explains the mark of a photo."""

    def __init__(self, is_right: bool, text: str) -> None:
        super().__init__()
        self._is_right = is_right
        label = _line("comparison-sign")
        label.setText(text)
        label.setWordWrap(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addSpacing(_SIGN.width() + 6)
        layout.addWidget(label)
        self.setMinimumHeight(_SIGN.height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the sign as on a photo."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cell = self.rect()
        cell.setSize(_SIGN)
        cell.moveTop((self.height() - _SIGN.height()) // 2)
        if self.isRightToLeft():
            cell.moveRight(self.width() - 1)
        paint_verdict(painter, colours_for(self.palette()), cell, self._is_right)


def _found(strip: PhotoStrip, found: Strip, text: str) -> QVBoxLayout:
    photos = [StripPhoto(hit.path, wording.label(hit.label), hit.is_right) for hit in found.hits]
    strip.show_photos(photos)
    caption = _line("comparison-caption")
    right = sum(hit.is_right for hit in found.hits)
    text = text.replace("%1", wording.count(right)).replace("%2", wording.count(len(photos)))
    caption.setText(text)
    column = QVBoxLayout()
    column.setSpacing(4)
    column.addWidget(caption)
    column.addWidget(strip)
    column.addStretch()
    return column


def _line(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
