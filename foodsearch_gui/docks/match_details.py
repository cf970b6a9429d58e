"""Why a photo was found: both pictures, the code bit by bit, and what is known of the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QImage, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDockWidget,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core import wording
from foodsearch_gui.core.steering import Wish
from foodsearch_gui.docks.comparison import BitRow, Comparison, bit_columns
from foodsearch_gui.models.record_table import RecordTable
from foodsearch_gui.widgets.action_button import ActionButton
from foodsearch_gui.widgets.bit_legend import BitLegend
from foodsearch_gui.widgets.bit_strip import BitStrip
from foodsearch_gui.widgets.elided_box import ElidedBox
from foodsearch_gui.widgets.photo_pair import PhotoPair
from foodsearch_gui.widgets.record_view import RecordView

if TYPE_CHECKING:
    from engine import PhotoRecord

_ROWS_SHOWN = 6


class MatchDetails(QDockWidget):
    """The details of the match under the grid's cursor.

    Signals:
        bit_chosen (int): The user pointed at a bit, in the strip or in the table.
        wish_changed (int, object): Something else is asked of a bit: a wish, or None.

    Args:
        actions: What can be done with the match; buttons follow their state.

    Attributes:
        pair: Both photos with their maps.
    """

    bit_chosen = Signal(int)
    wish_changed = Signal(int, object)

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("match-details")
        self.setWindowTitle(self.tr("Match details"))
        self.pair = PhotoPair()
        self._headline = QLabel()
        self._strip = BitStrip()
        self._table_title = QLabel()
        self._bits: RecordTable[BitRow] = RecordTable(bit_columns(), key=lambda row: row.bit)
        self._table: RecordView[BitRow] = RecordView(self._bits, self.tr("Bits that disagree"))
        self._table.setTextElideMode(Qt.TextElideMode.ElideRight)  # the number comes first
        # The panel may be narrow, and the order is told by the first look at the numbers.
        self._table.horizontalHeader().setSortIndicatorShown(False)
        self._comparison: Comparison | None = None
        self._is_showing = False
        self._wish_label = QLabel()
        self._wish_box = self._make_wish_box()
        self._facts = {name: QLabel() for name in ("file", "folder", "date", "size", "copies")}
        self._empty = QLabel(self.tr("Select a photo of the results to see why it was found."))
        self._empty.setWordWrap(True)
        self._empty.setMargin(24)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._empty.setForegroundRole(self._empty.palette().ColorRole.PlaceholderText)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._with_buttons(self._in_scroll_area(self._lay_out()), actions))
        self.setWidget(self._stack)
        self._strip.current_changed.connect(self._choose_bit)
        self._table.selectionModel().currentRowChanged.connect(self._point_at_bit)
        self.clear()

    def clear(self) -> None:
        """Say that no match is selected."""
        self._stack.setCurrentIndex(0)

    def show_query_image(self, image: QImage | None, words: str = "") -> None:
        """Show the query photo, or why it cannot be shown."""
        self.pair.show_query(image, words)

    def show_match_pixmap(self, pixmap: QPixmap | None, words: str = "") -> None:
        """Show the match, or why it cannot be shown."""
        self.pair.show_match(None if pixmap is None else pixmap.toImage(), words)

    def show_comparison(self, comparison: Comparison) -> None:
        """Show a match beside its query."""
        hit, self._comparison = comparison.hit, comparison
        self._is_showing = True
        self.pair.set_query_photos(comparison.photos)
        self.pair.match_caption.setText(self.tr("Match #%1").replace("%1", str(hit.rank)))
        self._headline.setText(agreement(hit.distance, comparison.counting))
        self._strip.set_bits(
            comparison.query,
            comparison.match,
            logits=comparison.logits,
            names=comparison.bit_names,
            wishes=comparison.wishes,
        )
        rows = comparison.rows()
        self._bits.set_records(rows)
        self._table_title.setText(
            self.tr("Bits that disagree") if rows else self.tr("No bit disagrees.")
        )
        self._table.setVisible(bool(rows))
        self._table.setFixedHeight(self._table_height(len(rows)))
        if self._strip.current < 0:
            surest = comparison.surest()
            self._strip.set_current(rows[0].bit if rows else surest)
        self._show_wish()
        self._show_facts(hit.photo, comparison.copies)
        self._stack.setCurrentIndex(1)
        self._is_showing = False

    @property
    def headline(self) -> str:
        """How many bits agree, in words."""
        return self._headline.text()

    @property
    def strip(self) -> BitStrip:
        """The code bit by bit."""
        return self._strip

    @property
    def bit(self) -> int:
        """The bit that is looked at, -1 for none."""
        return self._strip.current

    @property
    def table(self) -> RecordView[BitRow]:
        """The bits that disagree."""
        return self._table

    @property
    def is_empty(self) -> bool:
        """Whether no match is shown."""
        return self._stack.currentIndex() == 0

    def facts(self) -> dict[str, str]:
        """Return what is said about the file."""
        return {name: label.text() for name, label in self._facts.items() if label.text()}

    def _show_facts(self, photo: PhotoRecord, copies: Sequence[Path]) -> None:
        others = [path for path in copies if path != photo.path]
        values = {
            "file": wording.path(photo.path.name),
            "folder": wording.place(photo.path.parent),
            "date": _date(photo.mtime),
            "size": _size(photo),
            "copies": "\n".join(map(wording.place, others)),
        }
        for name, value in values.items():
            label = self._facts[name]
            # A path has no spaces to wrap at; after a separator it may.
            label.setText(value.replace("/", "/\u200b") if name in ("folder", "copies") else value)
            label.setToolTip(value)
            self._form.setRowVisible(label, bool(value))

    def _table_height(self, rows: int) -> int:
        shown = min(rows, _ROWS_SHOWN)
        frame = 2 * self._table.frameWidth()
        return (
            self._table.horizontalHeader().sizeHint().height()
            + shown * self._table.verticalHeader().defaultSectionSize()
            + frame
            + 2
        )

    def _lay_out(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 8, 6, 12)  # a scroll bar stands at the end
        column.setSpacing(8)
        column.addWidget(self.pair)
        bold = QFont(self._headline.font())
        bold.setBold(True)
        bold.setPointSizeF(bold.pointSizeF() * 1.1)
        self._headline.setFont(bold)
        column.addSpacing(4)
        column.addWidget(self._headline)
        column.addWidget(self._strip)
        column.addWidget(BitLegend())
        column.addLayout(self._wish_row())
        column.addSpacing(4)
        column.addWidget(self._table_title)
        column.addWidget(self._table)
        column.addSpacing(4)
        column.addLayout(self._fact_form())
        column.addStretch()
        return content

    def _make_wish_box(self) -> QComboBox:
        box = ElidedBox()
        box.setObjectName("bit-wish")
        box.setToolTip(self.tr("What this bit does in the search"))
        for text, wish in (
            (self.tr("counts as usual"), None),
            (self.tr("must be on"), Wish.ON),
            (self.tr("must be off"), Wish.OFF),
            (self.tr("does not count"), Wish.IGNORE),
            (self.tr("turned round"), Wish.FLIP),
        ):
            box.addItem(text, wish)
        box.activated.connect(self._ask_of_bit)
        return box

    def _wish_row(self) -> QHBoxLayout:
        self._wish_label.setBuddy(self._wish_box)
        # A name may be long, the panel narrow.
        self._wish_label.setWordWrap(True)
        self._wish_label.setMinimumWidth(1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._wish_label, 1)
        row.addWidget(self._wish_box)
        return row

    def _show_wish(self) -> None:
        """Say what is asked of the current bit."""
        bit, shown = self._strip.current, self._comparison
        if bit < 0 or shown is None:
            return
        title = self.tr("Bit %1").replace("%1", str(bit))
        self.pair.set_bit(title[:1].lower() + title[1:])
        if name := shown.bit_names[bit] if bit < len(shown.bit_names) else None:
            title += f" “{name}”"
        self._wish_label.setText(title.replace("&", "&&"))
        self._wish_box.setAccessibleName(self.tr("What %1 does").replace("%1", title))
        self._wish_box.setCurrentIndex(self._wish_box.findData(shown.wishes.get(bit)))

    def _with_buttons(self, area: QScrollArea, actions: Sequence[QAction]) -> QWidget:
        """Return the details above the buttons, which are in sight however low the panel is."""
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(area, 1)
        buttons = self._button_grid(actions)
        buttons.setContentsMargins(12, 8, 12, 10)
        column.addLayout(buttons)
        return page

    def _button_grid(self, actions: Sequence[QAction]) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(6)
        for place, action in enumerate(actions):
            # A last one without a neighbour takes the whole line.
            is_alone = place == len(actions) - 1 and place % 2 == 0
            grid.addWidget(ActionButton(action, self), place // 2, place % 2, 1, 1 + is_alone)
        return grid

    def _fact_form(self) -> QFormLayout:
        titles = {
            "file": self.tr("File"),
            "folder": self.tr("Folder"),
            "date": self.tr("Date"),
            "size": self.tr("Size"),
            "copies": self.tr("Also at"),
        }
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(4)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        for name, label in self._facts.items():
            label.setObjectName(f"fact-{name}")
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAccessibleName(titles[name])
            self._form.addRow(titles[name], label)
            title = self._form.labelForField(label)
            title.setForegroundRole(title.palette().ColorRole.PlaceholderText)
        return self._form

    def _in_scroll_area(self, content: QWidget) -> QScrollArea:
        area = QScrollArea()
        area.setAccessibleName(self.windowTitle())
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The content is lower where it is narrower. A bar that comes and goes would make room for
        # itself to go, and for itself to come back, for ever.
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        area.setMinimumWidth(240)
        area.setWidget(content)
        return area

    @Slot(int)
    def _ask_of_bit(self, place: int) -> None:
        wish = self._wish_box.itemData(place)  # Qt makes a plain text of it
        self.wish_changed.emit(self._strip.current, Wish(wish) if wish else None)

    @Slot(int)
    def _choose_bit(self, bit: int) -> None:
        for row in range(self._bits.rowCount()):
            record = self._bits.record(self._bits.index(row, 0))
            if record is not None and record.bit == bit:
                self._table.selectRow(row)
                break
        else:
            self._table.clearSelection()
        self._show_wish()
        if not self._is_showing:
            self.pair.together.setChecked(False)  # the bit is what the user wants to see now
        self.bit_chosen.emit(bit)

    @Slot()
    def _point_at_bit(self) -> None:
        record = self._bits.record(self._table.currentIndex())
        if record is not None and record.bit != self._strip.current:
            self._strip.set_current(record.bit)
            self._show_wish()
            if not self._is_showing:
                self.pair.together.setChecked(False)
            self.bit_chosen.emit(record.bit)


def agreement(distance: int, num_bits: int) -> str:
    """Return e.g. ``61 of 64 bits agree``."""
    text = QCoreApplication.translate("MatchDetails", "%1 of %2 bits agree")
    return text.replace("%1", str(num_bits - distance)).replace("%2", str(num_bits))


def _date(seconds: float) -> str:
    moment = QDateTime.fromSecsSinceEpoch(int(seconds))
    return QLocale().toString(moment, "d MMM yyyy, HH:mm")


def _size(photo: PhotoRecord) -> str:
    size = wording.size(photo.size)
    if photo.width is None or photo.height is None:
        return size
    return f"{photo.width} × {photo.height} · {size}"
