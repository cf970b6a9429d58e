"""The navigation rail: one button a page, the chosen one marked by shape, colour and state."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget

from foodsearch_gui.core.icons import icon_pixmap
from foodsearch_gui.core.theme import colours_for

_ICON = 24
_MARK = 3  # width of the stripe at the chosen page
_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class Rail(QWidget):
    """A column of exclusive buttons.

    Signals:
        page_chosen (str): The user wants this page.
    """

    page_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAccessibleName(self.tr("Pages"))
        self._group = QButtonGroup(self)
        self._buttons: dict[str, RailButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 8, 6, 8)
        self._column.setSpacing(4)
        self._column.addStretch()

    def add(self, name: str, icon_name: str, action: QAction) -> None:
        """Add a page at the end; its caption and shortcut are those of the action."""
        button = RailButton(icon_name, action, self)
        button.setObjectName(f"rail_{name}")
        button.clicked.connect(lambda: self.page_chosen.emit(name))
        self._group.addButton(button)
        self._buttons[name] = button
        self._column.insertWidget(self._column.count() - 1, button)

    def choose(self, name: str) -> None:
        """Mark a page as the one that is shown."""
        self._buttons[name].setChecked(True)

    def set_badge(self, name: str, text: str) -> None:
        """Show a few letters at a page's icon; an empty text takes them away."""
        self._buttons[name].set_badge(text)

    def buttons(self) -> Sequence[RailButton]:
        """Return the buttons from top to bottom."""
        return list(self._buttons.values())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the pages with the arrow keys."""
        step = _STEPS.get(Qt.Key(event.key()))
        buttons = list(self._buttons.values())
        focus = next((row for row, button in enumerate(buttons) if button.hasFocus()), None)
        if step is None or focus is None:
            super().keyPressEvent(event)
            return
        button = buttons[(focus + step) % len(buttons)]
        button.setFocus(Qt.FocusReason.TabFocusReason)
        button.click()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background and the line towards the page."""
        colours = colours_for(self.palette())
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.rail))
        edge = self.width() - 1 if self.isLeftToRight() else 0
        painter.fillRect(edge, 0, 1, self.height(), QColor(colours.border))


class RailButton(QAbstractButton):
    """An icon over its caption."""

    def __init__(self, icon_name: str, action: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._badge = ""
        self._shows_focus = False
        self.setText(action.text().replace("&", ""))
        self.setToolTip(action.toolTip())
        self.setAccessibleName(self.text())
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_badge(self, text: str) -> None:
        """Show a few letters at the icon."""
        if text != self._badge:
            self._badge = text
            self.setAccessibleDescription(text and self.tr("%1 running").replace("%1", text))
            self.update()

    def sizeHint(self) -> QSize:
        """Return room for the icon, the caption and some air."""
        metrics = self.fontMetrics()
        width = max(76, metrics.horizontalAdvance(self.text()) + 16)
        return QSize(width, _ICON + metrics.height() + 22)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Repaint: the pointer is over the button."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Repaint: the pointer left."""
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus to people who move it with the keyboard; it starts here by itself."""
        self._shows_focus = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint background, stripe, icon, caption, badge and focus frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_background(painter)
        self._paint_content(painter)
        if self._badge:
            self._paint_badge(painter)

    def _paint_background(self, painter: QPainter) -> None:
        colours = colours_for(self.palette())
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked() or self.underMouse():
            fill = colours.raised if self.isChecked() else colours.pressed
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(fill))
            painter.drawRoundedRect(frame, 8, 8)
        if self.isChecked():
            mark = QRectF(0, self.height() * 0.25, _MARK, self.height() * 0.5)
            if not self.isLeftToRight():
                mark.moveRight(self.width())
            painter.setBrush(QColor(colours.frame))
            painter.drawRoundedRect(mark, _MARK / 2, _MARK / 2)
        if self.hasFocus() and self._shows_focus:
            painter.setPen(QPen(QColor(colours.frame), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(1, 1, -1, -1), 7, 7)

    def _paint_content(self, painter: QPainter) -> None:
        colours = colours_for(self.palette())
        colour = colours.text if self.isChecked() else colours.secondary
        pixmap = icon_pixmap(self._icon_name, _ICON, colour, self.devicePixelRatioF())
        painter.drawPixmap(self._icon_rect().topLeft(), pixmap)
        painter.setPen(QColor(colour))
        below = QRect(0, 10 + _ICON, self.width(), self.height() - 10 - _ICON - 4)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.text())

    def _paint_badge(self, painter: QPainter) -> None:
        colours = colours_for(self.palette())
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.8)
        painter.setFont(font)
        side = painter.fontMetrics().height() + 2
        width = max(side, painter.fontMetrics().horizontalAdvance(self._badge) + 8)
        badge = QRectF(self._icon_rect().right() - 4, 5, width, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent))
        painter.drawRoundedRect(badge, side / 2, side / 2)
        painter.setPen(QColor(colours.on_accent))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, self._badge)

    def _icon_rect(self) -> QRect:
        return QRect((self.width() - _ICON) // 2, 9, _ICON, _ICON)
