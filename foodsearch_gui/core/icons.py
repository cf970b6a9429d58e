"""Icons drawn from ``resources/icons/*.svg`` in the colour of the text beside them."""

from __future__ import annotations

import functools
from importlib import resources

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer


def icon(name: str, *, on_accent: bool = False) -> QIcon:
    """Return the icon of this name; it follows the theme by itself.

    Args:
        name: A file of ``resources/icons``.
        on_accent: For a button filled with the accent colour.
    """
    _source(name)  # a wrong name fails here, not while painting
    return QIcon(_TintedEngine(name, on_accent))


def icon_pixmap(name: str, size: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """Return an icon in one colour.

    Args:
        name: A file of ``resources/icons``.
        size: Side in logical pixels.
        colour: ``#rrggbb``, from :mod:`foodsearch_gui.core.theme`.
        ratio: Device pixels per logical pixel.
    """
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _renderer(name, colour).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


class _TintedEngine(QIconEngine):
    """Draws one SVG whose ``currentColor`` is the palette's text colour at that moment."""

    def __init__(self, name: str, on_accent: bool) -> None:
        super().__init__()
        self._name = name
        self._on_accent = on_accent

    def clone(self) -> QIconEngine:
        return _TintedEngine(self._name, self._on_accent)

    def iconName(self) -> str:
        return self._name

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        _renderer(self._name, self._colour(mode)).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return icon_pixmap(self._name, min(size.width(), size.height()), self._colour(mode))

    def _colour(self, mode: QIcon.Mode) -> str:
        palette = QGuiApplication.palette()
        if mode is QIcon.Mode.Disabled:
            disabled = QPalette.ColorGroup.Disabled
            return palette.color(disabled, QPalette.ColorRole.WindowText).name()
        if self._on_accent or mode is QIcon.Mode.Selected:
            return palette.color(QPalette.ColorRole.HighlightedText).name()
        return palette.color(QPalette.ColorRole.WindowText).name()


@functools.lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))


@functools.cache
def _source(name: str) -> str:
    return (resources.files("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")
