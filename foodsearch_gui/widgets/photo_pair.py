"""Query and match side by side, both with the map of the same bit in the same colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

import engine
from foodsearch_gui.widgets.flow_layout import FlowLayout
from foodsearch_gui.widgets.heatmap_view import HeatmapView
from foodsearch_gui.widgets.map_legend import MapLegend

if TYPE_CHECKING:
    from engine import BitMap

_HEIGHT = 112


class PhotoPair(QWidget):
    """Two photos, and below them what their maps mean.

    Signals:
        maps_wanted (bool): The user wants to see maps, or the photos alone.
    """

    maps_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.query = HeatmapView(self.tr("Query photo"))
        self.match = HeatmapView(self.tr("Matching photo"))
        self.query_caption, self.match_caption = QLabel(), QLabel()
        self.maps = QCheckBox()
        self.maps.setObjectName("bit-maps")
        self.maps.setChecked(True)
        self.maps.setToolTip(self.tr("Lay over both photos which places the bit comes from"))
        self.together = QCheckBox(self.tr("All bits"))
        self.together.setObjectName("bits-together")
        self.together.setAccessibleName(self.tr("All bits together"))
        self.contours = QCheckBox(self.tr("Contours"))
        self.contours.setObjectName("bit-contours")
        self.contours.setAccessibleName(self.tr("Contours instead of colours"))
        self.contours.setToolTip(self.contours.accessibleName())
        self.legend = MapLegend()
        small = QFont(self.legend.font())
        small.setPointSizeF(0.85 * small.pointSizeF())
        self.legend.setFont(small)
        self.legend.setMinimumWidth(1)  # the panel may be narrow
        self.words = QLabel()
        self._rest_words = ""
        self._title = ""
        self._maps: tuple[BitMap | None, BitMap | None] = (None, None)
        self.maps.toggled.connect(self._toggle)
        self.together.toggled.connect(self._choose_together)
        self.contours.toggled.connect(self._draw_contours)
        for view in (self.query, self.match):
            view.hovered.connect(self._tell)
        self._lay_out()
        self.set_bit("")
        self.set_query_photos(1)
        self.offer_together(True)

    def show_query(self, image: QImage | None, words: str = "") -> None:
        """Show the query photo, or why it cannot be shown."""
        self.query.show_picture(image, words)
        self._show()

    def show_match(self, image: QImage | None, words: str = "") -> None:
        """Show the match, or why it cannot be shown."""
        self.match.show_picture(image, words)
        self._show()

    def set_query_photos(self, count: int) -> None:
        """Say which of the photos that are searched for together is shown: the first."""
        name, caption = self.tr("Query photo"), self.tr("Query")
        if count > 1:
            caption = self.tr("Query, photo 1 of %1").replace("%1", str(count))
            name = self.tr("First of %1 query photos").replace("%1", str(count))
        self.query_caption.setText(caption)
        self.query.setAccessibleName(name)

    def set_bit(self, title: str) -> None:
        """Say which bit's maps are shown, unless they are those of all together."""
        self._title = title
        shown = self.tr("all bits") if self.together.isChecked() else title
        self.maps.setText(self.tr("Map of %1").replace("%1", shown.replace("&", "&&")))
        self.maps.setAccessibleName(self.tr("Map of %1").replace("%1", shown))

    def offer_together(self, is_possible: bool) -> None:
        """Let the maps of all bits be added up, or say that this model's cannot be."""
        self.together.setEnabled(is_possible)
        self.together.setToolTip(
            self.tr("Lay over both photos which places speak for the match, all bits together")
            if is_possible
            else self.tr("The maps of this model do not add up: look at single bits.")
        )
        if not is_possible:
            self.together.setChecked(False)

    def show_maps(self, query: BitMap | None, match: BitMap | None, words: str) -> None:
        """Lay maps over the photos, in the colours of one scale.

        Args:
            query: Of the query; None if there is none yet.
            match: Of the match.
            words: What they are, or why there are none.
        """
        self._maps, self._rest_words = (query, match), words
        self._show()
        self._tell("")

    @property
    def wants_maps(self) -> bool:
        """Whether maps are to be seen."""
        return self.maps.isChecked()

    def _show(self) -> None:
        shown = self._maps if self.wants_maps else (None, None)
        there = [each for each in shown if each is not None]
        scale = engine.value_range(*there) if there else None
        for view, bit_map in zip((self.query, self.match), shown, strict=True):
            view.show_map(bit_map if view.has_picture else None, scale)
        self.legend.set_map(there[0] if there else None, scale)
        self.legend.setVisible(bool(there))
        self.contours.setVisible(bool(there))
        self.together.setVisible(self.wants_maps)
        self.words.setVisible(self.wants_maps and bool(self._rest_words))

    @Slot(bool)
    def _toggle(self, is_wanted: bool) -> None:
        self._show()
        self.maps_wanted.emit(is_wanted)

    @Slot()
    def _choose_together(self) -> None:
        self.set_bit(self._title)
        self.maps_wanted.emit(self.wants_maps)

    @Slot(bool)
    def _draw_contours(self, is_on: bool) -> None:
        for view in (self.query, self.match):
            view.set_contours(is_on)
        self.legend.set_look("auto", is_on)

    @Slot(str)
    def _tell(self, words: str) -> None:
        self.words.setText(words or self._rest_words)

    def _lay_out(self) -> None:
        photos = QGridLayout()
        photos.setHorizontalSpacing(8)
        photos.setVerticalSpacing(4)
        captions = (self.query_caption, self.match_caption)
        for place, (view, caption) in enumerate(
            zip((self.query, self.match), captions, strict=True)
        ):
            view.setMinimumSize(96, 96)
            view.setFixedHeight(_HEIGHT)
            view.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
            photos.addWidget(view, 0, place)
            photos.addWidget(caption, 1, place)
            photos.setColumnStretch(place, 1)
        choices = FlowLayout()
        for choice in (self.maps, self.together, self.contours):
            choices.addWidget(choice)
        self.words.setWordWrap(True)
        self.words.setForegroundRole(self.words.palette().ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(photos)
        column.addLayout(choices)
        column.addWidget(self.legend)
        column.addWidget(self.words)
