"""The card of one model: everything its manifest says, or why it cannot be used."""

from __future__ import annotations

import html
from dataclasses import replace

from PySide6.QtCore import QEvent, QUrl, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine import Message
from foodsearch_gui.core import wording
from foodsearch_gui.core.model_card import CLASSES_LINK, MODEL_LINK, Card, card_html
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.models.bundles import Bundle
from foodsearch_gui.widgets.page_view import PageView


class ModelCardView(PageView):
    """Shows a :class:`Card`, or why there is none.

    Signals:
        model_wanted (str): The user follows the link to the model of this id.
    """

    model_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: Card | None = None
        self._broken: Bundle | None = None
        self.setObjectName("model-card")
        self.setAccessibleName(self.tr("About the model"))
        self.setToolTip(self.tr("Everything the file says about the model"))
        self.anchorClicked.connect(self._follow)

    def set_card(self, card: Card | None) -> None:
        """Describe this model; the place in the text stays if it is the same one."""
        shown, is_same = self._card, False
        if card is not None and shown is not None and card.model.key == shown.model.key:
            card, is_same = replace(card, shows_classes=shown.shows_classes), True
        if card != shown or self._broken is not None:
            self._card, self._broken = card, None
            self._show(keeps_place=is_same)

    def set_trouble(self, bundle: Bundle) -> None:
        """Say why a model cannot be used."""
        if bundle != self._broken:
            self._card, self._broken = None, bundle
            self._show()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show(keeps_place=True)

    @Slot(QUrl)
    def _follow(self, address: QUrl) -> None:
        text = address.toString()
        if text == CLASSES_LINK and self._card is not None:
            self._card = replace(self._card, shows_classes=not self._card.shows_classes)
            self._show(keeps_place=True)
        elif text.startswith(MODEL_LINK):
            self.model_wanted.emit(text.removeprefix(MODEL_LINK))

    def _show(self, *, keeps_place: bool = False) -> None:
        self.show_page(self._html(), keeps_place=keeps_place)

    def _html(self) -> str:
        secondary = colours_for(self.palette()).secondary
        if self._card is not None:
            return card_html(self._card, secondary)
        if self._broken is not None and self._broken.trouble is not None:
            return self._trouble_html(self._broken, self._broken.trouble)
        text = html.escape(self.tr("Choose a model to read about it."))
        return f"<p style='color:{secondary}'>{text}</p>"

    def _trouble_html(self, bundle: Bundle, trouble: Message) -> str:
        place = f"{wording.path(bundle.path)} ({trouble.code})"
        lines = (f"{trouble.title} {trouble.cause}", trouble.advice, place)
        paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
        return f"<h2>{html.escape(self.tr('This model is not usable.'))}</h2>{paragraphs}"
