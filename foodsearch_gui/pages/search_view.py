"""The layout of the Search page: controls, the line about the answer, and the area below.

Widgets only; what they show and do is decided in :mod:`foodsearch_gui.pages.search_page`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.pages import search_texts, steering_texts
from foodsearch_gui.widgets.chip_row import ChipRow
from foodsearch_gui.widgets.drop_zone import DropZone
from foodsearch_gui.widgets.elided_box import ElidedBox
from foodsearch_gui.widgets.empty_state import EmptyState
from foodsearch_gui.widgets.link_label import LinkLabel
from foodsearch_gui.widgets.photo_grid_view import PhotoGridView
from foodsearch_gui.widgets.query_card import QueryCard
from foodsearch_gui.widgets.skeleton_grid import SkeletonGrid

_NARROW, _LOW = 520, 500  # of the page, with the panel beside it


class DistanceSlider(QWidget):
    """How many bits may disagree, with its value in words; the right end means any number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("distance")
        self.slider.setAccessibleName(self.tr("Largest distance in bits"))
        self.slider.setToolTip(
            self.tr("Photos whose codes differ from the query's in more bits are left out")
        )
        self.slider.setPageStep(4)
        self.slider.setMinimumHeight(26)
        self.value_text = QLabel()
        self.value_text.setObjectName("distance-value")
        self.slider.valueChanged.connect(self.show_value)
        self.set_bits(64)
        self.slider.setValue(64)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self.value_text)
        self.setFocusProxy(self.slider)

    @property
    def radius(self) -> int | None:
        """The largest distance, or None for any."""
        value = self.slider.value()
        return None if value >= self.slider.maximum() else value

    def set_radius(self, radius: int | None) -> None:
        """Move the slider."""
        self.slider.setValue(self.slider.maximum() if radius is None else radius)

    def set_bits(self, num_bits: int) -> None:
        """Take another code length; the radius keeps its share of it."""
        radius, before = self.radius, self.slider.maximum()
        self.slider.setRange(0, num_bits)
        self.set_radius(None if radius is None else round(radius * num_bits / before))
        metrics = self.value_text.fontMetrics()
        texts = (self._text(num_bits), self._text(num_bits - 1))
        self.value_text.setMinimumWidth(max(map(metrics.horizontalAdvance, texts)) + 4)
        self.show_value()

    def _text(self, value: int) -> str:
        if value >= self.slider.maximum():
            return self.tr("any")
        text = self.tr("%1 of %2").replace("%1", str(value))
        return text.replace("%2", str(self.slider.maximum()))

    @Slot()
    def show_value(self) -> None:
        """Say the value in words."""
        text = self._text(self.slider.value())
        self.value_text.setText(text)
        self.slider.setAccessibleDescription(text)


