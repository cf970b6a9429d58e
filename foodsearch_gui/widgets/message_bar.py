"""Banners under the menu: what happened, what to do, and buttons; they never block the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine import Message
from foodsearch_gui.core import banner_places
from foodsearch_gui.core.icons import icon, icon_pixmap
from foodsearch_gui.core.theme import Colours, colours_for
from foodsearch_gui.widgets.flow_layout import FlowLayout

Action = tuple[str, Callable[[], object] | None]
_SHOWN = 3  # more would push the page away; the others follow when one is closed
_STRIPE = 4
_READABLE = 26  # width of the text, in heights of a line; with less, buttons stand below it
_INFORMATION = ("FS-204", "FS-214", "FS-301", "FS-302", "FS-303", "FS-305", "FS-401")
# The newest says it all; of other kinds there is one for each cause.
_ONE_OF_A_KIND = (
    *("FS-204", "FS-212", "FS-213", "FS-214", "FS-215"),
    *("FS-301", "FS-302", "FS-303", "FS-305"),
    "in-use",
)
_ERRORS = ("FS-205", "FS-206", "FS-403", "FS-406", "FS-901")


class MessageBar(QWidget):
    """A stack of banners, the newest on top: those that concern the page in front."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = ""
        self.setObjectName("message_bar")
        self.setAccessibleName(self.tr("Messages"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.hide()

    @Slot(object, object)
    def show_message(self, message: Message, actions: Sequence[Action] = ()) -> None:
        """Show a banner; it replaces an older one of its kind or about the same thing."""
        for banner in self.banners():
            if banner.is_outdated_by(message):
                self._drop(banner)
        banner = Banner(message, actions, self)
        banner.came_on = self._page
        banner.close_button.clicked.connect(self._close_sender)
        self._column.insertWidget(0, banner)
        self._show_newest()
        # Screen readers speak the banner although the focus stays where it is.
        QAccessible.updateAccessibility(QAccessibleEvent(banner, QAccessible.Event.Alert))

    def show_page(self, name: str) -> None:
        """Show what concerns another page; what only told of a deed was read on the old one."""
        for banner in self.banners():
            if banner.came_on != self._page or name == self._page:
                continue
            if not self._page:  # it came before there was any page
                banner.came_on = name
            elif banner.is_only_told:
                self._drop(banner)
            elif banner.has_place:
                banner.came_on = ""
        self._page = name
        self._show_newest()

    @Slot(str)
    def withdraw(self, code: str) -> None:
        """Close the banners of this code."""
        for banner in self.banners():
            if banner.message.code == code:
                self._drop(banner)
        self._show_newest()

    @Slot(object)
    def withdraw_message(self, message: Message) -> None:
        """Close the banners that say this of the same thing, however far it was then."""
        for banner in self.banners():
            if (banner.message.code, banner.message.title) == (message.code, message.title):
                self._drop(banner)
        self._show_newest()

    def banners(self) -> list[Banner]:
        """Return the banners, newest first, the hidden ones too."""
        banners = self.findChildren(Banner, options=Qt.FindChildOption.FindDirectChildrenOnly)
        placed = [banner for banner in banners if self._column.indexOf(banner) >= 0]
        return sorted(placed, key=self._column.indexOf)

    @Slot()
    def _close_sender(self) -> None:
        banner = self.sender().parent()
        assert isinstance(banner, Banner)
        self._drop(banner)
        self._show_newest()

    def _drop(self, banner: Banner) -> None:
        self._column.removeWidget(banner)
        banner.hide()
        banner.deleteLater()

    def _show_newest(self) -> None:
        here = [banner for banner in self.banners() if banner.concerns(self._page)]
        for banner in self.banners():
            banner.setVisible(banner in here[:_SHOWN])
        self.setVisible(bool(here))


class Banner(QFrame):
    """One message; closed by its cross or by any of its buttons.

    Args:
        message: What to say.
        actions: Captions and what they do; None only closes.

    Attributes:
        came_on: The page that was in front when it came, until that is left.
    """

    def __init__(self, message: Message, actions: Sequence[Action], parent: QWidget) -> None:
        super().__init__(parent)
        self.message = message
        self.came_on = ""
        self.setObjectName("banner")
        self.setAccessibleName(message.title)
        self.setAccessibleDescription(" ".join(filter(None, (message.cause, message.advice))))
        self._icon = QLabel(self)
        self._text = QLabel(_rich_text(message), self)
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = QToolButton(self)
        self.close_button.setObjectName("banner_close")
        self.close_button.setAutoRaise(True)
        self.close_button.setIcon(icon("close"))
        self.close_button.setToolTip(self.tr("Close this message"))
        self.close_button.setAccessibleName(self.tr("Close this message"))
        self._buttons = [self._make_button(caption, do) for caption, do in actions]
        self._lay_out()
        self._paint_icon()

    def buttons(self) -> list[QPushButton]:
        """Return the buttons of the message, the safe one first."""
        return self._buttons

    @property
    def _is_deed(self) -> bool:
        return not self.message.code.startswith("FS-")

    @property
    def has_place(self) -> bool:
        """Whether there are pages whose matter it is; else it belongs where it came."""
        code = self.message.code
        return bool(banner_places.pages_of(code)) or banner_places.concerns_all(code)

    @property
    def is_only_told(self) -> bool:
        """Whether it tells of a deed, and there is nothing to do about it."""
        return not (self.has_place or self._buttons)

    def concerns(self, page: str) -> bool:
        """Whether it is to be seen on a page."""
        code = self.message.code
        is_here = page == self.came_on or page in banner_places.pages_of(code)
        return is_here or banner_places.concerns_all(code)

    def is_outdated_by(self, message: Message) -> bool:
        """Whether a newer message is of its kind or about the same thing.

        Titles name the thing that buttons act on; without buttons nothing is lost. A deed that
        cannot be undone was told when the next thing happens.
        """
        if self._is_deed and not self._buttons:
            return True
        if message.code != self.message.code or message.code in _ONE_OF_A_KIND:
            return message.code == self.message.code
        is_same_thing = message.title == self.message.title or not self._buttons
        return is_same_thing and message.cause == self.message.cause

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons below the text where it would become a narrow column."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the stripe that tells the severity besides the icon."""
        painter = QPainter(self)
        colours = colours_for(self.palette())
        painter.fillRect(self.rect(), QColor(colours.raised))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(colours.border))
        painter.fillRect(0, 0, _STRIPE, self.height(), QColor(self._colour()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_icon()

    def _lay_out(self) -> None:
        self._choices = FlowLayout(gap=8)
        for button in self._buttons:
            self._choices.addWidget(button)
        for before, after in pairwise((*self._buttons, self.close_button)):
            self.setTabOrder(before, after)
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(_STRIPE + 12, 8, 8, 8)
        grid.setSpacing(10)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._icon, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self._text, 0, 1)
        grid.addWidget(self.close_button, 0, 3)
        self._is_wide: bool | None = None
        self._arrange()

    def _arrange(self) -> None:
        taken = self._choices.sizeHint().width() + self._icon.sizeHint().width()
        taken += self.close_button.sizeHint().width() + 5 * self._grid.spacing()
        is_wide = self.width() - taken >= _READABLE * self.fontMetrics().height()
        if is_wide is self._is_wide or not self._buttons:
            return
        self._is_wide = is_wide
        self._grid.removeItem(self._choices)
        self._choices.setParent(None)
        if is_wide:
            self._grid.addLayout(self._choices, 0, 2, Qt.AlignmentFlag.AlignVCenter)
        else:
            self._grid.addLayout(self._choices, 1, 1, 1, 3)

    def _make_button(self, caption: str, do: Callable[[], object] | None) -> QPushButton:
        button = QPushButton(caption, self)
        button.setObjectName("banner_action")
        button.setAccessibleName(caption)
        button.setAccessibleDescription(self.message.title)
        # The banner goes first: what the button does may show the same banner anew.
        button.clicked.connect(self.close_button.click)
        if do is not None:
            button.clicked.connect(lambda _checked=False: do())
        return button

    def _paint_icon(self) -> None:
        name = {"error": "error", "warning": "warning"}.get(_severity(self.message), "info")
        self._icon.setPixmap(icon_pixmap(name, 20, self._colour(), self.devicePixelRatioF()))

    def _colour(self) -> str:
        colours: Colours = colours_for(self.palette())
        named = {"error": colours.error, "warning": colours.warning}
        return named.get(_severity(self.message), colours.frame)


def _severity(message: Message) -> str:
    if message.code in _ERRORS:
        return "error"
    is_deed = not message.code.startswith("FS-")
    return "information" if is_deed or message.code in _INFORMATION else "warning"


def _rich_text(message: Message) -> str:
    parts = [f"<b>{escape(message.title)}</b>", escape(message.cause), escape(message.advice)]
    return " ".join(part for part in parts if part)
