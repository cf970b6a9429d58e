"""Lines of a log that can be unfolded, read and copied."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core.icons import icon

LINES = 2000
_SHOWN_LINES = 9


class LogBox(QWidget):
    """The last lines of a log, folded at first.

    Args:
        name: What a screen reader calls it.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.toggle = QToolButton()
        self.toggle.setObjectName("log-toggle")
        self.toggle.setText(self.tr("Log"))
        self.toggle.setToolTip(self.tr("Show or hide what was reported"))
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._unfold)
        self.copy = QPushButton(icon("copy"), self.tr("&Copy log"))
        self.copy.setObjectName("log-copy")
        self.copy.setToolTip(self.tr("Copy all lines, for a message to somebody who can help"))
        self.copy.clicked.connect(self._copy)
        self.lines = QPlainTextEdit()
        self.lines.setObjectName("log-lines")
        self.lines.setAccessibleName(name)
        self.lines.setToolTip(name)
        self.lines.setReadOnly(True)
        self.lines.setTabChangesFocus(True)
        self.lines.setMaximumBlockCount(LINES)
        self.lines.setFixedHeight(_SHOWN_LINES * self.fontMetrics().lineSpacing())
        head = QHBoxLayout()
        head.addWidget(self.toggle)
        head.addStretch()
        head.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.lines)
        self._unfold(False)

    def clear(self) -> None:
        """Begin anew."""
        self.lines.clear()

    def add(self, text: str) -> None:
        """Append a line with the time of the day."""
        now = QLocale().toString(QDateTime.currentDateTime().time(), "HH:mm:ss")
        self.lines.appendPlainText(f"{now}  {text}")

    @Slot(bool)
    def _unfold(self, is_open: bool) -> None:
        self.toggle.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.lines.setVisible(is_open)
        self.copy.setVisible(is_open)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.lines.toPlainText())
