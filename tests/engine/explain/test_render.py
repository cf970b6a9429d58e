"""Maps as pictures that every eye can read."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.explain.bit_map import BitMap, Kind
from engine.explain.render import (
    colour_table,
    dim_unseen,
    overlay,
    render_map,
    to_png,
    value_range,
)

REGION = (20.0, 0.0, 80.0, 60.0)  # of a picture of 100 x 60


def bit_map(values: Any, kind: Kind = "exact") -> BitMap:
    return BitMap(np.asarray(values, np.float32), 0, 1.0, kind, REGION, (100, 60), "")


def luminance(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    linear = (colours / 255.0) ** 2.2
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722])


def seen_without_red_or_green(colours: NDArray[np.uint8], kind: str) -> NDArray[np.float64]:
    """Colours as people with protanopia or deuteranopia see them (Viénot 1999)."""
    linear = (colours / 255.0) ** 2.2
    mixed = {
        "protanopia": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
        "deuteranopia": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
    }[kind]
    return np.clip(linear @ np.array(mixed).T, 0, 1) ** (1 / 2.2) * 255


@pytest.mark.parametrize("palette", ["viridis", "cividis"])
def test_more_is_brighter_also_in_grey(palette: Any) -> None:
    assert (np.diff(luminance(colour_table(palette))) > -1e-3).all()
    assert luminance(colour_table(palette))[-1] > 0.6


def test_the_table_is_that_of_its_name() -> None:
    viridis = colour_table("viridis")
    assert viridis.shape == (256, 3)
    assert viridis[[0, 255]].tolist() == [[0x44, 0x01, 0x54], [0xFD, 0xE7, 0x25]]
    assert np.abs(viridis[128].astype(int) - [33, 145, 140]).max() <= 4  # the published middle


@pytest.mark.parametrize("kind", ["protanopia", "deuteranopia"])
def test_both_signs_differ_for_all_kinds_of_colour_vision(kind: str) -> None:
    table = seen_without_red_or_green(colour_table("viridis", signed=True), kind)
    for step in (32, 64, 127):
        below, above = table[127 - step], table[128 + step]
        assert np.linalg.norm(below - above) > 60


def test_zero_is_in_the_middle_of_a_signed_scale() -> None:
    assert value_range(bit_map([[-1, 3]])) == (-3, 3)
    assert value_range(bit_map([[0.2, 0.6]], "attention")) == pytest.approx((0.2, 0.6))
    assert value_range(bit_map([[-1, 3]]), bit_map([[-7, 0]])) == (-7, 7)


def test_attention_goes_from_the_first_colour_to_the_last() -> None:
    """Case M1 of the reference cases, before colours."""
    drawn = render_map(bit_map([[0.1, 0.2], [0.3, 0.4]], "attention"), 100, 60, opacity=1.0)
    table = colour_table("viridis")
    assert drawn[0, 20, :3].tolist() == table[0].tolist()
    assert drawn[59, 79, :3].tolist() == table[255].tolist()
    assert drawn[0, 79, :3].tolist() == table[85].tolist()  # a third of the way


def test_a_picture_is_dark_where_the_network_saw_nothing() -> None:
    grey = Image.new("RGB", (50, 30), (100, 100, 100))  # half as large as the map's picture
    drawn = np.asarray(dim_unseen(grey, bit_map([[1.0, 2.0]])))
    seen = drawn[:, :, 0] == 100
    assert set(np.flatnonzero(seen.all(axis=0))) == set(range(10, 40))
    assert not seen[:, :10].any()
    assert not seen[:, 40:].any()
    assert (drawn[~seen] == 40).all()


def test_above_zero_is_red_and_below_blue_and_zero_hardly_seen() -> None:
    drawn = render_map(bit_map([[-2.0, 0.0, 2.0]]), 100, 60, opacity=0.8).astype(int)
    left, middle, right = drawn[30, 22], drawn[30, 50], drawn[30, 78]
    assert left[2] > left[0] + 60
    assert right[0] > right[2] + 60
    assert left[3] == right[3] == round(0.8 * 255)
    assert middle[3] < 40


def test_what_the_network_did_not_see_stays_clear() -> None:
    for contours in (False, True):
        drawn = render_map(bit_map([[-1, 1], [2, 0]]), 100, 60, contours=contours)
        assert (drawn[:, :20, 3] == 0).all()
        assert (drawn[:, 80:, 3] == 0).all()
        assert drawn[:, 20:80, 3].any()


@pytest.mark.parametrize("kind", ["exact", "attention"])
def test_an_even_map_has_one_colour_and_no_contours(kind: Kind) -> None:
    even = bit_map(np.full((3, 3), 0.5), kind)
    colours = render_map(even, 50, 30)[:, 10:40]
    assert (colours == colours[0, 0]).all()
    assert not render_map(even, 50, 30, contours=True).any()
    assert np.isfinite(render_map(bit_map(np.zeros((3, 3)), kind), 50, 30)).all()


def test_a_shared_scale_makes_maps_comparable() -> None:
    weak, strong = bit_map([[-0.1, 0.1]]), bit_map([[-1.0, 1.0]])
    scale = value_range(weak, strong)
    assert scale == (-1, 1)
    shared = render_map(weak, 100, 60, scale=scale)[..., 3].max()
    assert shared < render_map(weak, 100, 60)[..., 3].max() / 2


def test_contours_are_white_in_a_dark_edge() -> None:
    values = np.zeros((9, 9))
    values[4, 4] = 1.0
    drawn = render_map(bit_map(values, "attention"), 500, 300, contours=True)
    colours = {tuple(map(int, colour)) for colour in drawn.reshape(-1, 4)}
    assert colours == {(0, 0, 0, 0), (0, 0, 0, 150), (255, 255, 255, 255)}
    assert not drawn[150, 250].any()  # inside the innermost line the photo is bare
    assert not drawn[20, 120].any()


def test_contours_do_not_come_out_at_the_other_side() -> None:
    values = np.zeros((7, 7))
    values[0, 3] = 1.0
    whole = BitMap(values.astype(np.float32), 0, 1.0, "attention", (0, 0, 48, 48), (48, 48), "")
    drawn = render_map(whole, 480, 480, contours=True)
    assert drawn[:8].any()
    assert not drawn[-100:].any()


def test_contours_below_zero_are_dashed() -> None:
    values = np.zeros((9, 9))
    values[4, 4] = 1.0

    def length(sign: float) -> int:
        drawn = render_map(bit_map(sign * values), 500, 300, contours=True)
        return int((drawn[..., 0] == 255).sum())

    assert 0.3 * length(1) < length(-1) < 0.8 * length(1)


def test_a_layer_lies_over_the_photo_whose_colours_may_be_toned_down() -> None:
    photo = Image.new("RGB", (100, 60), (200, 40, 0))
    layer = render_map(bit_map([[-1.0, 1.0]]), 100, 60, opacity=1.0)
    assert overlay(photo, layer).getpixel((5, 5)) == (200, 40, 0)
    red, green, blue = overlay(photo, layer, saturation=0.0).getpixel((5, 5))
    assert red == green == blue
    assert overlay(photo, layer).getpixel((79, 30)) == tuple(layer[30, 79, :3])


def test_a_png_keeps_its_pixels() -> None:
    photo = Image.new("RGB", (9, 5), (1, 2, 3))
    found = Image.open(io.BytesIO(to_png(photo)))
    assert (found.format, found.size, found.getpixel((0, 0))) == ("PNG", (9, 5), (1, 2, 3))
