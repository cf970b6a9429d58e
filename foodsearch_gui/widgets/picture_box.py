"""A picture with rounded corners, as large as its box allows, or words where there is none."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from foodsearch_gui.core.icons import icon_pixmap
from foodsearch_gui.core.theme import colours_for

_RADIUS = 8.0
_ICON = 32


class PictureBox(QWidget):
    """Shows one picture whole.

    Args:
        name: What a screen reader calls it.
        size: Preferred size.
    """

    def __init__(self, name: str, size: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap: QPixmap | None = None
        self._fitted = QPixmap()
        self._words = ""
        self._size = size
        self.setAccessibleName(name)

    def show_image(self, image: QImage | None, words: str = "") -> None:
        """Show a decoded picture, or words."""
        self.show_pixmap(None if image is None else QPixmap.fromImage(image), words)

    def show_pixmap(self, pixmap: QPixmap | None, words: str = "") -> None:
        """Show a picture, or words."""
        self._pixmap, self._words = pixmap, words
        self._fitted = QPixmap()
        self.setAccessibleDescription(words)
        self.update()

    @property
    def has_picture(self) -> bool:
        """Whether a picture is shown."""
        return self._pixmap is not None

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return self._size

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture in the middle."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if self._pixmap is None:
            self._paint_placeholder(painter)
        else:
            self._paint_picture(painter, self._pixmap)
        painter.end()

    def _paint_picture(self, painter: QPainter, pixmap: QPixmap) -> None:
        size = pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(self.rect().center())
        wanted = size * self.devicePixelRatioF()
        if self._fitted.size() != wanted:
            # Once and with care: a painter that shrinks a photo to a tenth leaves a moiré.
            self._fitted = pixmap.scaled(
                wanted,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        corners = QPainterPath()
        corners.addRoundedRect(QRectF(target), _RADIUS, _RADIUS)
        painter.setClipPath(corners)
        painter.drawPixmap(target, self._fitted)

    def _paint_placeholder(self, painter: QPainter) -> None:
        colours = colours_for(self.palette())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.rail))
        painter.drawRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)
        if self._words:
            painter.setPen(QColor(colours.secondary))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(8, 8, -8, -8), flags, self._words)
            return
        sign = icon_pixmap("photo", _ICON, colours.secondary, self.devicePixelRatioF())
        box = QRect(0, 0, _ICON, _ICON)
        box.moveCenter(self.rect().center())
        painter.drawPixmap(box, sign)
