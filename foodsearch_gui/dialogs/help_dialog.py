"""The user guide in a window of its own, so that it can be read beside the work."""

from __future__ import annotations

from importlib import resources

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QTextBlock, QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

_SECTION_LEVEL = 2
_LINE_HEIGHT = 125  # per cent
# Which section belongs to which page of the window.
SECTIONS = {
    "search": "Search",
    "library": "The library",
    "train": "Train a model of your own",
    "models": "Models",
    "inspect": "Inspect",
    "evaluate": "Evaluate",
    "activity": "Activity",
}


class HelpDialog(QDialog):
    """The sections at the left, the text at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("help_dialog")
        self.setWindowTitle(self.tr("User guide"))
        self.text = QTextBrowser()
        self.text.setObjectName("help_text")
        self.text.setAccessibleName(self.tr("Text of the guide"))
        self.text.setToolTip(self.tr("Text of the guide"))
        self.text.setOpenLinks(False)
        self.text.setTabChangesFocus(True)
        self.text.document().setDocumentMargin(14)
        self.text.setMarkdown(_guide())
        _loosen(self.text.document())
        self.sections = QListWidget()
        self.sections.setObjectName("help_sections")
        self.sections.setAccessibleName(self.tr("Sections of the guide"))
        self.sections.setToolTip(self.tr("Sections of the guide"))
        self.sections.addItems(list(_headings(self.text.document())))
        self.sections.setSpacing(3)
        self.sections.setMaximumWidth(self.sections.sizeHintForColumn(0) + 40)
        self.sections.currentTextChanged.connect(self.show_section)
        self._lay_out()

    def choose_section(self, title: str) -> None:
        """Select a section and bring its beginning to the top."""
        found = self.sections.findItems(title, Qt.MatchFlag.MatchExactly)
        if found:
            self.sections.setCurrentItem(found[0])
            # The text has no height before the dialog is laid out.
            QTimer.singleShot(0, self, self._show_chosen)

    @Slot(str)
    def show_section(self, title: str) -> None:
        """Bring the beginning of a section to the top."""
        block = _headings(self.text.document()).get(title)
        if block is None:
            return
        top = self.text.document().documentLayout().blockBoundingRect(block).top()
        self.text.verticalScrollBar().setValue(round(top) - 8)
        self.text.setTextCursor(QTextCursor(block))

    @Slot()
    def _show_chosen(self) -> None:
        if (item := self.sections.currentItem()) is not None:
            self.show_section(item.text())

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        middle = QHBoxLayout()
        middle.addWidget(self.sections)
        middle.addWidget(self.text, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 14)
        layout.addLayout(middle, 1)
        layout.addWidget(buttons)
        self.resize(860, 640)


def _guide() -> str:
    return (resources.files("resources") / "help" / "guide.md").read_text(encoding="utf-8")


def _loosen(document: QTextDocument) -> None:
    """Set the lines a little apart, for reading."""
    spacing = QTextBlockFormat()
    spacing.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.mergeBlockFormat(spacing)


def _headings(document: QTextDocument) -> dict[str, QTextBlock]:
    """Return the paragraphs that begin a section, by title."""
    found, block = {}, document.begin()
    while block.isValid():
        if block.blockFormat().headingLevel() == _SECTION_LEVEL:
            found[block.text()] = block
        block = block.next()
    return found
