from __future__ import annotations

import io
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.codes import binarize
from engine.device import Device, choose_device
from engine.errors import DeviceError, ModelError, PhotoError
from engine.methods import create_method
from engine.models.bundle import write_bundle
from engine.models.manifest import Manifest
from engine.models.store import ModelInfo, ModelStore
from engine.networks.inputs import normalize
from engine.paths import Paths
from engine.photos import load_photo
from engine.search.encode import Encoder
from engine.storage import content_hash

CPU = Device("cpu", "Processor")


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def picture(seed: int, size: tuple[int, int] = (120, 90)) -> Image.Image:
    random = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(int(v) for v in random.integers(0, 255, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(8):
        x, y, w, h = (int(v) for v in random.integers(0, 90, 4))
        colour = tuple(int(v) for v in random.integers(0, 255, 3))
        draw.ellipse((x, y, x + w, y + h), fill=colour)
    return image


def jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


Install = Callable[..., ModelInfo]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Install a small random model; its manifest and tensors may be changed."""

    def add(tensors: dict[str, Any] | None = None, **changes: Any) -> ModelInfo:
        network = create_method("itq", backbone="test_resnet", num_bits=16)
        state = {name: value.numpy() for name, value in network.state_dict().items()}
        values: dict[str, Any] = {
            "id": "tiny-16",
            "name": "Tiny",
            "method": "itq",
            "backbone": "test_resnet",
            "num_bits": 16,
            "preprocessing": network.backbone.preprocessing,
            "created": "2026-01-01T00:00:00+00:00",
            **changes,
        }
        path = tmp_path / "tiny.fsmodel"
        write_bundle(path, Manifest(**values), state | (tensors or {}), {})
        return ModelStore(Paths.resolve()).import_file(path)

    return add


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    home = tmp_path_factory.mktemp("home")
    return Encoder(ModelStore(Paths.resolve(home)).get("starter-64"), CPU)


def batch_of(encoder: Encoder, count: int) -> NDArray[np.uint8]:
    return np.stack([encoder.prepare(picture(seed)) for seed in range(count)])


def test_carries_what_the_index_needs(starter: Encoder) -> None:
    model = ModelStore(Paths.resolve()).get("starter-64")
    assert (starter.key, starter.num_bits) == (model.key, 64)
    assert starter.decode_side == starter.preprocessing.decode_side == 448
    assert starter.device == CPU


def test_a_row_does_not_depend_on_its_batch(starter: Encoder) -> None:
    batch = batch_of(starter, 9)
    together = starter.encode(batch)
    assert together.shape == (9, 64)
    assert together.dtype == np.float32
    alone = np.concatenate([starter.encode(row[np.newaxis]) for row in batch])
    np.testing.assert_allclose(alone, together, atol=1e-3)
    decided = np.abs(together) > 1e-4
    assert ((alone > 0) == (together > 0))[decided].all()
    reversed_order = starter.encode(np.ascontiguousarray(batch[::-1]))[::-1]
    np.testing.assert_allclose(reversed_order, together, atol=1e-3)


def test_an_empty_batch(starter: Encoder) -> None:
    assert starter.encode(np.empty((0, 224, 224, 3), np.uint8)).shape == (0, 64)


def test_logits_are_those_of_the_network(install: Install) -> None:
    encoder = Encoder(install(), CPU)
    batch = batch_of(encoder, 3)
    with torch.inference_mode():
        images = normalize(torch.from_numpy(batch), encoder.preprocessing).contiguous()
        expected = encoder.network(images).logits.numpy()
    np.testing.assert_allclose(encoder.encode(batch), expected, atol=1e-5)
    assert not encoder.network.training


def test_a_written_model_encodes_like_the_one_in_memory(install: Install) -> None:
    """Half precision rounds once, when the model is written; reading it adds nothing."""
    network = create_method("itq", backbone="test_resnet", num_bits=16).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.half())
    half = {
        name: (value.half() if value.is_floating_point() and value.ndim > 1 else value).numpy()
        for name, value in network.state_dict().items()
    }
    encoder = Encoder(install(half), CPU)
    assert all(p.dtype == torch.float32 for p in encoder.network.parameters())
    batch = batch_of(encoder, 4)
    with torch.inference_mode():
        expected = network(normalize(torch.from_numpy(batch), encoder.preprocessing)).logits
    np.testing.assert_array_equal(binarize(encoder.encode(batch)), binarize(expected.numpy()))


def test_photos_encode_like_pictures(starter: Encoder, tmp_path: Path) -> None:
    content = jpeg(picture(1, (640, 480)))
    (tmp_path / "meal.jpg").write_bytes(content)
    from_file = starter.encode_photo(tmp_path / "meal.jpg")
    from_bytes = starter.encode_photo(content)
    photo = load_photo(content, min_side=starter.decode_side)
    expected = starter.encode(starter.prepare(photo.image)[np.newaxis])[0]
    for query in (from_file, from_bytes):
        np.testing.assert_allclose(query.logits, expected, atol=1e-4)
        np.testing.assert_array_equal(query.code, binarize(query.logits))
        assert query.code.shape == (8,)
        assert query.content_hash == content_hash(content)
        assert (query.photo.width, query.photo.height) == (640, 480)
        assert set(query.ms) == {"decode", "encode"}
        assert min(query.ms.values()) > 0


def test_similar_pictures_have_similar_codes(starter: Encoder) -> None:
    first = starter.encode_photo(jpeg(picture(5, (400, 300))))
    again = starter.encode_photo(jpeg(picture(5, (400, 300)).resize((800, 600))))
    other = starter.encode_photo(jpeg(picture(6, (400, 300))))

    def distance(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> int:
        return int(np.bitwise_count(a ^ b).sum())

    assert distance(first.code, again.code) < distance(first.code, other.code)


def test_photos_that_cannot_be_read(starter: Encoder, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"gone\.jpg") as error:
        starter.encode_photo(tmp_path / "gone.jpg")
    assert error.value.code == "FS-107"
    with pytest.raises(PhotoError, match=r"menu\.pdf") as error:
        starter.encode_photo(b"%PDF", name="menu.pdf")
    assert error.value.code == "FS-101"
    cut = jpeg(picture(2, (640, 480)))[:-2000]
    with pytest.raises(PhotoError) as error:
        starter.encode_photo(cut)
    assert error.value.code == "FS-102"
    assert starter.encode_photo(cut, allow_truncated=True).photo.readable < 1


def test_the_file_of_a_query_is_read_once(
    starter: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "meal.jpg"
    path.write_bytes(jpeg(picture(1)))
    opened: list[Path] = []
    real = Path.open

    def counting(self: Path, *arguments: Any, **options: Any) -> Any:
        opened.append(self)
        return real(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", counting)
    starter.encode_photo(path)
    assert opened == [path]


def test_preparing_needs_no_torch_and_any_thread(
    starter: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = batch_of(starter, 8)
    monkeypatch.setitem(sys.modules, "torch", None)
    with ThreadPoolExecutor(4) as pool:
        found = np.stack(list(pool.map(lambda seed: starter.prepare(picture(seed)), range(8))))
    np.testing.assert_array_equal(found, expected)


class Crowded(torch.nn.Module):
    """A network on a device with room for so many photos."""

    def __init__(self, room: int, error: Exception) -> None:
        super().__init__()
        self.room, self.error, self.sizes = room, error, list[int]()

    def forward(self, images: torch.Tensor) -> Any:
        self.sizes.append(len(images))
        if len(images) > self.room:
            raise self.error
        return type("Output", (), {"logits": images.mean((2, 3))})


ERRORS = [
    MemoryError("unable to allocate 9 bytes"),
    torch.OutOfMemoryError("CUDA out of memory"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
]


@pytest.mark.parametrize("error", ERRORS)
def test_too_large_a_batch_is_halved(install: Install, error: Exception) -> None:
    encoder = Encoder(install(), CPU)
    batch = batch_of(encoder, 7)
    encoder.network = Crowded(100, error)
    expected = encoder.encode(batch)
    encoder.network = Crowded(2, error)
    np.testing.assert_allclose(encoder.encode(batch), expected, atol=1e-6)
    assert encoder.network.sizes == [7, 3, *[1] * 7]
    encoder.network.sizes.clear()
    encoder.encode(batch[:3])
    assert encoder.network.sizes == [1, 1, 1], "what was too much is not tried again"


@pytest.mark.parametrize("error", ERRORS)
def test_no_room_for_one_photo(install: Install, error: Exception) -> None:
    encoder = Encoder(install(), CPU)
    encoder.network = Crowded(0, error)
    with pytest.raises(DeviceError, match="Processor") as caught:
        encoder.encode(batch_of(encoder, 2))
    assert caught.value.code == "FS-403"


def test_other_failures_are_not_taken_for_missing_memory(install: Install) -> None:
    encoder = Encoder(install(), CPU)
    encoder.network = Crowded(0, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="mat1"):
        encoder.encode(batch_of(encoder, 2))


@pytest.mark.parametrize(
    ("tensors", "changes", "code"),
    [
        ({}, {"backbone": "no_such_backbone"}, "FS-606"),
        ({}, {"backbone": "resnet18.no_such_weights"}, "FS-606"),
        ({}, {"backbone": "test_convnext"}, "FS-602"),
        ({"surprise": np.zeros(1, np.float32)}, {}, "FS-602"),
        ({"hash_layer.bias": np.zeros(3, np.float32)}, {}, "FS-602"),
        ({"hash_layer.weight": np.zeros((16, 7), np.float32)}, {}, "FS-602"),
    ],
)
def test_weights_that_do_not_fit(
    install: Install, tensors: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    model = install(tensors, **changes)
    with pytest.raises(ModelError, match="Tiny") as error:
        Encoder(model, CPU)
    assert error.value.code == code


def test_a_model_damaged_after_it_was_installed(install: Install) -> None:
    model = install()
    weights = model.path / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ModelError, match="checksum") as error:
        Encoder(model, CPU)
    assert error.value.code == "FS-602"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_a_graphics_card_gives_the_same_codes() -> None:
    model = ModelStore(Paths.resolve()).get("starter-64")
    processor, card = Encoder(model, CPU), Encoder(model, choose_device("cuda"))
    batch = batch_of(processor, 32)
    expected, found = processor.encode(batch), card.encode(batch)
    decided = np.abs(expected) > 1e-2
    assert ((expected > 0) == (found > 0))[decided].all()


@pytest.mark.slow
@pytest.mark.realdata
def test_every_query_photo_encodes(starter: Encoder, photo_collections: Path) -> None:
    photos = sorted((photo_collections / "queries").iterdir())
    assert len(photos) == 30
    codes = {starter.encode_photo(photo).code.tobytes() for photo in photos}
    assert len(codes) > 20
