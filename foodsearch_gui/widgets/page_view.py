"""A page of text of ours that loads nothing and leads nowhere by itself."""

from __future__ import annotations

from PySide6.QtWidgets import QTextBrowser, QWidget

_MARGIN = 12


class PageView(QTextBrowser):
    """Shows HTML; its text can be selected and read by keyboard, links are told by signal."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(_MARGIN)

    def show_page(self, text: str, *, keeps_place: bool = False) -> None:
        """Show another text.

        Args:
            text: HTML whose foreign parts are escaped.
            keeps_place: Stay where the user reads: much of the text is the same.
        """
        bar = self.verticalScrollBar()
        place = bar.value() if keeps_place else 0
        self.setHtml(text)
        bar.setValue(place)

    def loadResource(self, kind: int, name: object) -> None:
        """Load nothing: a manifest must not make the window open files or addresses."""
