"""Which of several buttons stands out: the one most people want next."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from foodsearch_gui.core.icons import icon


def set_main(button: QPushButton, is_main: bool) -> None:
    """Let a button that has an icon stand out, or look like the others."""
    if bool(button.property("isMain")) is is_main:
        return
    button.setProperty("isMain", is_main)
    button.setIcon(icon(button.icon().name(), on_accent=is_main))
    button.style().unpolish(button)  # else the style sheet does not see the property
    button.style().polish(button)
