from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

import foodsearch_gui
from foodsearch_gui.core import theme
from foodsearch_gui.core.icons import icon, icon_pixmap
from foodsearch_gui.core.theme import DARK, LIGHT, Colours, contrast

BACKGROUNDS = ("window", "base", "raised", "rail")
TEXTS = ("text", "secondary", "difference", "error", "warning", "ok")
SOURCES = sorted(Path(foodsearch_gui.__file__).parent.rglob("*.py"))


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#e8eaed", "#1f2226") == pytest.approx(13.3, abs=0.1)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_every_text_can_be_read(colours: Colours, text: str, background: str) -> None:
    assert contrast(getattr(colours, text), getattr(colours, background)) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_needed_to_use_a_control_can_be_seen(colours: Colours) -> None:
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.on_accent, colours.accent_hover) >= 4.5
    for background in BACKGROUNDS:
        assert contrast(colours.frame, getattr(colours, background)) >= 3
        assert contrast(colours.control, getattr(colours, background)) >= 3


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "background"),
    [
        (QPalette.ColorRole.WindowText, QPalette.ColorRole.Window),
        (QPalette.ColorRole.Text, QPalette.ColorRole.Base),
        (QPalette.ColorRole.ButtonText, QPalette.ColorRole.Button),
        (QPalette.ColorRole.HighlightedText, QPalette.ColorRole.Highlight),
        (QPalette.ColorRole.ToolTipText, QPalette.ColorRole.ToolTipBase),
        (QPalette.ColorRole.PlaceholderText, QPalette.ColorRole.Base),
    ],
)
def test_the_palette_can_be_read(
    colours: Colours, text: QPalette.ColorRole, background: QPalette.ColorRole
) -> None:
    palette = theme.make_palette(colours)
    assert contrast(palette.color(text).name(), palette.color(background).name()) >= 4.5


def test_a_theme_changes_palette_and_style_sheet_at_once(qapp: QApplication) -> None:
    try:
        theme.apply_theme(qapp, "dark")
        assert theme.colours_for(qapp.palette()) is DARK
        assert DARK.raised in qapp.styleSheet()
    finally:
        theme.apply_theme(qapp, "light")
    assert theme.colours_for(qapp.palette()) is LIGHT
    assert LIGHT.accent in qapp.styleSheet()


def test_the_style_sheet_names_only_pictures_that_exist() -> None:
    for colours in (LIGHT, DARK):
        names = re.findall(r'url\("([^"]+)"\)', theme.make_style_sheet(colours))
        assert names
        assert all(Path(name).is_file() for name in names)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_colours_are_written_in_the_theme_only(source: Path) -> None:
    if source.name != "theme.py":
        assert not re.search(r"[\"']#[0-9a-fA-F]{3,8}\b", source.read_text(encoding="utf-8"))


def test_icons_take_the_colour_of_the_text(qapp: QApplication) -> None:
    def darkest(mode: QIcon.Mode) -> int:
        image = icon("search").pixmap(QSize(24, 24), 1.0, mode).toImage()
        pixels = [image.pixelColor(x, y) for x in range(24) for y in range(24)]
        return min(pixel.lightness() for pixel in pixels if pixel.alpha() == 255)

    try:
        theme.apply_theme(qapp, "dark")
        assert darkest(QIcon.Mode.Normal) > 200
    finally:
        theme.apply_theme(qapp, "light")
    assert darkest(QIcon.Mode.Normal) < 60
    assert darkest(QIcon.Mode.Selected) > 240


def test_every_icon_draws_something(qapp: QApplication) -> None:
    icons = Path(foodsearch_gui.__file__).parents[1] / "resources" / "icons"
    for path in icons.glob("*.svg"):
        image = icon_pixmap(path.stem, 24, LIGHT.text).toImage()
        painted = [image.pixelColor(x, y).alpha() for x in range(24) for y in range(24)]
        assert max(painted) > 128, path.name
        assert min(painted) == 0, path.name


def test_an_unknown_icon_fails_where_it_is_asked_for() -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_curves_can_be_seen_and_told_apart(colours: Colours) -> None:
    assert len(set(colours.curves)) == len(LIGHT.curves) == len(DARK.curves)
    for curve in colours.curves:
        assert min(contrast(curve, getattr(colours, name)) for name in BACKGROUNDS) >= 4.5


def test_colours_are_colours() -> None:
    for colours in (LIGHT, DARK):
        values = [value for value in vars(colours).values() if isinstance(value, str)]
        assert all(QColor(value).isValid() for value in (*values, *colours.curves))
