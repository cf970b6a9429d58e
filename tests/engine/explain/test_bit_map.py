"""Maps lie where they belong: on the photo's own pixels, whatever was cropped and turned."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional

from engine.explain.bit_map import BitMap
from engine.explain.explainer import Explainer
from engine.networks.backbone import create_backbone
from engine.networks.output import HashNetwork, HashOutput
from engine.networks.reading import MapReading
from engine.photos import load_photo
from engine.preprocessing import Preprocessing
from engine.search.encode import Encoder
from tests.engine.explain.conftest import MakeEncoder

GRID = 14
ORIENTATION = 0x0112


class Brightness(HashNetwork):
    """Its one bit is the mean brightness, so that its map is the photo in coarse cells."""

    def __init__(self) -> None:
        super().__init__(create_backbone("test_resnet"), 1)

    def forward(self, images: Tensor) -> HashOutput:
        return HashOutput(images.mean((1, 2, 3))[:, None])

    def explain(self, images: Tensor) -> MapReading:
        cells = functional.adaptive_avg_pool2d(images.mean(1, keepdim=True), GRID)
        return MapReading(self(images).logits, parts={"cells": cells / GRID**2})


@pytest.fixture
def sees_brightness(encoder_of: MakeEncoder) -> Encoder:
    return encoder_of(Brightness())


def with_preprocessing(encoder: Encoder, **changes: Any) -> Explainer:
    values: dict[str, Any] = {"input_size": 112, "crop_pct": 0.875, "interpolation": "bilinear"}
    encoder.preprocessing = Preprocessing(
        **{**values, **changes}, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)
    )
    return Explainer(encoder)


def with_square(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("RGB", size)
    image.paste((255, 255, 255), box)
    return image


def seen_part(drawn: NDArray[np.float32]) -> tuple[slice, slice]:
    """Rows and columns that are not NaN, checked to be a rectangle."""
    seen = np.isfinite(drawn)
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    assert seen[part].all()
    assert seen.sum() == len(rows) * len(columns)
    return part


def as_file(upright: Image.Image, orientation: int) -> bytes:
    """A JPEG whose pixels lie as a camera held so stores them."""
    turned = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # the reverse of what upright needs
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if turned is None else upright.transpose(turned)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    file = io.BytesIO()
    stored.save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("corner", ["left top", "right top", "left bottom", "right bottom"])
@pytest.mark.parametrize("size", [(200, 200), (320, 200), (160, 300)], ids=str)
def test_a_bright_corner_is_bright_on_the_upright_picture(
    sees_brightness: Encoder, size: tuple[int, int], corner: str, orientation: int
) -> None:
    side = min(size)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    x = left if "left" in corner else left + side * 3 // 4
    y = top if "top" in corner else top + side * 3 // 4
    data = as_file(with_square(size, (x, y, x + side // 4, y + side // 4)), orientation)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert upright.size == size
    (found,) = with_preprocessing(sees_brightness, crop_pct=1.0).explain(data).maps
    assert found.picture_size == size
    drawn = found.on_picture(*size)
    part = seen_part(drawn)
    assert part[0].stop - part[0].start == pytest.approx(side, abs=2)
    bright = np.asarray(upright.convert("L"))[part] > 128
    inside, outside = drawn[part][bright].mean(), drawn[part][~bright].mean()
    assert inside > 8 * outside
    assert np.unravel_index(np.nanargmax(drawn), drawn.shape)[0] in range(y, y + side // 4)
    assert np.unravel_index(np.nanargmax(drawn), drawn.shape)[1] in range(x, x + side // 4)


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    width=st.integers(150, 700),
    height=st.integers(150, 700),
    crop_pct=st.sampled_from([0.5, 0.875, 0.95, 1.0]),
    side=st.sampled_from([98, 112, 168]),
    across=st.floats(0.15, 0.85),
    down=st.floats(0.15, 0.85),
    scale=st.floats(0.3, 1.2),
)
def test_the_middle_of_a_square_is_found_whatever_the_shape(
    sees_brightness: Encoder,
    width: int,
    height: int,
    crop_pct: float,
    side: int,
    across: float,
    down: float,
    scale: float,
) -> None:
    explainer = with_preprocessing(sees_brightness, crop_pct=crop_pct, input_size=side)
    seen = min(width, height) * side / round(side / crop_pct)
    left, top = (width - seen) / 2, (height - seen) / 2
    x, y = left + across * seen, top + down * seen  # the middle of the square
    half = seen / 10
    image = with_square(
        (width, height), (round(x - half), round(y - half), round(x + half), round(y + half))
    )
    (found,) = explainer.explain(image).maps
    drawn = found.on_picture(round(width * scale), round(height * scale))
    seen_part(drawn)
    weights = np.nan_to_num(drawn)
    rows, columns = np.indices(drawn.shape)
    middle = (
        float(((columns + 0.5) * weights).sum() / weights.sum()) / drawn.shape[1] * width,
        float(((rows + 0.5) * weights).sum() / weights.sum()) / drawn.shape[0] * height,
    )
    assert middle == pytest.approx((x, y), abs=seen / GRID / 2 + 2)
    assert found.values.sum() == pytest.approx(found.logit, rel=1e-4)


def test_what_the_crop_leaves_out_has_no_value(sees_brightness: Encoder) -> None:
    (found,) = with_preprocessing(sees_brightness).explain(Image.new("RGB", (400, 200))).maps
    assert found.region == (112.5, 12.5, 287.5, 187.5)
    drawn = found.on_picture(400, 200)
    assert seen_part(drawn) == (slice(12, 188), slice(112, 288))
    assert seen_part(found.on_picture(40, 20)) == (slice(1, 19), slice(11, 29))


def test_a_reduced_photo_has_its_map_on_the_whole_one(sees_brightness: Encoder) -> None:
    data = as_file(with_square((3000, 2000), (600, 100, 900, 400)), 6)
    photo = load_photo(data, min_side=200)
    assert photo.image.width < photo.width == 3000
    (found,) = with_preprocessing(sees_brightness).explain(photo).maps
    assert found.region == pytest.approx((625, 125, 2375, 1875), abs=3)
    row, column = np.unravel_index(np.nanargmax(found.on_picture(300, 200)), (200, 300))
    assert row in range(10, 40)
    assert column in range(60, 90)


def bit_map(values: Any, **changes: Any) -> BitMap:
    found = BitMap(
        values=np.asarray(values, np.float32),
        bit=0,
        logit=1.0,
        kind="exact",
        region=(0.0, 0.0, 80.0, 60.0),
        picture_size=(80, 60),
        caption="",
    )
    return dataclasses.replace(found, **changes)


def test_enlarging_is_what_torch_calls_bilinear_without_aligned_corners() -> None:
    values = torch.randn(3, 5)
    expected = functional.interpolate(
        values[None, None], (60, 80), mode="bilinear", align_corners=False
    )
    drawn = bit_map(values.numpy()).on_picture(80, 60)
    np.testing.assert_allclose(drawn, expected[0, 0].numpy(), atol=1e-5)


def test_a_map_of_one_cell_is_even() -> None:
    assert (bit_map([[2.5]]).on_picture(8, 6) == 2.5).all()


def test_a_point_has_the_value_of_its_cell() -> None:
    found = bit_map([[1, 2], [3, 4]], region=(20.0, 0.0, 80.0, 60.0))
    assert found.at(25, 10) == 1
    assert found.at(79, 10) == 2
    assert found.at(80, 60) == 4
    assert found.at(10, 10) is None


def test_constants_are_added_up() -> None:
    found = bit_map([[1.0]], constants={"bias": 0.5, "class token": -2.0})
    assert found.constant == -1.5
    assert bit_map([[1.0]]).constant == 0.0


def test_only_attention_has_no_sign() -> None:
    assert not bit_map([[1.0]], kind="attention").signed
    assert all(bit_map([[1.0]], kind=kind).signed for kind in ("exact", "gradient", "occlusion"))
