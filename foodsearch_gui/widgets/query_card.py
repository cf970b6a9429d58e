"""The query photo with its name and size, or the reason why it cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QIcon,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from engine import Message
from foodsearch_gui.core.icons import icon, icon_pixmap
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.widgets.drop_target import DropTarget
from foodsearch_gui.widgets.picture_box import PictureBox

_WIDTH, _ROOMY, _NARROW, _WORDS = 304, 280, 236, 112
_PICTURE, _SMALL = QSize(132, 99), QSize(96, 72)
_RADIUS = 10.0


class QueryCard(QWidget):
    """Shows what is searched for; another photo can be dropped on it.

    Signals:
        dropped (Incoming): What was dropped.
        added (Incoming): What was dropped on the button that adds photos.

    Args:
        replace_action: Lets the user choose another photo.
        add_action: Lets the user choose further ones.
    """

    dropped = Signal(object)
    added = Signal(object)

    def __init__(
        self, replace_action: QAction, add_action: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._is_hovered = False
        self._has_error = False
        self._is_narrow = False
        self.setObjectName("query-card")
        self.setAccessibleName(self.tr("Query photo"))
        target = DropTarget(self, takes_own=True)
        target.hovered.connect(self.set_hovered)
        target.dropped.connect(self.dropped)
        self._picture = PictureBox(self.tr("Query photo"), _PICTURE)
        self._picture.setFixedSize(_PICTURE)
        self._full_name = ""
        self._name = QLabel()
        bold = QFont(self._name.font())
        bold.setBold(True)
        self._name.setFont(bold)
        self._name.setWordWrap(True)
        self._details = QLabel()
        self._details.setWordWrap(True)
        self._sign = QLabel()
        self.replace_button = QPushButton(self.tr("&Replace…"))
        self.replace_button.setToolTip(self.tr("Choose another photo, or drop or paste one"))
        self.replace_button.setAccessibleName(self.tr("Replace the query photo"))
        self.replace_button.clicked.connect(replace_action.trigger)
        self.add_button = QPushButton(icon("add"), "")
        self.add_button.setObjectName("add-photo")
        self.add_button.setToolTip(
            self.tr("Search with one more photo at the same time; it can be dropped here, too")
        )
        self.add_button.setAccessibleName(self.tr("Add a photo to the query"))
        self.add_button.setProperty("isSmall", True)
        self.add_button.clicked.connect(add_action.trigger)
        DropTarget(self.add_button, takes_own=True).dropped.connect(self.added)
        self._error_buttons: list[QPushButton] = []
        self._lay_out()

    def show_query(self, name: str, image: QImage | None, details: str) -> None:
        """Show a photo, or its name while it is being read."""
        self._set_error_buttons({})
        self._set_text(name, details, has_error=False)
        self._picture.show_image(image)
        self._picture.setVisible(not self._is_narrow)

    def show_error(
        self, message: Message, image: QImage | None, actions: Mapping[str, Callable[[], object]]
    ) -> None:
        """Say why the photo cannot be used.

        Args:
            message: The reason.
            image: What can be seen of the photo, if anything.
            actions: Captions of the buttons and what they do.
        """
        text = " ".join(part for part in (message.cause, message.advice) if part)
        self._set_text(message.title, text, has_error=True)
        self._set_error_buttons(actions)
        self._picture.show_image(image)
        self._picture.setVisible(image is not None and not self._is_narrow)

    @property
    def text(self) -> str:
        """Everything the card says."""
        return f"{self._full_name}\n{self._details.text()}"

    @property
    def has_picture(self) -> bool:
        """Whether the photo itself is shown."""
        return self._picture.has_picture

    def error_buttons(self) -> list[QPushButton]:
        """Return the buttons of the error that is shown."""
        return self._error_buttons

    def set_narrow(self, is_narrow: bool) -> None:
        """Leave the picture out where there is no room for it."""
        self._is_narrow = is_narrow
        self.setMinimumWidth(_WORDS if is_narrow else _NARROW)
        self.setMaximumWidth(_WORDS if is_narrow else _WIDTH)
        self.replace_button.setText("" if is_narrow else self.tr("&Replace…"))
        self.replace_button.setIcon(icon("photo") if is_narrow else QIcon())
        self.setMinimumHeight((_SMALL if is_narrow else _PICTURE).height() + 20)
        self._picture.setHidden(is_narrow or (self._has_error and not self._picture.has_picture))

    def set_hovered(self, is_hovered: bool) -> None:
        """Show that something may be dropped now."""
        self._is_hovered = is_hovered
        self.update()

    def sizeHint(self) -> QSize:
        """Return the usual width; the card gives way where there is less room."""
        return QSize(_WIDTH, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit picture and name to the new width."""
        super().resizeEvent(event)
        self._picture.setFixedSize(_PICTURE if self.width() > _ROOMY else _SMALL)
        self._show_name()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card; its frame tells of errors and drags, besides the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_for(self.palette())
        line = colours.error if self._has_error else colours.border
        painter.setPen(
            QPen(QColor(colours.frame), 2) if self._is_hovered else QPen(QColor(line), 1)
        )
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_sign()

    def _set_text(self, name: str, details: str, *, has_error: bool) -> None:
        self._full_name, self._has_error = name, has_error
        self._name.setToolTip(name)
        self._show_name()
        self._details.setText(details)
        self.replace_button.setVisible(not has_error)
        self.add_button.setVisible(not has_error)
        self._sign.setVisible(has_error)
        self.setAccessibleDescription(f"{name}. {details}")
        self._colour_text()
        self._paint_sign()
        self.update()

    def _show_name(self) -> None:
        """Show the name on two lines at most; its end, which tells photos apart, is kept."""
        shown = self._full_name
        if not self._has_error:
            metrics = self._name.fontMetrics()
            picture = 0 if self._is_narrow else self._picture.width() + 12
            room = self.width() - picture - 20
            if metrics.horizontalAdvance(shown) > room:
                shown = metrics.elidedText(shown, Qt.TextElideMode.ElideMiddle, 2 * room - 24)
                # Names often have no space to wrap at.
                shown = "\u200b".join(shown)
        self._name.setText(shown)

    def _set_error_buttons(self, actions: Mapping[str, Callable[[], object]]) -> None:
        for button in self._error_buttons:
            self._button_row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._error_buttons = []
        for caption, do in actions.items():
            button = QPushButton(caption, self)
            button.setAccessibleName(caption)
            button.clicked.connect(lambda _checked=False, do=do: do())
            self._button_row.insertWidget(len(self._error_buttons), button)
            self._error_buttons.append(button)

    def _colour_text(self) -> None:
        """Let the style sheet colour the words: it takes back palettes when the theme changes."""
        for label, name, is_on in (
            (self._name, "isError", self._has_error),
            (self._details, "isHint", not self._has_error),
        ):
            label.setProperty(name, is_on)
            label.style().unpolish(label)
            label.style().polish(label)

    def _paint_sign(self) -> None:
        colour = colours_for(self.palette()).error
        self._sign.setPixmap(icon_pixmap("error", 20, colour, self.devicePixelRatioF()))

    def _lay_out(self) -> None:
        self.setMinimumWidth(_NARROW)
        self.setMaximumWidth(_WIDTH)
        self.setMinimumHeight(_PICTURE.height() + 20)  # an error must not shift the page
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._name, 1)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(head)
        words.addWidget(self._details)
        words.addStretch()
        self._button_row = QHBoxLayout()
        self._button_row.setSpacing(6)
        self._button_row.addWidget(self.replace_button)
        self._button_row.addWidget(self.add_button)
        self._button_row.addStretch()
        words.addLayout(self._button_row)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 10, 10, 10)
        row.setSpacing(12)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
