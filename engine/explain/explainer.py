"""From a photo to maps of its bits, with whatever its network can honestly offer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from engine.device import is_out_of_memory
from engine.errors import DeviceError, InputError
from engine.events import JobContext
from engine.explain.attention import AttentionRecorder
from engine.explain.bit_map import KINDS, BitMap, Explanation, Kind
from engine.explain.captions import describe_bit_map, describe_part, describe_view
from engine.explain.gradient import gradient_maps, last_map_layer
from engine.explain.occlusion import Occlusion, occlusion_maps
from engine.explain.photo_reading import PhotoReading
from engine.networks.inputs import normalize
from engine.photos import Photo, load_photo, to_rgb
from engine.preprocessing import Box
from engine.search.encode import EncodedQuery, Encoder
from engine.search.photo import DecodedQuery

Picture = Path | bytes | Photo | Image.Image | NDArray[np.uint8]


class Explainer:
    """Explains photos with an installed model.

    All bits come from one forward pass where the network has maps of its own ("exact",
    "attention"). "gradient" costs a pass back through the last layers for each bit, "occlusion"
    200 forward passes for all bits.

    Args:
        encoder: The model; the network of the codes is the one that is explained.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        backbone = encoder.network.backbone
        self._recorder = AttentionRecorder(backbone)
        self._has_gradients = last_map_layer(backbone) is not None

    def read(self, photo: Picture) -> PhotoReading:
        """Do the one forward pass that all kinds of maps begin with; keep it to ask again.

        Args:
            photo: A file, its bytes, a decoded photo, or RGB pixels (height, width, 3).

        Raises:
            PhotoError: The photo cannot be decoded.
            DeviceError: FS-403, memory does not suffice.
        """
        decoded = self._decode(photo)
        started = time.perf_counter()
        pixels = self.encoder.prepare(decoded.image)
        prepared = time.perf_counter()
        with self._computing():
            images = normalize(
                torch.from_numpy(pixels[np.newaxis]).to(self.encoder.device.name),
                self.encoder.preprocessing,
            )
            with torch.inference_mode(), self._recorder.recording() as projections:
                found = self.encoder.network.explain(images)
            logits = _array(found.logits[0])
        took = 1000 * (prepared - started), 1000 * (time.perf_counter() - prepared)
        return PhotoReading(decoded, pixels, images, found, projections, logits, *took)

    def encode_query(self, query: DecodedQuery) -> tuple[EncodedQuery, PhotoReading]:
        """Encode a query as the encoder does, and keep what its maps need.

        Args:
            query: Decoded with the ``decode_side`` of the encoder.

        Returns:
            What a search needs, and what :meth:`explain` takes in place of the photo.

        Raises:
            DeviceError: FS-403, memory does not suffice.
        """
        reading = self.read(query.photo)
        ms = reading.prepare_ms, reading.encode_ms
        return EncodedQuery.of(query, reading.logits, *ms), reading

    def explain(
        self,
        photo: Picture | PhotoReading,
        bits: Sequence[int] | None = None,
        *,
        kind: str = "best",
        ctx: JobContext | None = None,
        occlusion: Occlusion | None = None,
    ) -> Explanation:
        """Explain a photo's bits and what the network looked at.

        Args:
            photo: As in :meth:`read`, or what that returned.
            bits: Whose maps; all of them by default.
            kind: "best" for what the network itself offers, else one of ``KINDS``.
            ctx: Line to whoever runs the job; asked where there are many passes.
            occlusion: What :meth:`occlude` has done of the photo, for maps by occlusion.

        Raises:
            PhotoError: The photo cannot be decoded.
            InputError: FS-002, no such bit or kind, or not with this model.
            DeviceError: FS-403, memory does not suffice.
            JobCancelled: Somebody asked the job to stop.
        """
        bits = self._checked(bits)
        reading = photo if isinstance(photo, PhotoReading) else self.read(photo)
        places = _Places(reading.photo, self._region(reading.photo))
        chosen, kinds = self._choose(kind, reading), self._kinds(reading)
        occlude = partial(occlusion_maps, self.encoder, reading.pixels, ctx, occlusion)
        with self._computing():
            maps = tuple(self._bit_maps(reading, chosen, bits, occlude, places))
            shown = tuple(self._views(reading, places))
        attention = shown[0] if shown else None
        parts = tuple(reading.found.parts) if len(reading.found.parts) > 1 else ()
        return Explanation(maps, attention, shown, reading.logits, places.size, kinds, parts)

    def needs_occlusion(self, reading: PhotoReading, kind: str = "best") -> bool:
        """Whether maps of a kind need 200 passes with places blurred; :meth:`occlude` splits them.

        Raises:
            InputError: FS-002, no such kind, or not with this model.
        """
        return self._choose(kind, reading) == "occlusion"

    def occlude(self, reading: PhotoReading, begun: Occlusion | None = None) -> Occlusion:
        """Blur places of a photo, the first round or the next; other work may come between.

        Args:
            reading: Of the photo.
            begun: What came of the rounds before.

        Raises:
            DeviceError: FS-403, memory does not suffice.
        """
        begun = begun or Occlusion(self.encoder, reading.pixels)
        with self._computing():
            begun.blur_next(self.encoder)
        return begun

    def _bit_maps(
        self,
        reading: PhotoReading,
        kind: Kind,
        bits: Sequence[int],
        occlude: Callable[[], NDArray[np.float32]],
        places: _Places,
    ) -> Iterator[BitMap]:
        if not bits:
            return
        found = reading.found
        if kind == "occlusion":
            values = occlude()[list(bits)]
        elif kind == "gradient":
            values = _array(gradient_maps(self.encoder.network, reading.images, bits))
        else:
            assert found.maps is not None
            values = _array(found.maps[0])[list(bits)]
        own = kind == found.kind
        constants = {name: _array(each[0]) for name, each in found.constants.items() if own}
        parts = {name: _array(each[0]) for name, each in found.parts.items() if own}
        for bit, grid in zip(bits, values, strict=True):
            yield places.bit_map(
                kind,
                bit,
                float(reading.logits[bit]),
                grid,
                {name: float(each[bit]) for name, each in constants.items()},
                {name: each[bit] for name, each in parts.items()} if len(parts) > 1 else {},
            )

    def _views(self, reading: PhotoReading, places: _Places) -> Iterator[BitMap]:
        """Yield what the network looked at as a whole, its own views before those of attention."""
        size, nothing = places.size, float("nan")
        with torch.inference_mode():
            attention = self._recorder.views(reading.projections, reading.images)
        for name, view in {**reading.found.views, **attention}.items():
            values, caption = _array(view[0]), describe_view(name)
            yield BitMap(values, None, nothing, "attention", places.region, size, caption, name)

    def _kinds(self, reading: PhotoReading) -> tuple[Kind, ...]:
        kinds: list[Kind] = [reading.found.kind] if reading.found.parts else []
        if self._has_gradients:
            kinds.append("gradient")
        return (*kinds, "occlusion")

    def _choose(self, kind: str, reading: PhotoReading) -> Kind:
        kinds = self._kinds(reading)
        if kind == "best":
            return kinds[0]
        for known in kinds:
            if kind == known:
                return known
        reason = "there is no such kind of map"
        if kind in KINDS:
            reason = "this model has no maps of this kind"
        advice = f"This model offers: {', '.join(kinds)}."
        raise InputError("FS-002", name=kind, reason=reason, advice=advice)

    def _checked(self, bits: Sequence[int] | None) -> Sequence[int]:
        count = self.encoder.num_bits
        if bits is None:
            return range(count)
        for bit in bits:
            if not 0 <= bit < count:
                reason = f"the codes of this model have the bits 0 to {count - 1}"
                raise InputError(
                    "FS-002", name=f"bit {bit}", reason=reason, advice="Name one of these."
                )
        return bits

    def _decode(self, photo: Picture) -> Photo:
        if isinstance(photo, Photo):
            return photo
        if isinstance(photo, Path | bytes):
            return load_photo(photo, min_side=self.encoder.decode_side)
        image = Image.fromarray(photo) if isinstance(photo, np.ndarray) else photo
        upright = to_rgb(ImageOps.exif_transpose(image))
        return Photo(upright, upright.width, upright.height, "")

    def _region(self, photo: Photo) -> Box:
        """Return the part of the upright picture that the network sees, in its own pixels."""
        left, top, right, bottom = self.encoder.preprocessing.region(*photo.image.size)
        across, down = photo.width / photo.image.width, photo.height / photo.image.height
        return left * across, top * down, right * across, bottom * down

    @contextmanager
    def _computing(self) -> Iterator[None]:
        try:
            # As in the encoder: the short mantissa of graphics cards would bend exact maps.
            with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
                yield
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and not is_out_of_memory(error):
                raise
            raise DeviceError("FS-403", device=self.encoder.device.label) from error


class _Places:
    """Where maps of a photo belong."""

    def __init__(self, photo: Photo, region: Box) -> None:
        self.size = photo.width, photo.height
        self.region = region

    def bit_map(
        self,
        kind: Kind,
        bit: int,
        logit: float,
        values: NDArray[np.float32],
        constants: Mapping[str, float],
        parts: Mapping[str, NDArray[np.float32]],
    ) -> BitMap:
        caption = describe_bit_map(kind, bit, logit, sum(constants.values()))
        of_parts = tuple(
            BitMap(
                *(part, bit, logit, kind, self.region, self.size),
                *(describe_part(kind, name, bit, logit), name),
            )
            for name, part in parts.items()
        )
        return BitMap(
            values, bit, logit, kind, self.region, self.size, caption, "", constants, of_parts
        )


def _array(tensor: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return found
