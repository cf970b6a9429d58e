"""One thing found before a training: how bad it is, in words, and the photos it is about."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from engine import Finding
from foodsearch_gui.core import wording
from foodsearch_gui.core.icons import icon, icon_pixmap
from foodsearch_gui.core.theme import colours_for

_ICONS = {"error": "error", "warning": "warning", "note": "info"}
_ICON = 18
_STRIPE = 4


class FindingRow(QFrame):
    """An icon, a word, the message, and a button where there are photos to show.

    Signals:
        photos_wanted (Finding): The user wants to see the photos.

    Args:
        finding: What was found.
    """

    photos_wanted = Signal(object)

    def __init__(self, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("finding")
        self.finding = finding
        message = finding.message
        words = {
            "error": self.tr("Must be mended first:"),
            "warning": self.tr("Better mended:"),
            "note": self.tr("For your information:"),
        }
        word = words[finding.severity]
        self.setAccessibleName(f"{word} {message}")
        self._icon = QLabel(self)
        head = f"{escape(word)} <b>{escape(message.title)}</b>"
        rest = escape(" ".join(filter(None, (message.cause, message.advice))))
        self.text = QLabel(f"{head} {rest}", self)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(_STRIPE + 10, 7, 8, 7)
        row.setSpacing(9)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1)
        self.button = self._make_button() if finding.paths else None
        if self.button is not None:
            row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._paint_icon()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_icon()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card and the stripe that tells the severity besides icon and word."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours_for(self.palette()).raised))
        painter.fillRect(0, 0, _STRIPE, self.height(), QColor(self._colour()))

    def _make_button(self) -> QPushButton:
        photos = wording.photos(len(self.finding.paths))
        button = QPushButton(icon("photo"), self.tr("Show %1").replace("%1", photos), self)
        button.setObjectName("finding-show")
        button.setAccessibleName(f"{button.text()}: {self.finding.message.title}")
        button.setToolTip(self.tr("Show the photos this is about"))
        button.clicked.connect(self._want_photos)
        return button

    @Slot()
    def _want_photos(self) -> None:
        self.photos_wanted.emit(self.finding)

    def _paint_icon(self) -> None:
        name = _ICONS[self.finding.severity]
        self._icon.setPixmap(icon_pixmap(name, _ICON, self._colour(), self.devicePixelRatioF()))

    def _colour(self) -> str:
        colours = colours_for(self.palette())
        named = {"error": colours.error, "warning": colours.warning}
        return named.get(self.finding.severity, colours.frame)
