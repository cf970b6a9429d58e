"""Words in a narrow box, shortened between two words as long as one of them fits."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics


def fit_words(text: str, metrics: QFontMetrics, width: int) -> str:
    """Return as many of the first words as fit into so many pixels, with dots for the rest."""
    if metrics.horizontalAdvance(text) <= width:
        return text
    words = text.split()
    for count in range(len(words) - 1, 0, -1):
        shortened = " ".join(words[:count]).rstrip(",") + "…"
        if metrics.horizontalAdvance(shortened) <= width:
            return shortened
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
