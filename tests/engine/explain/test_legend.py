"""The legend on a picture: ends of the scale, words of each kind of map, readable letters."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFont

from engine.explain import legend
from engine.explain.bit_map import BitMap
from engine.explain.legend import LEAST_WIDTH, legend_of, map_source, map_title, with_legend

REGION = (0.0, 0.0, 9.0, 9.0)
MAP = BitMap(np.array([[-0.5, 0.25]], np.float32), 7, -1.25, "exact", REGION, (9, 9), "")
MATCH = dataclasses.replace(MAP, bit=None)
SEEN = BitMap(np.array([[0.1, 0.3]], np.float32), None, np.nan, "attention", REGION, (9, 9), "")
SOURCE = map_source(MAP, "dishes-64")
BLUE, RED = (33, 102, 172), (178, 24, 43)


@pytest.mark.parametrize(
    ("bit_map", "words", "values"),
    [
        (MAP, ("towards off", "towards on"), ("−0.50", "+0.50")),
        (MATCH, ("against", "for it"), ("−0.50", "+0.50")),
        (SEEN, ("looked at least", "looked at most"), ("0.1", "0.3")),
    ],
)
def test_the_ends_have_words_and_values(
    bit_map: BitMap, words: tuple[str, str], values: tuple[str, str]
) -> None:
    found = legend_of(bit_map)
    assert (found.words, found.values) == (words, values)


def test_maps_that_share_a_scale_have_its_ends() -> None:
    assert legend_of(MAP, (-2.0, 2.0)).values == ("−2.00", "+2.00")


def test_contours_say_which_lines_are_which() -> None:
    found = legend_of(MAP, contours=True)
    assert found.words == ("dashed: towards off", "solid: towards on")
    assert found.colours is None


def test_the_title_says_what_is_mapped_and_its_value() -> None:
    assert map_title(MAP) == "Bit 7 is off (−1.25)"
    assert map_title(MAP, "soup") == "Bit 7 “soup” is off (−1.25)"
    assert map_title(MATCH) == "All bits, for the match (−1.25)"
    assert "looked at" in map_title(SEEN)
    assert SOURCE == "dishes-64 · what the places add (exact)"


def test_a_narrow_picture_stands_in_the_middle_of_a_page_that_words_fit_on() -> None:
    page = with_legend(Image.new("RGB", (60, 900), "red"), map_title(MAP), SOURCE, legend_of(MAP))
    assert page.width == LEAST_WIDTH
    row = np.asarray(page)[page.height // 2]
    assert np.flatnonzero((row == (255, 0, 0)).all(axis=1)).tolist() == list(range(210, 270))


@pytest.mark.parametrize("width", [LEAST_WIDTH, 1600])
@pytest.mark.parametrize("contours", [False, True])
def test_title_and_bar_stand_outside_of_the_picture(width: int, contours: bool) -> None:
    picture = Image.new("RGB", (width, 300), (10, 200, 30))
    page = with_legend(picture, map_title(MAP), SOURCE, legend_of(MAP, contours=contours))
    assert page.width == width
    rows = np.asarray(page)
    is_picture = (rows == (10, 200, 30)).all(axis=(1, 2))
    assert is_picture.sum() == 300
    above, below = rows[: is_picture.argmax()], rows[is_picture.argmax() + 300 :]
    assert above.min() == below.min() == 0
    colours = {tuple(colour) for colour in below.reshape(-1, 3).tolist()}
    assert ({BLUE, RED} <= colours) is not contours


def test_without_fonts_on_the_computer_the_minus_is_one_that_can_be_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = ImageFont.truetype

    def missing(font: Any, *more: Any, **settings: Any) -> ImageFont.FreeTypeFont:
        if isinstance(font, str):
            raise OSError
        return own(font, *more, **settings)

    drawn = []
    monkeypatch.setattr(ImageFont, "truetype", missing)
    draw = legend.ImageDraw.ImageDraw.text

    def note(self: object, place: object, text: str, *more: object) -> None:
        drawn.append(text)
        draw(self, place, text, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(legend.ImageDraw.ImageDraw, "text", note)
    with_legend(Image.new("RGB", (LEAST_WIDTH, 50)), map_title(MAP), SOURCE, legend_of(MAP))
    assert drawn == ["Bit 7 is off (-1.25)", SOURCE, "towards off, -0.50", "towards on, +0.50", "0"]
