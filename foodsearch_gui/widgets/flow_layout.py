"""A row of widgets that goes on in the next line where the room ends."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QStyle, QWidget


class FlowLayout(QLayout):
    """Puts widgets beside each other, and the rest below; mirrored from right to left.

    Args:
        gap: Pixels between neighbours and between lines.
    """

    def __init__(self, gap: int = 6, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self._heights: dict[int, int] = {}  # by width; Qt asks dozens of times
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Take over an item; Qt's own entry."""
        self._items.append(item)
        self.invalidate()

    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def itemAt(self, place: int) -> QLayoutItem | None:
        """Return an item, None beyond the last one."""
        return self._items[place] if 0 <= place < len(self._items) else None

    def takeAt(self, place: int) -> QLayoutItem | None:
        """Hand an item back."""
        self.invalidate()
        return self._items.pop(place) if 0 <= place < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Want no more room than is needed."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """The narrower, the higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the lines at this width."""
        if width not in self._heights:
            self._heights[width] = self._arrange(QRect(0, 0, width, 0), is_trial=True)
        return self._heights[width]

    def invalidate(self) -> None:
        """Forget what was computed of items that changed."""
        self._heights.clear()
        super().invalidate()

    def sizeHint(self) -> QSize:
        """Return the size of a single line."""
        sizes = [item.sizeHint() for item in self._shown()]
        width = sum(size.width() for size in sizes) + self._gap * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        """Return the size of the largest item: a column is always possible."""
        size = QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:
        """Place the items."""
        super().setGeometry(rect)
        self._arrange(rect, is_trial=False)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arrange(self, rect: QRect, *, is_trial: bool) -> int:
        """Place the items unless it is a trial; return the height they take."""
        lines: list[list[QLayoutItem]] = [[]]
        used = 0
        for item in self._shown():
            width = item.sizeHint().width()
            if lines[-1] and used + self._gap + width > rect.width():
                lines.append([])
            used = width if not lines[-1] else used + self._gap + width
            lines[-1].append(item)
        top = rect.top()
        for line in lines:
            height = max((item.sizeHint().height() for item in line), default=0)
            if not is_trial:
                self._place(line, QRect(rect.left(), top, rect.width(), height))
            top += height + self._gap
        return top - self._gap - rect.top()

    def _place(self, line: list[QLayoutItem], room: QRect) -> None:
        owner = self.parentWidget()
        direction = owner.layoutDirection() if owner else Qt.LayoutDirection.LeftToRight
        left = room.left()
        for item in line:
            size = item.sizeHint().boundedTo(QSize(room.width(), room.height()))
            down = (room.height() - size.height()) // 2
            place = QRect(QPoint(left, room.top() + down), size)
            item.setGeometry(QStyle.visualRect(direction, room, place))
            left += size.width() + self._gap
