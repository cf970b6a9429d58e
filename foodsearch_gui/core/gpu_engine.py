"""Torch and the loaded encoders; everything here runs in the GPU worker only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import engine

if TYPE_CHECKING:
    from engine import (
        Answer,
        Catalogue,
        Comparison,
        Device,
        EncodedQuery,
        Encoder,
        Explainer,
        Explanation,
        ExplanationPage,
        IndexReport,
        ModelInfo,
        PhotoReading,
        Run,
        Splits,
    )

_LOADED_MODELS = 2  # the one in use and the one before it
_READ_PHOTOS = 2  # that are looked at, besides the one that was searched last
# A query waits for the batch that is being computed: a third of a second on two cores.
_PROCESSOR_BATCH = 16
_CARD_BATCH = 64


@dataclass(frozen=True, eq=False)
class QueryPhoto:
    """A photo to search with.

    Who brings a file again makes another object, because the file may have changed; the same object
    is read once and looked at in portions.

    Attributes:
        source: A file, or a file's bytes.
        name: What texts call it.
        limits: Sizes beyond which it is refused.
        allow_truncated: Use the readable part of a damaged file.
    """

    source: Path | bytes
    name: str
    limits: engine.PhotoLimits
    allow_truncated: bool = False


class GpuEngine:
    """Owns the device and the encoders.

    Args:
        wanted_device: As in :func:`engine.choose_device`.
    """

    def __init__(self, wanted_device: str = "auto") -> None:
        self._wanted = wanted_device
        self._device: Device | None = None
        self._encoders: OrderedDict[str, Encoder] = OrderedDict()
        self._explainer: Explainer | None = None
        self._readings: OrderedDict[tuple[QueryPhoto, str], PhotoReading] = OrderedDict()
        self._searched: tuple[QueryPhoto, str] | None = None
        self._occlusions: WeakKeyDictionary[QueryPhoto, Any] = WeakKeyDictionary()

    def start(self, context: engine.JobContext) -> Device:
        """Import torch and choose the device; takes seconds."""
        engine.use_cores(reserve=1)  # one core stays with the window
        self._device = engine.choose_device(self._wanted)
        return self._device

    def encoder(self, model: ModelInfo) -> Encoder:
        """Return the encoder of a model, loaded or from memory."""
        if model.key not in self._encoders:
            self._encoders[model.key] = engine.Encoder(model, self._device)
        self._encoders.move_to_end(model.key)
        while len(self._encoders) > _LOADED_MODELS:
            self._encoders.popitem(last=False)
        return self._encoders[model.key]

    def explainer(self, model: ModelInfo) -> Explainer:
        """Return what explains photos with a model."""
        encoder = self.encoder(model)
        if self._explainer is None or self._explainer.encoder is not encoder:
            self._explainer = engine.Explainer(encoder)
        return self._explainer

    def encode_query(self, model: ModelInfo, photo: QueryPhoto) -> EncodedQuery:
        """Return the code of one photo; what the network told is kept until the next search."""
        encoded = self._encode(model, photo)
        self._searched = photo, model.key
        return encoded

    def explain(
        self,
        model: ModelInfo,
        photo: QueryPhoto,
        bits: Sequence[int],
        kind: str,
        context: engine.JobContext,
    ) -> Explanation | None:
        """Return where some bits of a photo come from; None if more has to be done before.

        Where a map costs many passes, a call does some of them: other work may come in between.
        """
        explainer = self.explainer(model)
        reading = self._read(model, photo)
        context.checkpoint()
        occlusion = None
        if explainer.needs_occlusion(reading, kind):
            occlusion = self._occlusions.get(photo)
            if occlusion is not None and occlusion.key != model.key:
                occlusion = None
            if occlusion is None or not occlusion.is_done:
                self._occlusions[photo] = explainer.occlude(reading, occlusion)
                return None
        return explainer.explain(reading, bits, kind=kind, ctx=context, occlusion=occlusion)

    def explain_answer(
        self,
        model: ModelInfo,
        photo: QueryPhoto,
        answer: Answer,
        facts: Sequence[str],
        first: int,
        *,
        flips: Collection[int] = (),
        ignore: Collection[int] = (),
        names: Sequence[str | None],
        judged: Mapping[str, str],
    ) -> Iterator[ExplanationPage | None]:
        """Explain a search, with the map of one bit before those of the surest.

        Yields:
            None after each photo, at last the page. Each step is a job of its own, so that neither
            it nor a search waits for the other.
        """
        yield from engine.explain_in_steps(
            self.explainer(model),
            self._read(model, photo),
            photo.name,
            answer,
            first=[first] if first >= 0 else [],
            names=names,
            facts=facts,
            flips=flips,
            ignore=ignore,
            judged=judged,
        )

    def _read(self, model: ModelInfo, photo: QueryPhoto) -> PhotoReading:
        """Return what the network told of a photo; a search has asked it, or other maps have."""
        key = photo, model.key
        if key not in self._readings:
            self._encode(model, photo)
        self._readings.move_to_end(key)
        return self._readings[key]

    def _encode(self, model: ModelInfo, photo: QueryPhoto) -> EncodedQuery:
        explainer = self.explainer(model)
        query = engine.read_query(
            photo.source,
            min_side=explainer.encoder.decode_side,
            name=photo.name,
            limits=photo.limits,
            allow_truncated=photo.allow_truncated,
        )
        encoded, self._readings[photo, model.key] = explainer.encode_query(query)
        others = [key for key in self._readings if key != self._searched]
        for key in others[:-_READ_PHOTOS]:
            del self._readings[key]
        return encoded

    def build_index(
        self, catalogue: Catalogue, model: ModelInfo, context: engine.JobContext
    ) -> IndexReport:
        """Encode the photos of a library that have no code of this model yet."""
        return engine.build_index(
            catalogue,
            self.encoder(model),
            context,
            batch_size=self._batch_size,
            workers=engine.background_cores(),
        )

    def evaluate(
        self, model: ModelInfo, task: Splits, context: engine.JobContext, *, map_at: int | None
    ) -> dict[str, Any]:
        """Measure how well a model retrieves, with a map of the codes."""
        return engine.evaluate(
            self.encoder(model),
            task,
            context,
            map_at=map_at,
            with_map=True,
            batch_size=self._batch_size,
            workers=engine.background_cores(),
        )

    @property
    def _batch_size(self) -> int:
        is_card = self._device is not None and self._device.name != "cpu"
        return _CARD_BATCH if is_card else _PROCESSOR_BATCH

    def compare(
        self, before: ModelInfo, after: ModelInfo, run: Run, context: engine.JobContext
    ) -> Comparison:
        """Let two models find the photos that a training held back."""
        # Encoders of their own: searching goes on meanwhile, with those that are loaded.
        first, second = (engine.Encoder(model, self._device) for model in (before, after))
        workers = engine.background_cores()
        return engine.compare_models(first, second, run, context, workers=workers)
