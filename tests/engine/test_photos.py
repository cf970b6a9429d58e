from __future__ import annotations

import errno
import io
import os
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, features

from engine.errors import PhotoError
from engine.photos import FORMATS, PhotoLimits, is_photo_name, load_photo

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (255, 255, 255)


def draw(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A picture whose four corners tell its orientation: red, green / blue, white."""
    image = Image.new("RGB", size, RED)
    pen = ImageDraw.Draw(image)
    width, height = size
    pen.rectangle((width // 2, 0, width, height // 2), fill=GREEN)
    pen.rectangle((0, height // 2, width // 2, height), fill=BLUE)
    pen.rectangle((width // 2, height // 2, width, height), fill=WHITE)
    return image


def encode(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def corners(image: Image.Image) -> list[tuple[int, int, int]]:
    width, height = image.size
    spots = [(x, y) for y in (height // 6, height * 5 // 6) for x in (width // 6, width * 5 // 6)]
    return [image.getpixel(spot) for spot in spots]


def assert_upright(image: Image.Image, tolerance: int = 40) -> None:
    assert image.mode == "RGB"
    difference = np.abs(np.array(corners(image)) - np.array([RED, GREEN, BLUE, WHITE]))
    assert difference.max() <= tolerance, corners(image)


# What a camera stores for each EXIF orientation so that the picture, shown as asked, is upright:
# the transposition of the upright pixels that the tag's meaning undoes.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "MPO"])
@pytest.mark.parametrize("min_side", [0, 16])
def test_exif_orientation_is_applied_exactly_once(
    orientation: int, file_format: str, min_side: int
) -> None:
    upright = draw((192, 128))
    stored = upright if STORED[orientation] is None else upright.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"save_all": True, "append_images": [stored]} if file_format == "MPO" else {}
    photo = load_photo(encode(stored, file_format, exif=exif, **options), min_side=min_side)
    assert_upright(photo.image)
    assert (photo.width, photo.height) == (192, 128)


@pytest.mark.skipif("HEIF" not in FORMATS, reason="needs the extra heic")
@pytest.mark.realdata
def test_real_pictures_come_out_upright_and_whole(photo_collections: Path) -> None:
    for path in sorted((photo_collections / "queries").iterdir()):
        photo = load_photo(path)
        with Image.open(path) as stored:
            turned = stored.getexif().get(0x0112, 1) >= 5
            assert (photo.width, photo.height) == (stored.size[::-1] if turned else stored.size)
        assert photo.image.size == (photo.width, photo.height)


@pytest.mark.parametrize(
    "file_format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "MPO", "AVIF"]
)
def test_every_format_is_read(file_format: str, tmp_path: Path) -> None:
    if file_format == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    path = tmp_path / f"meal.{file_format.lower()}"
    path.write_bytes(encode(draw(), file_format))
    photo = load_photo(path)
    assert_upright(photo.image)
    assert photo.readable == 1.0


def test_only_the_first_frame_of_a_gif_is_shown() -> None:
    frames = encode(draw(), "GIF", save_all=True, append_images=[Image.new("RGB", (96, 64))])
    assert_upright(load_photo(frames).image)


@pytest.mark.parametrize("mode", ["CMYK", "P", "L", "1", "YCbCr", "LAB"])
def test_colour_modes_agree_with_a_plain_conversion(mode: str) -> None:
    file_format = {"CMYK": "JPEG", "YCbCr": "JPEG", "LAB": "TIFF"}.get(mode, "PNG")
    source = draw()
    if mode == "LAB":
        source = Image.new("LAB", source.size, (200, 128, 128))
        expected = 200
    else:
        source = source.convert(mode)
        expected = np.asarray(source.convert("RGB"), dtype=int)
    decoded = np.asarray(load_photo(encode(source, file_format)).image, dtype=int)
    assert decoded.shape == (64, 96, 3)
    assert np.abs(decoded - expected).mean() < 12


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_are_white(mode: str) -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((20, 0, 40, 20), fill=(200, 0, 0, 255))
    data = encode(image.quantize(16) if mode == "P" else image.convert(mode), "PNG")
    decoded = load_photo(data).image
    assert min(decoded.getpixel((5, 10))) >= 250
    assert max(decoded.getpixel((30, 10))[1:]) <= 80


def test_half_transparent_colour_is_mixed_with_white() -> None:
    half = Image.new("RGBA", (8, 8), (0, 0, 0, 128))
    assert load_photo(encode(half, "PNG")).image.getpixel((4, 4)) == (127, 127, 127)


@pytest.mark.parametrize(("mode", "top"), [("I;16", 65535), ("I", 65535), ("F", 1.0), ("F", 255.0)])
def test_deep_grey_values_are_scaled(mode: str, top: float) -> None:
    ramp = np.linspace(0, top, 256)[None, :].repeat(4, axis=0)
    dtype = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
    data = encode(Image.fromarray(ramp.astype(dtype)), "TIFF")
    decoded = np.asarray(load_photo(data).image, dtype=int)
    assert np.abs(decoded[0, :, 0] - np.arange(256)).max() <= 1


def test_a_reduced_picture_keeps_the_asked_size_and_its_look() -> None:
    gradient = Image.linear_gradient("L").resize((2000, 1500)).convert("RGB")
    data = encode(gradient, "JPEG", quality=95)
    photo = load_photo(data, min_side=256)
    assert min(photo.image.size) >= 256
    assert photo.image.width < 1000, "draft decoding must have reduced it"
    assert (photo.width, photo.height) == (2000, 1500)
    small = np.asarray(photo.image.resize((64, 48)), dtype=int)
    whole = np.asarray(load_photo(data).image.resize((64, 48)), dtype=int)
    assert np.abs(small - whole).max() <= 3


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(encode(draw(), "PNG"))
    assert load_photo(path).format == "PNG"


def error_of(source: Path | bytes, **options: object) -> PhotoError:
    with pytest.raises(PhotoError) as caught:
        load_photo(source, **options)
    return caught.value


def test_text_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "menu.jpg"
    path.write_text("soup of the day")
    error = error_of(path)
    assert error.code == "FS-101"
    assert "menu.jpg" in str(error)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "folder.jpg"
    folder.mkdir()
    for path in (tmp_path / "gone.jpg", folder):
        error = error_of(path)
        assert error.code == "FS-107"
        assert path.name in str(error)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX")
@pytest.mark.timeout(10)
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.jpg"
    os.mkfifo(path)
    error = error_of(path)
    assert error.code == "FS-107"
    assert "not a regular file" in str(error)


def test_an_empty_file_is_no_picture() -> None:
    assert error_of(b"").code == "FS-101"


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "BMP"])
def test_the_readable_part_of_a_truncated_file_can_be_used(file_format: str) -> None:
    noise = np.random.default_rng(0).integers(60, 250, (400, 300, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), file_format)
    half = data[: len(data) // 2]
    error = error_of(half, name="IMG_0042.jpg")
    assert error.code in {"FS-102", "FS-106"}
    assert "IMG_0042.jpg" in str(error)
    if error.code == "FS-102":
        photo = load_photo(half, allow_truncated=True)
        assert 0.3 < photo.readable < 0.7
        assert photo.image.size == (300, 400)


def test_too_many_pixels_or_bytes_are_refused_before_decoding() -> None:
    data = encode(draw(), "PNG")
    error = error_of(data, limits=PhotoLimits(max_pixels=96 * 64 - 1))
    assert error.code == "FS-103"
    assert error_of(data, limits=PhotoLimits(max_bytes=10)).code == "FS-103"
    assert load_photo(data, limits=PhotoLimits(max_pixels=96 * 64)).width == 96


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    assert error_of(png_claiming(60_000, 60_000)).code == "FS-103"


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"])
def test_hostile_bytes_give_a_photo_error_or_a_picture(file_format: str) -> None:
    """Nothing but PhotoError may ever leave the decoder."""
    if file_format == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    chance = random.Random(file_format)
    clean = encode(draw((160, 120)), file_format)
    for _ in range(150):
        data = bytearray(clean)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(min(len(data), 400))] = chance.randrange(256)
        if chance.random() < 0.4:
            del data[chance.randrange(1, len(data)) :]
        try:
            photo = load_photo(bytes(data), limits=PhotoLimits(max_pixels=4_000_000))
        except PhotoError:
            continue
        assert photo.image.mode == "RGB"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX here")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(encode(draw(), "JPEG"))
    path.chmod(0)
    assert error_of(path).code == "FS-107"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.JPG", True), ("a.heic", True), ("a.b.webp", True), ("a.txt", False), ("jpg", False)],
)
def test_photo_names(name: str, expected: bool) -> None:
    assert is_photo_name(name) is expected


@pytest.mark.parametrize("answered", [0, 4096])
def test_a_disk_that_fails_is_not_taken_for_a_damaged_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answered: int
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    path = tmp_path / "meal.jpg"
    path.write_bytes(encode(Image.fromarray(noise), "JPEG"))

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() + (size or 0) > answered:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(size)

    content = path.read_bytes()
    monkeypatch.setattr(Path, "open", lambda *_: Failing(content))
    with pytest.raises(PhotoError, match="does not answer") as caught:
        load_photo(path)
    assert caught.value.code == "FS-107"
