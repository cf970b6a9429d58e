"""The card of one model: everything its manifest says, or why it cannot be used."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QTextBrowser, QWidget

from foodsearch_gui.core import wording
from foodsearch_gui.core.model_card import card_html
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.models.bundles import Bundle

if TYPE_CHECKING:
    from engine import MethodInfo


class ModelCardView(QTextBrowser):
    """Shows a :class:`Bundle`; its text can be selected and read by keyboard.

    Args:
        methods: Hashing methods by name.
    """

    def __init__(self, methods: Mapping[str, MethodInfo], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._methods = methods
        self._bundle: Bundle | None = None
        self.setObjectName("model-card")
        self.setAccessibleName(self.tr("About the model"))
        self.setToolTip(self.tr("Everything the file says about the model"))
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(12)

    def set_bundle(self, bundle: Bundle | None) -> None:
        """Describe this one; the place in the text stays if it is the same."""
        if bundle != self._bundle:
            self._bundle = bundle
            self._show()

    def loadResource(self, kind: int, name: object) -> None:
        """Load nothing: a manifest must not make the window open files or addresses."""

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show()

    def _show(self) -> None:
        self.setHtml(self._html())

    def _html(self) -> str:
        bundle, secondary = self._bundle, colours_for(self.palette()).secondary
        if bundle is None:
            text = html.escape(self.tr("Choose a model to read about it."))
            return f"<p style='color:{secondary}'>{text}</p>"
        if bundle.model is not None:
            method = self._methods.get(bundle.model.manifest.method)
            return card_html(bundle.model, method, secondary)
        return self._trouble(bundle)

    def _trouble(self, bundle: Bundle) -> str:
        assert bundle.trouble is not None
        trouble = bundle.trouble
        place = f"{wording.path(bundle.path)} ({trouble.code})"
        lines = (f"{trouble.title} {trouble.cause}", trouble.advice, place)
        paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
        return f"<h2>{html.escape(self.tr('This model is not usable.'))}</h2>{paragraphs}"
