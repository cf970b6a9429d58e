"""Drags from other programs, as Qt delivers them."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

_COPY = Qt.DropAction.CopyAction
_LEFT = Qt.MouseButton.LeftButton
_NONE = Qt.KeyboardModifier.NoModifier


def enter(widget: QWidget, mime: QMimeData) -> bool:
    """Drag over a widget; return whether it would take the content."""
    event = QDragEnterEvent(QPoint(10, 10), _COPY, mime, _LEFT, _NONE)
    event.setAccepted(False)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def leave(widget: QWidget) -> None:
    """Drag away from a widget."""
    QApplication.sendEvent(widget, QDragLeaveEvent())


def drop(widget: QWidget, mime: QMimeData) -> bool:
    """Drag over a widget and let go; return whether it took the content."""
    if not enter(widget, mime):
        return False
    event = QDropEvent(QPointF(10, 10), _COPY, mime, _LEFT, _NONE)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()
