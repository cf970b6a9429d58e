"""Lets any widget take drops of photos, folders, models and pictures from a browser."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from foodsearch_gui.core.incoming import can_read, read_mime


class DropTarget(QObject):
    """Watches a widget for drops.

    Signals:
        hovered (bool): Something that can be dropped is above the widget, or has left it.
        dropped (Incoming): What was dropped.

    Args:
        widget: Where one can drop.
        takes_own: Whether photos dragged out of this window may be dropped here as well.
    """

    hovered = Signal(bool)
    dropped = Signal(object)

    def __init__(self, widget: QWidget, *, takes_own: bool = False) -> None:
        super().__init__(widget)
        self._takes_own = takes_own
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the drag events, leave everything else to the widget."""
        if isinstance(event, QDropEvent):  # also the base of the enter and the move event
            if not self._is_welcome(event):
                return False
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            if not isinstance(event, QDragEnterEvent | QDragMoveEvent):
                self.hovered.emit(False)
                self.dropped.emit(read_mime(event.mimeData()))
            elif isinstance(event, QDragEnterEvent):
                self.hovered.emit(True)
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.hovered.emit(False)
        return False

    def _is_welcome(self, event: QDropEvent) -> bool:
        # A tile that is moved a little by accident must not start a search.
        is_own = event.source() is not None
        return (self._takes_own or not is_own) and can_read(event.mimeData())
