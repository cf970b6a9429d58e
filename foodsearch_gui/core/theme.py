"""Light and dark: the palettes and every colour of the program; no other module has a literal one.

Each text colour was tested against its background for a contrast of at least 4.5. The palettes are
our own on the Fusion style because a platform's colour scheme hint is not reliable.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

THEMES = ("system", "light", "dark")


@dataclass(frozen=True)
class Colours:
    """The colours of one theme, as ``#rrggbb``.

    Attributes:
        window: Background of pages and bars.
        base: Background of lists, fields and the grid.
        raised: Background of buttons and cards.
        rail: Background of the navigation rail and the status bar.
        border: Lines between areas, frames of cards and fields.
        text: Text on all of these backgrounds.
        secondary: Less important text.
        accent: Filled selection and the main button; carries ``on_accent``.
        on_accent: Text on ``accent``.
        frame: Selection and focus frames, links; never behind text.
        difference: Bits that disagree.
        error: Errors.
        warning: Warnings.
        ok: Things that are in order.
    """

    window: str
    base: str
    raised: str
    rail: str
    border: str
    text: str
    secondary: str
    accent: str
    on_accent: str
    frame: str
    difference: str
    error: str
    warning: str
    ok: str


LIGHT = Colours(
    window="#f4f5f7",
    base="#ffffff",
    raised="#ffffff",
    rail="#e9ebef",
    border="#d3d7dd",
    text="#1d2125",
    secondary="#5a616b",
    accent="#1f5fbf",
    on_accent="#ffffff",
    frame="#1f5fbf",
    difference="#b8400f",
    error="#b3261e",
    warning="#7a4f00",
    ok="#1b6e33",
)
DARK = Colours(
    window="#1f2226",
    base="#17191c",
    raised="#2b2f35",
    rail="#17191c",
    border="#3a3f46",
    text="#e8eaed",
    secondary="#a3a9b0",
    accent="#2f6fd0",
    on_accent="#ffffff",
    frame="#6aa2f7",
    difference="#ff8a5c",
    error="#ff8a80",
    warning="#ffca5f",
    ok="#7bd88f",
)


def colours_for(palette: QPalette) -> Colours:
    """Return the colours that belong to a widget's palette."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def apply_theme(app: QApplication, theme: str) -> None:
    """Give the whole program one of :data:`THEMES`; works at any time."""
    is_dark = theme == "dark" or (theme == "system" and _system_is_dark())
    app.setStyle("Fusion")
    app.setPalette(make_palette(DARK if is_dark else LIGHT))


def make_palette(colours: Colours) -> QPalette:
    """Return the palette of a theme."""
    role = QPalette.ColorRole
    palette = QPalette()
    for name, colour in {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.base,
        role.AlternateBase: colours.window,
        role.Text: colours.text,
        role.PlaceholderText: colours.secondary,
        role.Button: colours.raised,
        role.ButtonText: colours.text,
        role.BrightText: colours.on_accent,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Accent: colours.accent,
        role.Link: colours.frame,
        role.LinkVisited: colours.frame,
        role.Mid: colours.border,
        role.Midlight: colours.rail,
    }.items():
        palette.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(colours.secondary))
    return palette


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours as WCAG 2 defines it, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _system_is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
