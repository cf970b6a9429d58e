"""An engine for GUI tests: codes from 8 x 8 grey pixels, no torch, no model to load."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import (
    BitMap,
    Device,
    EncodedQuery,
    Explanation,
    InputError,
    JobContext,
    ModelInfo,
    PhotoLimits,
    binarize,
    load_photo,
)
from engine.explain.bit_map import Kind
from engine.photos import Photo
from engine.search.photo import DecodedQuery
from foodsearch_gui.core.gpu_engine import GpuEngine

SIDE = 8
KINDS: tuple[Kind, ...] = ("exact", "gradient", "occlusion")


class CheapEncoder:
    """64 bits: whether each of 64 pixels is brighter than the picture's mean."""

    num_bits = SIDE * SIDE
    decode_side = SIDE
    on_processor = True

    def __init__(self, key: str) -> None:
        self.key = key
        self.gate = threading.Event()  # closed: encoding waits, as a slow processor would
        self.gate.set()

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        return np.asarray(image.resize((SIDE, SIDE)).convert("RGB"))

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert self.gate.wait(10)
        grey = batch.mean(axis=3).reshape(len(batch), -1)
        return (grey - grey.mean(axis=1, keepdims=True)).astype(np.float32)

    def encode_photo(
        self,
        source: Path | bytes,
        *,
        name: str = "",
        limits: PhotoLimits = PhotoLimits(),
        allow_truncated: bool = False,
    ) -> EncodedQuery:
        photo = load_photo(
            source,
            min_side=self.decode_side,
            name=name,
            limits=limits,
            allow_truncated=allow_truncated,
        )
        content = source.read_bytes() if isinstance(source, Path) else source
        logits = self.encode(self.prepare(photo.image)[None])[0]
        digest = hashlib.blake2b(content, digest_size=20).hexdigest()
        return EncodedQuery(logits, binarize(logits), photo, digest, {"decode": 1.0, "encode": 1.0})


class CheapExplainer:
    """Explains a picture with :func:`explain_by_pixels`."""

    def __init__(self, encoder: CheapEncoder, kinds: tuple[Kind, ...] = KINDS) -> None:
        self.encoder, self.kinds = encoder, kinds

    def read(self, picture: Photo | Image.Image) -> EncodedQuery:
        photo = picture
        if isinstance(photo, Image.Image):
            photo = Photo(photo, photo.width, photo.height, "")
        logits = self.encoder.encode(self.encoder.prepare(photo.image)[None])[0]
        ms = {"decode": 1.0, "encode": 1.0}
        return EncodedQuery(logits, binarize(logits), photo, "", ms)

    def encode_query(self, query: DecodedQuery) -> tuple[EncodedQuery, EncodedQuery]:
        found = self.read(query.photo)
        return replace(found, content_hash=query.content_hash), found

    def needs_occlusion(self, reading: EncodedQuery, kind: str) -> bool:
        return False  # a bit is its pixel: that costs nothing

    def explain(
        self,
        reading: EncodedQuery,
        bits: Sequence[int],
        *,
        kind: str,
        ctx: JobContext,
        occlusion: None = None,
    ) -> Explanation:
        ctx.checkpoint()
        chosen = self.kinds[0] if kind == "best" else kind
        if chosen not in self.kinds:
            raise InputError("FS-002", name=kind, reason="no such map", advice="Choose another.")
        return replace(explain_by_pixels(reading, bits, chosen), kinds=self.kinds)


class CheapEngine(GpuEngine):
    """Starts at once and encodes with :class:`CheapEncoder`.

    Attributes:
        kinds: Of maps, the best first.
    """

    def __init__(self) -> None:
        super().__init__("cpu")
        self.cheap: dict[str, CheapEncoder] = {}
        self.kinds = KINDS

    def start(self, context: JobContext) -> Device:
        return Device("cpu", "Processor, test", "")

    def encoder(self, model: ModelInfo) -> CheapEncoder:  # type: ignore[override]
        return self.cheap.setdefault(model.key, CheapEncoder(model.key))

    def explainer(self, model: ModelInfo) -> CheapExplainer:  # type: ignore[override]
        return CheapExplainer(self.encoder(model), self.kinds)


def explain_by_pixels(found: EncodedQuery, bits: Sequence[int], kind: str = "exact") -> Explanation:
    """Return what :class:`CheapEncoder` saw: exact maps and one view of the whole."""
    size = found.photo.width, found.photo.height
    region = (0.0, 0.0, float(size[0]), float(size[1]))
    maps = []
    for bit in bits:
        values = np.zeros((SIDE, SIDE), np.float32)
        values.flat[bit] = found.logits[bit]
        logit = float(found.logits[bit])
        maps.append(BitMap(values, bit, logit, kind, region, size, f"About bit {bit}."))  # type: ignore[arg-type]
    view = BitMap(
        np.arange(SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE),
        *(None, float("nan"), "attention", region, size, "All in all.", "rollout"),
    )
    return Explanation(tuple(maps), view, (view,), found.logits, size, KINDS)


def draw_photos(folder: Path, count: int, *, seed: int = 0) -> list[Path]:
    """Draw small pictures that differ."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    paths = [folder / f"meal-{number:03}.png" for number in range(count)]
    for path in paths:
        pixels = random.integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((48, 36), Image.Resampling.NEAREST).save(path)
    return paths
