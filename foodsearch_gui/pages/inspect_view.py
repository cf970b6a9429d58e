"""What the Inspect page looks like: photos with maps at the left, bits at the right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QAction, QFont, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.models.bit_cells import BitCells, BitOrder
from foodsearch_gui.pages.inspect_bit import BitPanel
from foodsearch_gui.widgets.action_button import ActionButton
from foodsearch_gui.widgets.bit_map_grid import BitMapGrid
from foodsearch_gui.widgets.elided_box import ElidedBox
from foodsearch_gui.widgets.flow_layout import FlowLayout
from foodsearch_gui.widgets.inspected_photo import InspectedPhoto
from foodsearch_gui.widgets.map_legend import MapLegend

_GAP = 12
_SIZES = [500, 620]
_LEAST_PHOTO = 190


class InspectView(QWidget):
    """Layout only; the page fills it.

    Args:
        cells: The bits.
        panel: What is known of the chosen one.
        actions: Buttons above everything.
    """

    def __init__(
        self,
        cells: BitCells,
        panel: BitPanel,
        actions: Sequence[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.panel = panel
        self.name = QLabel()
        self.name.setObjectName("page_title")
        self.model = QLabel()
        self.model.setObjectName("inspect-model")
        self.model.setProperty("isHint", True)
        self.model.setToolTip(self.tr("Another model is chosen on the pages Search or Models"))
        self.photo = InspectedPhoto(self.tr("Photo with the map of the bit"))
        self.photo.view.setObjectName("inspect-photo")
        self.beside = InspectedPhoto(self.tr("Second photo with the map of the bit"))
        self.beside.view.setObjectName("inspect-beside")
        self.beside.hide()
        self.headline = QLabel()
        self.headline.setObjectName("inspect-headline")
        self.headline.setWordWrap(True)
        bold = QFont(self.headline.font())
        bold.setBold(True)
        self.headline.setFont(bold)
        self.place = QLabel()
        self.place.setObjectName("inspect-place")
        self.say_place("")
        self.caption = QLabel()
        self.caption.setObjectName("inspect-caption")
        self.caption.setWordWrap(True)
        self.caption.setProperty("isHint", True)
        self.legend = MapLegend()
        self.grid = BitMapGrid(cells)
        self.count = QLabel()
        self.count.setProperty("isHint", True)
        for label in (self.name, self.model, self.headline, self.place, self.caption):
            label.setTextFormat(Qt.TextFormat.PlainText)  # names of files and bits are in them
        self._make_controls()
        self._buttons = [ActionButton(action) for action in actions]
        self.tabs = QTabWidget()
        self._lay_out()

    def order_tabs(self) -> None:
        """Let Tab follow the eye. To be called when everything lies in one window."""
        for first, second in pairwise(
            (
                *self._buttons,
                *(self.photo.view, self.beside.view, self.shown, self.opacity, self.contours),
                *(self.colours, self.tabs.tabBar(), self.order, self.filter, self.only_named),
                *(self.grid, self.panel),
            )
        ):
            QWidget.setTabOrder(first, second)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put two photos beside or below each other."""
        super().resizeEvent(event)
        self.arrange_photos()

    def arrange_photos(self) -> None:
        """Put two photos where both are larger."""
        room, views = self._photos_box.size(), (self.photo.view, self.beside.view)
        words = 2 * self.fontMetrics().height()

        def area(width: int, height: int) -> float:
            return sum(view.area_in(QSize(width, height)) for view in views)

        beside = area(room.width() // 2, room.height() - words)
        below = area(room.width(), room.height() // 2 - words)
        directions = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._photos.setDirection(directions[below > beside])

    @Slot(str)
    def say_place(self, words: str) -> None:
        """Write what a place of the map says, or how to ask."""
        self.place.setText(words or self.tr("Point at the photo to read a place."))
        self.place.setEnabled(bool(words))

    def show_panel(self) -> None:
        """Bring the panel of one bit to the front."""
        self.tabs.setCurrentWidget(self.panel)

    def _make_controls(self) -> None:
        self.shown = _combo("inspect-shown", self.tr("What the map shows"))
        self.shown.setToolTip(self.tr("The map of the bit, or what the model looked at as a whole"))
        # As wide as what can be chosen; the reasons of what cannot be are longer.
        self.shown.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setObjectName("inspect-opacity")
        self.opacity.setAccessibleName(self.tr("Strength of the colours"))
        self.opacity.setToolTip(self.tr("How much of the photo the colours cover"))
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(10)
        self.opacity.setMinimumHeight(24)
        self.opacity.setFixedWidth(120)
        self.contours = QCheckBox(self.tr("&Contours only"))
        self.contours.setObjectName("inspect-contours")
        self.contours.setToolTip(self.tr("Lines of equal value instead of colours"))
        self.contours.setMinimumHeight(24)
        self.colours = _combo("inspect-colours", self.tr("Colours of the map"))
        self.colours.setToolTip(self.tr("All can be read with any kind of colour vision"))
        self.order = _combo("inspect-order", self.tr("Order of the bits"))
        self.order.setToolTip(self.tr("How the bits are sorted"))
        for order, text in (
            (BitOrder.SURE, self.tr("Surest first")),
            (BitOrder.UNSURE, self.tr("Least sure first")),
            (BitOrder.NUMBER, self.tr("By number")),
            (BitOrder.NAME, self.tr("By name")),
        ):
            self.order.addItem(text, order)
        self.filter = QLineEdit()
        self.filter.setObjectName("inspect-filter")
        self.filter.setAccessibleName(self.tr("Only bits with this name or number"))
        self.filter.setToolTip(self.tr("Only bits with this name or number"))
        self.filter.setPlaceholderText(self.tr("Name or number"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(150)
        self.only_named = QCheckBox(self.tr("Only &named"))
        self.only_named.setObjectName("inspect-only-named")
        self.only_named.setToolTip(self.tr("Leave out bits without a name"))
        self.only_named.setMinimumHeight(24)

    def _lay_out(self) -> None:
        top = FlowLayout(_GAP)
        for widget in (self.name, *self._buttons, self.model):
            top.addWidget(widget)
        self.tabs.setObjectName("inspect-tabs")
        self.tabs.tabBar().setObjectName("inspect-tabbar")
        self.tabs.tabBar().setAccessibleName(self.tr("All bits, or one"))
        self.tabs.tabBar().setToolTip(self.tr("All bits of the photo, or one across the library"))
        self.tabs.addTab(self._all_bits(), self.tr("All bits"))
        self.tabs.addTab(self.panel, self.tr("This bit"))
        body = QSplitter(Qt.Orientation.Horizontal)
        body.setObjectName("inspect-body")
        body.setChildrenCollapsible(False)
        body.addWidget(self._left())
        body.addWidget(_with_margin(self.tabs))
        body.setSizes(_SIZES)
        body.setStretchFactor(0, 4)
        body.setStretchFactor(1, 5)
        body.splitterMoved.connect(lambda *_: self.arrange_photos())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        layout.addLayout(top)
        layout.addWidget(body, 1)

    def _left(self) -> QWidget:
        self._photos_box = QWidget()
        self._photos_box.setMinimumHeight(_LEAST_PHOTO)
        self._photos = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._photos_box)
        self._photos.setContentsMargins(0, 0, 0, 0)
        self._photos.setSpacing(8)
        self._photos.addWidget(self.photo, 1)
        self._photos.addWidget(self.beside, 1)
        controls = FlowLayout(_GAP)
        strength = QLabel(self.tr("S&trength"))
        strength.setBuddy(self.opacity)
        for widget in (*(self.shown, _pair(strength, self.opacity), self.contours, self.colours),):
            controls.addWidget(widget)
        words = QWidget()
        words.setObjectName("scroll_content")
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(6)
        column.addWidget(self.legend)
        column.addWidget(self.place)
        column.addLayout(controls)
        column.addWidget(self.caption)
        self.about = _Words()
        self.about.setObjectName("inspect-words")
        self.about.setAccessibleName(self.tr("About the map"))
        self.about.setToolTip(self.tr("About the map"))
        self.about.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.about.setWidgetResizable(True)
        self.about.setFrameShape(QFrame.Shape.NoFrame)
        self.about.setWidget(words)
        left = QWidget()
        outer = QVBoxLayout(left)
        outer.setContentsMargins(0, 0, _GAP, 0)
        outer.setSpacing(8)
        outer.addWidget(self.headline)
        outer.addWidget(self._photos_box, 1)
        outer.addWidget(self.about)
        left.setMinimumWidth(300)
        return left

    def _all_bits(self) -> QWidget:
        page = QWidget()
        row = FlowLayout(_GAP)
        for widget in (self.order, self.filter, self.only_named, self.count):
            row.addWidget(widget)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.grid, 1)
        return page


class _Words(QScrollArea):
    """Takes the height its words need at this width; scrolls where there is less."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def sizeHint(self) -> QSize:
        content = self.widget()
        if content is None:
            return super().sizeHint()
        width = max(self.viewport().width(), content.minimumSizeHint().width())
        return QSize(width, content.heightForWidth(width) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 100)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self.updateGeometry()
        return super().event(event)


def _combo(object_name: str, name: str) -> QComboBox:
    box = ElidedBox()
    box.setObjectName(object_name)
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box


def _pair(label: QLabel, control: QWidget) -> QWidget:
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    row.addWidget(label)
    row.addWidget(control)
    return both


def _with_margin(widget: QWidget) -> QWidget:
    """Return the widget in a frame that keeps it off the line of the splitter."""
    frame = QWidget()
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(_GAP, 0, 0, 0)
    layout.addWidget(widget)
    return frame
