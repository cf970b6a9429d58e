"""From photos to logits with an installed model."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from engine.codes import CodeArray, binarize
from engine.device import Device, choose_device, is_out_of_memory
from engine.errors import DeviceError, InputError, ModelError
from engine.methods import create_method
from engine.models.bundle import load_tensors
from engine.models.store import ModelInfo
from engine.networks.inputs import normalize
from engine.networks.output import HashNetwork
from engine.photos import Photo, PhotoLimits
from engine.search.photo import DecodedQuery, read_query

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EncodedQuery:
    """A photo and what a model says of it.

    Attributes:
        logits: Shape (num_bits,); their size says how sure each bit is.
        code: Packed, shape (bytes,).
        photo: The decoded picture, perhaps reduced.
        content_hash: BLAKE2b of the file's bytes, as the catalogue has it.
        ms: Milliseconds, by step: decode, encode.
    """

    logits: NDArray[np.float32]
    code: CodeArray
    photo: Photo
    content_hash: str
    ms: dict[str, float]

    @staticmethod
    def of(
        query: DecodedQuery, logits: NDArray[np.float32], prepare_ms: float, encode_ms: float
    ) -> EncodedQuery:
        """Return what became of a query; reducing it to the network's square is decoding too."""
        ms = {"decode": query.ms + prepare_ms, "encode": encode_ms}
        return EncodedQuery(logits, binarize(logits), query.photo, query.content_hash, ms)


class Encoder:
    """An installed model on a device, ready to encode.

    Args:
        model: From the store.
        device: Where to compute; the best one by default.

    Raises:
        ModelError: FS-602 damaged or of wrong shapes, FS-606 its backbone is unknown.
    """

    def __init__(self, model: ModelInfo, device: Device | None = None) -> None:
        self.device = device or choose_device()
        self.key = model.key
        self.num_bits = model.num_bits
        self.preprocessing = model.manifest.preprocessing
        self._room: int | None = None  # photos that fit into memory together, once it ran out
        network = _load_network(model).eval().to(self.device.name)
        # Maps in this layout are what convolutions on processors are fastest with.
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @property
    def decode_side(self) -> int:
        """What :func:`engine.load_photo` needs as ``min_side``."""
        return self.preprocessing.decode_side

    @property
    def on_processor(self) -> bool:
        """Whether the network computes on the cores that also decode."""
        return self.device.name == "cpu"

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Return the square the network sees, shape (side, side, 3); for any thread, no torch."""
        return self.preprocessing(image)

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the logits, shape (n, num_bits); a row does not depend on the others.

        A batch that does not fit into memory is computed in parts, and so are all later ones.

        Args:
            batch: Of :meth:`prepare`, shape (n, side, side, 3).

        Raises:
            DeviceError: FS-403, not even one photo fits into memory.
        """
        parts: list[NDArray[np.float32]] = []
        while len(batch):
            part = batch[: self._room]
            logits = self._forward_if_it_fits(part)
            if logits is not None:
                parts.append(logits)
                batch = batch[len(part) :]
            elif len(part) == 1:
                raise DeviceError("FS-403", device=self.device.label)
            else:
                self._room = len(part) // 2
                logger.warning(
                    "memory did not suffice; photos are computed %d at a time now", self._room
                )
        return np.concatenate(parts) if parts else np.empty((0, self.num_bits), np.float32)

    def encode_photo(
        self,
        source: Path | bytes,
        *,
        name: str = "",
        limits: PhotoLimits = PhotoLimits(),
        allow_truncated: bool = False,
    ) -> EncodedQuery:
        """Decode and encode one photo.

        Args:
            source: A file, or a file's bytes.
            name: What error texts call it.
            limits: Sizes beyond which it is refused.
            allow_truncated: Use the readable part of a file that ends too early.

        Raises:
            PhotoError: It cannot be decoded.
        """
        query = read_query(
            source,
            min_side=self.decode_side,
            name=name,
            limits=limits,
            allow_truncated=allow_truncated,
        )
        return self.encode_query(query)

    def encode_query(self, query: DecodedQuery) -> EncodedQuery:
        """Encode a photo that has been decoded with this model's ``decode_side``."""
        started = time.perf_counter()
        pixels = self.prepare(query.photo.image)
        prepared = time.perf_counter()
        logits = self.encode(pixels[np.newaxis])[0]
        took = 1000 * (prepared - started), 1000 * (time.perf_counter() - prepared)
        return EncodedQuery.of(query, logits, *took)

    def _forward_if_it_fits(self, batch: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        # The exception must be gone before the next attempt: its traceback holds the tensors.
        try:
            return self._forward(batch)
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and not is_out_of_memory(error):
                raise
            return None

    @torch.inference_mode()
    def _forward(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        pixels = torch.from_numpy(np.ascontiguousarray(batch)).to(self.device.name)
        # The short mantissa that graphics cards use by default would flip bits against the codes
        # of the processor.
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            logits: Tensor = self.network(normalize(pixels, self.preprocessing)).logits
        found: NDArray[np.float32] = logits.float().cpu().numpy()
        return found


def _load_network(model: ModelInfo) -> HashNetwork:
    """Build the network of a model and fill in its weights, every one of them."""
    manifest = model.manifest
    tensors = load_tensors(model.path)
    try:
        # The weights it begins with are drawn and replaced; a training that draws from the same
        # generator may be under way.
        with torch.random.fork_rng(devices=[]):
            network = create_method(
                manifest.method,
                backbone=manifest.backbone,
                num_bits=manifest.num_bits,
                input_size=manifest.preprocessing.input_size,
                options=manifest.options,
            )
    except InputError as error:
        raise ModelError("FS-606", name=model.name, reason=str(error)) from error
    try:
        network.load_state_dict(
            {name: torch.from_numpy(tensor) for name, tensor in tensors.items()}, strict=True
        )
    except RuntimeError as error:
        reason = "its weights do not fit its backbone and method"
        raise ModelError("FS-602", name=model.name, reason=reason) from error
    return network
