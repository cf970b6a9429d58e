"""Light and dark: the palettes and every colour of the program; no other module has a literal one.

Each text colour was tested against its background for a contrast of at least 4.5. The palettes are
our own, for the Fusion style, because a platform's colour scheme hint is not reliable; the shape of
the controls is in ``resources/style.qss``, which takes its colours from here.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from importlib import resources
from string import Template

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
        raised: Background of buttons, menus and cards.
        rail: Background of the navigation rail and the status bar.
        border: Lines between areas, frames of cards and fields.
        control: Outlines that must be seen to use a control.
        text: Text on all of these backgrounds.
        secondary: Less important text, on the same backgrounds.
        disabled: Captions of what cannot be used now.
        hover: Background of a control under the pointer.
        pressed: Background of a control that is held or on.
        scroll: Handles of scroll bars.
        accent: Filled selection and the main button; carries ``on_accent``.
        accent_hover: The main button under the pointer.
        on_accent: Text on ``accent``.
        frame: Selection and focus frames, links, progress; never behind text.
        difference: Bits that disagree.
        error: Errors.
        warning: Warnings.
        ok: Things that are in order.
        curves: Lines of a plot, in turn; each also has a dash and a marker of its own.
    """

    window: str
    base: str
    raised: str
    rail: str
    border: str
    control: str
    text: str
    secondary: str
    disabled: str
    hover: str
    pressed: str
    scroll: str
    accent: str
    accent_hover: str
    on_accent: str
    frame: str
    difference: str
    error: str
    warning: str
    ok: str
    curves: tuple[str, ...]


LIGHT = Colours(
    window="#f4f5f7",
    base="#ffffff",
    raised="#ffffff",
    rail="#e9ebef",
    border="#d6dae0",
    control="#7d858f",
    text="#1d2125",
    secondary="#5a616b",
    disabled="#8d949d",
    hover="#eceff3",
    pressed="#dde2e9",
    scroll="#b9bfc8",
    accent="#1f5fbf",
    accent_hover="#1a53a8",
    on_accent="#ffffff",
    frame="#1f5fbf",
    difference="#b8400f",
    error="#b3261e",
    warning="#7a4f00",
    ok="#1b6e33",
    curves=("#1f5fbf", "#b8400f", "#1b6e33", "#7b3fa0", "#0b6672", "#a3246e", "#6b5600"),
)
DARK = Colours(
    window="#1f2226",
    base="#17191c",
    raised="#2b2f35",
    rail="#17191c",
    border="#363b42",
    control="#868d96",
    text="#e8eaed",
    secondary="#a3a9b0",
    disabled="#767d86",
    hover="#343940",
    pressed="#3d434b",
    scroll="#4a5058",
    accent="#2f6fd0",
    accent_hover="#2a64bd",
    on_accent="#ffffff",
    frame="#6aa2f7",
    difference="#ff8a5c",
    error="#ff8a80",
    warning="#ffca5f",
    ok="#7bd88f",
    curves=("#6aa2f7", "#ff8a5c", "#7bd88f", "#c79bf2", "#4fc9d3", "#f28bc0", "#e0c050"),
)


def colours_for(palette: QPalette) -> Colours:
    """Return the colours that belong to a widget's palette."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def apply_theme(app: QApplication, theme: str) -> None:
    """Give the whole program one of :data:`THEMES`; works at any time."""
    is_dark = theme == "dark" or (theme == "system" and _system_is_dark())
    colours = DARK if is_dark else LIGHT
    app.setPalette(make_palette(colours))
    app.setStyleSheet(make_style_sheet(colours))


def make_style_sheet(colours: Colours) -> str:
    """Return ``resources/style.qss`` in the colours of a theme."""
    folder = resources.files("resources")
    template = Template((folder / "style.qss").read_text(encoding="utf-8"))
    return template.substitute(
        dataclasses.asdict(colours),
        icons=(folder / "icons").as_posix(),  # type: ignore[attr-defined]
        theme="dark" if colours is DARK else "light",
    )


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
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(colours.disabled))
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
