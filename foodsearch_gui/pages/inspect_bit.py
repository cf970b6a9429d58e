"""The panel of one bit: what the library tells of it, and photos that show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from foodsearch_gui.core.inspect_texts import BIT_LINK
from foodsearch_gui.core.theme import Colours, colours_for
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.core.wording import signed
from foodsearch_gui.widgets.action_button import ActionButton
from foodsearch_gui.widgets.flow_layout import FlowLayout
from foodsearch_gui.widgets.photo_strip import PhotoStrip, StripPhoto
from foodsearch_gui.widgets.section import Section

if TYPE_CHECKING:
    from engine import Exemplars

Locate = Callable[[int], Path | None]


class BitPanel(QScrollArea):
    """Layout of what is known of a bit; the page fills it.

    Signals:
        bit_wanted (int): The user follows a link to another bit.
        photo_wanted (Path): The user wants to see a photo beside the one that is inspected.

    Args:
        thumbs: Makes the pictures.
        actions: What can be done with the bit.
    """

    bit_wanted = Signal(int)
    photo_wanted = Signal(Path)

    def __init__(
        self, thumbs: ThumbPool, actions: Sequence[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("inspect-bit")
        self.setAccessibleName(self.tr("What is known of the bit"))
        self.setToolTip(self.tr("What your library tells of the bit"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.title = QLabel()
        self.title.setObjectName("page_title")
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.words = QLabel()
        self.words.setObjectName("inspect-attribute")
        self.words.setWordWrap(True)
        self.words.setAccessibleName(self.tr("What your library tells of the bit"))
        self.words.setToolTip(self.tr("Counted over all photos with a code"))
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.words.linkActivated.connect(self._follow)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setProperty("isHint", True)
        self._tell: Callable[[Colours], str] | None = None
        self.strips = {
            "on": PhotoStrip(thumbs, self.tr("Photos with the bit on"), has_captions=True),
            "off": PhotoStrip(thumbs, self.tr("Photos with the bit off"), has_captions=True),
            "boundary": PhotoStrip(thumbs, self.tr("Photos nearest to zero"), has_captions=True),
        }
        self._sections = {
            "on": Section(self.tr("On, the surest")),
            "off": Section(self.tr("Off, the surest")),
            "boundary": Section(self.tr("Nearest to zero, the least sure")),
        }
        self._lay_out(actions)

    def show_bit(self, title: str, tell: Callable[[Colours], str]) -> None:
        """Show what is known of a bit.

        Args:
            title: Its number and name.
            tell: Makes the text in the colours of the theme.
        """
        self.title.setText(title)
        self._tell = tell
        self._write()

    def clear(self) -> None:
        """Show nothing: no bit is chosen."""
        self.title.clear()
        self.words.clear()
        self._tell = None
        self.show_examples(None, lambda _photo_id: None, "")

    def show_examples(self, found: Exemplars | None, locate: Locate, state: str) -> None:
        """Show photos of the bit.

        Args:
            found: None before any are known.
            locate: Returns where a photo is.
            state: What is said of them, or in place of them.
        """
        self.state.setText(state)
        self.state.setVisible(bool(state))
        for name, strip in self.strips.items():
            shown = getattr(found, name) if found is not None else ()
            photos = [
                StripPhoto(path, signed(one.logit))
                for one in shown
                if (path := locate(one.photo_id)) is not None
            ]
            if [photo.path for photo in photos] != [photo.path for photo in strip.photos]:
                strip.show_photos(photos)
            self._sections[name].setVisible(bool(photos))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._write()

    def _write(self) -> None:
        if self._tell is not None:
            # Not of this palette: the style sheet makes the background transparent here.
            self.words.setText(self._tell(colours_for(self.window().palette())))

    def _lay_out(self, actions: Sequence[QAction]) -> None:
        content = QWidget()
        content.setObjectName("scroll_content")
        column = QVBoxLayout(content)
        column.setContentsMargins(2, 10, 10, 10)
        column.setSpacing(12)
        column.addWidget(self.title)
        buttons = FlowLayout()
        for action in actions:
            buttons.addWidget(ActionButton(action))
        column.addLayout(buttons)
        column.addWidget(self.words)
        column.addWidget(self.state)
        for name, strip in self.strips.items():
            strip.setObjectName(f"inspect-{name}")
            strip.setToolTip(self.tr("Click a photo to see it beside yours, with the same bit"))
            strip.photo_activated.connect(self.photo_wanted)
            self._sections[name].column.addWidget(strip)
            column.addWidget(self._sections[name])
        column.addStretch()
        self.setWidget(content)

    @Slot(str)
    def _follow(self, address: str) -> None:
        text = QUrl(address).toString()
        if text.startswith(BIT_LINK):
            self.bit_wanted.emit(int(text.removeprefix(BIT_LINK)))
