"""The plain hashing network: pooled features and one linear layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.networks.output import HashNetwork, HashOutput
from engine.networks.pooled_parts import pooled_parts
from engine.networks.reading import MapReading
from engine.networks.views import Backbone


class LinearHash(HashNetwork):
    """A hash layer on the pooled features of a backbone.

    Carries the label-free method (PCA and rotation are one linear map) and the losses that need
    no network of their own.

    Args:
        backbone: Feature extractor.
        num_bits: Length of the code.
    """

    def __init__(self, backbone: Backbone, num_bits: int) -> None:
        super().__init__(backbone, num_bits)
        self.hash_layer = nn.Linear(backbone.num_features, num_bits)
        nn.init.zeros_(self.hash_layer.bias)  # a random bias would tilt bits before training

    def forward(self, images: Tensor) -> HashOutput:
        """Return the logits of normalised images, shape (batch, 3, height, width)."""
        return HashOutput(self.hash_layer(self.backbone.pooled(images)))

    def explain(self, images: Tensor) -> MapReading:
        """Return the logits and, where the features are a mean over places, the share of each.

        A place has the logit that a photo of nothing else would have, divided by their number:
        what has no place (the bias, for ITQ the mean of the features) is shared out evenly, so
        that a sign means what it means for the bit.
        """
        pooled, parts, rest = pooled_parts(self.backbone, images)
        logits = self.hash_layer(pooled)
        if parts is None:
            return MapReading(logits)
        shares = torch.einsum("kc,bchw->bkhw", self.hash_layer.weight, parts)
        even = self.hash_layer(rest) / (parts.shape[-2] * parts.shape[-1])
        return MapReading(logits, parts={"places": shares + even[..., None, None]})
