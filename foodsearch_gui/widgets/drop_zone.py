"""Where a search begins: the three ways to bring a photo, in words, and the last ones used."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QIcon,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core.icons import icon, icon_pixmap
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.widgets.drop_target import DropTarget
from foodsearch_gui.widgets.photo_delegate import draw_pixmap_filling

_ICON = 56
_RADIUS = 12.0
RECENT_SIZE = QSize(84, 63)


class DropZone(QWidget):
    """A large area that says what one can do, and takes drops.

    Signals:
        dropped (Incoming): What was dropped.
        recent_chosen (int): Place in the list given to :meth:`set_recent`.

    Args:
        actions: The ways in besides dropping; the first one becomes the main button.
    """

    dropped = Signal(object)
    recent_chosen = Signal(int)

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_hovered = False
        self.setObjectName("drop-zone")
        self.setAccessibleName(self.tr("Drop a meal photo here"))
        self._target = DropTarget(self, takes_own=True)
        self._target.hovered.connect(self.set_hovered)
        self._target.dropped.connect(self.dropped)
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(self.tr("Drop a meal photo here"))
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.35)
        self._title.setFont(font)
        self._ways = QLabel(
            self.tr(
                "Drop a file or a picture from the browser, paste one with Ctrl+V, or open one.\n"
                "Your most similar photos appear here; nothing leaves this computer."
            )
        )
        for label in (self._title, self._ways):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self.buttons = [self._make_button(action) for action in actions]
        self.buttons[0].setProperty("isMain", True)
        self.buttons[0].setIcon(icon("open", on_accent=True))
        self._recent_title = QLabel(self.tr("Last searched for"))
        self._recent_title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._recent_title.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._recent_title.hide()
        self._recent_buttons: list[QToolButton] = []
        self._recent = QHBoxLayout()
        self._recent.setSpacing(8)
        self._lay_out()
        self._paint_icon()

    def set_hovered(self, is_hovered: bool) -> None:
        """Show that something may be dropped now."""
        self._is_hovered = is_hovered
        self.update()

    def set_recent(self, photos: Sequence[tuple[str, QPixmap | None]]) -> None:
        """Offer earlier queries.

        Args:
            photos: Name and picture of each, newest first.
        """
        for button in self._recent_buttons:
            self._recent.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._recent_buttons = [
            self._make_recent(place, name, pixmap) for place, (name, pixmap) in enumerate(photos)
        ]
        for button in self._recent_buttons:
            self._recent.addWidget(button)
        self._recent_title.setVisible(bool(photos))

    def recent_buttons(self) -> list[QToolButton]:
        """Return the buttons of the earlier queries, newest first."""
        return self._recent_buttons

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dashed frame, solid while something is dragged over it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_for(self.palette())
        style = Qt.PenStyle.SolidLine if self._is_hovered else Qt.PenStyle.DashLine
        line = colours.frame if self._is_hovered else colours.secondary
        painter.setPen(QPen(QColor(line), 2.0 if self._is_hovered else 1.0, style))
        painter.setBrush(QColor(colours.raised if self._is_hovered else colours.base))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), _RADIUS, _RADIUS
        )
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_icon()

    def _make_button(self, action: QAction) -> QPushButton:
        button = QPushButton(action.icon(), action.text(), self)
        button.setObjectName(f"button_{action.objectName()}")
        button.setAccessibleName(action.text().replace("&", ""))
        button.setToolTip(action.toolTip())
        button.clicked.connect(action.trigger)
        return button

    def _make_recent(self, place: int, name: str, pixmap: QPixmap | None) -> QToolButton:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setIconSize(RECENT_SIZE)
        if pixmap is not None:
            button.setIcon(QIcon(_rounded(pixmap, self.devicePixelRatioF())))
        else:
            button.setText(button.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 80))
            button.setMinimumSize(RECENT_SIZE)
        button.setToolTip(self.tr("Search with “%1” again").replace("%1", name))
        button.setAccessibleName(button.toolTip())
        button.clicked.connect(lambda: self.recent_chosen.emit(place))
        return button

    def _lay_out(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(self)
        column.setContentsMargins(56, 24, 56, 24)
        column.setSpacing(10)
        column.addStretch(2)
        for label in (self._icon, self._title, self._ways):
            column.addWidget(label)  # whole width: only so does a wrapped text get its height
        column.addSpacing(6)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in self.buttons:
            buttons.addWidget(button)
        column.addLayout(_centred(buttons))
        column.addStretch(1)
        column.addWidget(self._recent_title)
        column.addLayout(_centred(self._recent))
        column.addStretch(1)

    def _paint_icon(self) -> None:
        colour = colours_for(self.palette()).secondary
        self._icon.setPixmap(icon_pixmap("photo", _ICON, colour, self.devicePixelRatioF()))


def _rounded(pixmap: QPixmap, ratio: float) -> QPixmap:
    """Return the middle of a picture, cut to the size of a recent query."""
    result = QPixmap(RECENT_SIZE * ratio)
    result.setDevicePixelRatio(ratio)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    box = QRect(QPoint(0, 0), RECENT_SIZE)
    corners = QPainterPath()
    corners.addRoundedRect(QRectF(box), 6, 6)
    painter.setClipPath(corners)
    draw_pixmap_filling(painter, box, pixmap)
    painter.end()
    return result


def _centred(row: QHBoxLayout) -> QHBoxLayout:
    outer = QHBoxLayout()
    outer.addStretch()
    outer.addLayout(row)
    outer.addStretch()
    return outer