class SearchView(QWidget):
    """All widgets of the page.

    Args:
        grid: Shows the results.
        start_actions: Ways to bring a photo, for the empty page.
        replace_action: Chooses another query photo.
        add_action: Chooses further ones.
    """

    def __init__(
        self,
        grid: PhotoGridView,
        start_actions: Sequence[QAction],
        replace_action: QAction,
        add_action: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.grid = grid
        self.card = QueryCard(replace_action, add_action)
        self.model_box = _chooser(
            "model-box",
            self.tr("Model"),
            self.tr("The model that turns photos into codes; another one finds other photos"),
        )
        self.folder_box = _chooser(
            "folder-box", self.tr("Search in"), self.tr("Only photos below this folder are found")
        )
        self.distance = DistanceSlider()
        self.results = QSpinBox()
        self.results.setObjectName("results")
        self.results.setAccessibleName(self.tr("Number of results"))
        self.results.lineEdit().setAccessibleName(self.results.accessibleName())
        self.results.setToolTip(self.tr("How many photos are shown at most"))
        self.results.setKeyboardTracking(False)
        self.duplicates = QCheckBox(self.tr("&Hide duplicates"))
        self.allow_duplicates(can_tell=True)
        self.duplicates.setAccessibleName(self.tr("Hide duplicates"))
        self.summary = QLabel()
        self.summary.setObjectName("summary")
        self.suggestion = LinkLabel()
        self.suggestion.setObjectName("suggestion")
        self.suggestion.setAccessibleName(self.tr("What the photo may show"))
        self.suggestion.setTextFormat(Qt.TextFormat.RichText)
        self.suggestion.setToolTip(
            self.tr(
                "From the folder names of the nearest photos; how sure that is was measured with "
                "the photos of your library. A click on a name shows the photos that speak for it."
            )
        )
        self._make_steering()
        self._empty_content: tuple[str, str, str, list[str]] | None = None
        self.blank = QWidget()
        self.skeleton = SkeletonGrid()
        self.empty = EmptyState("search", "")
        self.drop_zone = DropZone(start_actions)
        self.body = QStackedWidget()
        for widget in (self.blank, self.skeleton, self.empty, self.drop_zone, grid):
            self.body.addWidget(widget)
        self.beyond = QLabel()
        self.beyond.setObjectName("beyond")
        self.show_beyond = QPushButton()
        self.show_beyond.setObjectName("show-beyond")
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room where there is little: the panel shows the query photo as well."""
        super().resizeEvent(event)
        is_narrow = self.width() < _NARROW
        self.card.set_narrow(is_narrow)
        self.order_label.setVisible(not is_narrow)
        self.duplicates.setText(self.tr("&Hide dup.") if is_narrow else self.tr("&Hide duplicates"))
        self.results.setMaximumWidth(60 if is_narrow else 200)
        for box in (self.model_box, self.folder_box):
            box.setMinimumWidth(104 if is_narrow else 120)
        self.order_box.setMinimumContentsLength(8 if is_narrow else 18)
        is_low = self.height() < _LOW
        self.steering.set_lines(2 if is_low else 3)
        self._column.setSpacing(6 if is_low else 10)

    def set_empty(self, icon_name: str, title: str, text: str, actions: Sequence[QAction]) -> None:
        """Say why there is nothing to show and what to do about it."""
        content = (icon_name, title, text, [action.objectName() for action in actions])
        if content != self._empty_content:  # new buttons would take the focus away
            self._empty_content = content
            self.empty.set_content(icon_name, title, text, actions)

    def allow_duplicates(self, *, can_tell: bool) -> None:
        """Offer to hide near-duplicates, if the model can tell them from photos of one dish."""
        self.duplicates.setEnabled(can_tell)
        self.duplicates.setToolTip(
            self.tr("Of photos that look the same only the first is shown, with their number")
            if can_tell
            else self.tr("This model draws all photos of a dish together; it knows no duplicates")
        )

    def set_summary(self, text: str, suggestion: str = "") -> None:
        """Say what was found; the line keeps its place while it is empty.

        Args:
            text: How many, how fast.
            suggestion: What the photo may show, as rich text with links.
        """
        self.summary.setText(text)
        self.suggestion.setText(suggestion)
        name = search_texts.plain(suggestion) or self.tr("What the photo may show")
        self.suggestion.setAccessibleName(name)
        self.suggestion.setVisible(bool(suggestion))

    def set_beyond(self, text: str, button: str) -> None:
        """Say what is not shown, with the way to it; an empty text hides the line."""
        self.beyond.setText(text)
        self.show_beyond.setText(button)
        self.show_beyond.setAccessibleName(f"{text} {button}")
        self.show_beyond.setVisible(bool(button))
        self._beyond_bar.setVisible(bool(text))

    @property
    def beyond_is_shown(self) -> bool:
        """Whether there is a line about photos that are not shown."""
        return not self._beyond_bar.isHidden()

    def _lay_out(self) -> None:
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(10)
        column.addWidget(self._make_header())
        column.addWidget(self._make_summary())
        column.addWidget(self.steering)
        column.addWidget(self.body, 1)
        column.addWidget(self._make_beyond_bar())
        tab_order = (
            self.card,
            self.model_box,
            self.folder_box,
            self.distance.slider,
            self.results,
            self.duplicates,
            self.suggestion,
            self.order_box,
            self.steering,
            self.drop_zone,
            self.empty,
            self.grid,
            self.show_beyond,
        )
        for before, after in itertools.pairwise(tab_order):
            QWidget.setTabOrder(before, after)

    def _make_header(self) -> QWidget:
        self.header = QWidget()
        row = QHBoxLayout(self.header)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.card)
        self.form = self._make_form()
        row.addWidget(self.form, 100)
        row.addStretch(1)
        return self.header

    def _make_form(self) -> QWidget:
        form = QWidget()
        form.setMaximumWidth(640)
        form.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        grid = QGridLayout(form)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.results)
        row.addWidget(self.duplicates)
        row.addStretch()
        fields: tuple[tuple[str, QWidget, QWidget | QHBoxLayout], ...] = (
            (self.tr("&Model"), self.model_box, self.model_box),
            (self.tr("Search &in"), self.folder_box, self.folder_box),
            (self.tr("Largest &distance"), self.distance.slider, self.distance),
            (self.tr("&Results"), self.results, row),
        )
        for place, (text, buddy, item) in enumerate(fields):
            label = QLabel(text)
            label.setBuddy(buddy)
            label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
            line, column = 3 * (place // 2), place % 2
            grid.addWidget(label, line, column)
            if isinstance(item, QWidget):
                grid.addWidget(item, line + 1, column)
            else:
                grid.addLayout(item, line + 1, column)
        grid.setRowMinimumHeight(2, 8)
        grid.setRowStretch(5, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return form

    def _make_summary(self) -> QWidget:
        self.summary_bar = QWidget()
        lines = QGridLayout(self.summary_bar)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setHorizontalSpacing(8)
        lines.setVerticalSpacing(2)
        lines.setColumnStretch(0, 1)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.summary.setWordWrap(True)
        self.summary.setForegroundRole(self.summary.palette().ColorRole.PlaceholderText)
        self.order_label = QLabel(self.tr("&Order"))
        self.order_label.setBuddy(self.order_box)
        self.order_label.setForegroundRole(self.summary.foregroundRole())
        lines.addWidget(self.suggestion, 0, 0, 1, 3)
        lines.addWidget(self.summary, 1, 0)
        lines.addWidget(self.order_label, 1, 1)
        lines.addWidget(self.order_box, 1, 2)
        return self.summary_bar

    def _make_steering(self) -> None:
        self.order_box = _chooser(
            "order-box",
            self.tr("Order of the results"),
            self.tr("Which of the nearest photos come first.")
            + "\n"
            + steering_texts.margins_tip(),
        )
        self.order_box.addItems(
            [self.tr("Every bit counts the same"), self.tr("Sure bits count more")]
        )
        self.teach = QPushButton(steering_texts.teach({}))
        self.teach.setObjectName("teach")
        self.teach.setToolTip(steering_texts.judged_tip())
        self.clear_steering = QPushButton(self.tr("&Clear all"))
        self.clear_steering.setObjectName("clear-steering")
        self.clear_steering.setToolTip(self.tr("Search with the photo alone (Ctrl+Backspace)"))
        self.keep_steering = QCheckBox(self.tr("&Keep for other photos"))
        self.keep_steering.setObjectName("keep-steering")
        self.keep_steering.setToolTip(
            self.tr(
                "Wishes stay in force when you search with another photo; but a bit that is turned "
                "round, judgements and added photos belong to this photo"
            )
        )
        self.steering_note = QLabel()
        self.steering_note.setObjectName("steering-note")
        self.steering_note.setForegroundRole(self.steering_note.palette().ColorRole.PlaceholderText)
        tail = (self.teach, self.clear_steering, self.keep_steering, self.steering_note)
        for button in tail[:3]:
            button.setAccessibleName(button.text().replace("&", ""))
        self.steering = ChipRow(tail)
        self.steering.setAccessibleName(self.tr("What bends the search"))
        self.steering.hide()

    def _make_beyond_bar(self) -> QWidget:
        self._beyond_bar = QWidget()
        row = QHBoxLayout(self._beyond_bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch()
        row.addWidget(self.beyond)
        row.addWidget(self.show_beyond)
        row.addStretch()
        self._beyond_bar.hide()
        return self._beyond_bar


def _chooser(name: str, accessible: str, tip: str) -> QComboBox:
    box = ElidedBox()
    box.setObjectName(name)
    box.setAccessibleName(accessible)
    box.setToolTip(tip)
    box.setMaxVisibleItems(20)
    # Long names are cut, not the window widened.
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    box.setMinimumSize(QSize(120, 0))
    return box
