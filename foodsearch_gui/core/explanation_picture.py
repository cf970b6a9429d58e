"""The page of a search as one picture, for a paper or a blog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QImage,
    QLinearGradient,
    QPainter,
)

if TYPE_CHECKING:
    from PIL.Image import Image

    from engine import ExplanationPage, Legend

_CELL, _GAP, _MARGIN, _SIDE = 240, 14, 28, 170  # _SIDE: the captions of the rows
_BAR, _STEP = 12, 17  # of 256 colours, 16 make a smooth bar
_RATIO = 2  # device pixels for each of these
_WRAP = int(Qt.TextFlag.TextWordWrap)
_CENTRE = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)


def draw_explanation(page: ExplanationPage) -> QImage:
    """Return the page in black on white, whatever the theme: it leaves the program."""
    line = _line_height()
    width = 2 * _MARGIN + _SIDE + len(page.photos) * (_CELL + _GAP)
    words = "\n".join((*page.facts, *page.notes))
    head = 3 * line + _height(words, width - 2 * _MARGIN)
    row = _CELL + line + _GAP
    height = 2 * _MARGIN + head + 2 * line + len(page.rows) * row
    image = QImage(QSize(width, height) * _RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_RATIO)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setPen(Qt.GlobalColor.black)
    _write_head(painter, page.title, words, QRect(_MARGIN, _MARGIN, width - 2 * _MARGIN, head))
    top = _MARGIN + head
    for column, photo in enumerate(page.photos):
        left = _MARGIN + _SIDE + column * (_CELL + _GAP)
        painter.drawText(QRect(left, top, _CELL, 2 * line), _CENTRE | _WRAP, photo.title)
        for place, picture in enumerate(photo.pictures):
            cell = QRect(left, top + 2 * line + place * row, _CELL, _CELL)
            _draw_picture(painter, cell, picture)
            below = QRect(left, cell.bottom() + 2, _CELL, line)
            text = painter.fontMetrics().elidedText(
                photo.words[place], Qt.TextElideMode.ElideMiddle, _CELL
            )
            painter.drawText(below, _CENTRE, text)
    for place, title in enumerate(page.rows):
        side = QRect(_MARGIN, top + 2 * line + place * row, _SIDE - _GAP, _CELL)
        painter.drawText(side, int(Qt.AlignmentFlag.AlignVCenter) | _WRAP, title)
        if (legend := page.legends[place]) is not None:
            _draw_legend(painter, side.adjusted(0, side.height() // 2 + 2 * line, 0, 0), legend)
    painter.end()
    return image


def _write_head(painter: QPainter, title: str, words: str, room: QRect) -> None:
    usual = QGuiApplication.font()
    large = QFont(usual)
    large.setBold(True)
    large.setPointSizeF(1.4 * large.pointSizeF())
    painter.setFont(large)
    metrics = painter.fontMetrics()
    painter.drawText(room, 0, metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, room.width()))
    painter.setFont(usual)
    painter.drawText(room.adjusted(0, 2 * _line_height(), 0, 0), _WRAP, words)


def _draw_legend(painter: QPainter, room: QRect, legend: Legend) -> None:
    """Draw the bar of a row's colours, below it its ends."""
    bar = QRect(room.left(), room.top(), room.width(), _BAR)
    if legend.colours is not None:
        fill = QLinearGradient(bar.topLeft(), bar.topRight())
        for place, colour in enumerate(legend.colours[::_STEP].tolist()):
            fill.setColorAt(place * _STEP / 255, QColor(*colour))
        painter.fillRect(bar, fill)
    painter.drawRect(bar)
    below = QRect(room.left(), bar.bottom() + 4, room.width(), 2 * _line_height())
    sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
    for word, value, side in zip(legend.words, legend.values, sides, strict=True):
        painter.drawText(below, side, f"{word}\n{value}")


def _draw_picture(painter: QPainter, cell: QRect, picture: Image | None) -> None:
    if picture is None:
        return
    pixels = picture.convert("RGB")
    image = QImage(
        pixels.tobytes(),
        pixels.width,
        pixels.height,
        3 * pixels.width,
        QImage.Format.Format_RGB888,
    )
    size = image.size().scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRect(0, 0, size.width(), size.height())
    target.moveCenter(cell.center())
    painter.drawImage(target, image)


def _line_height() -> int:
    return _measure().height() + 2


def _height(words: str, width: int) -> int:
    return _measure().boundingRect(QRect(0, 0, width, 10_000), _WRAP, words).height()


def _measure() -> QFontMetrics:
    return QFontMetrics(QGuiApplication.font())
