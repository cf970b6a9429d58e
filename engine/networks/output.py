"""What every hashing network is, and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from engine.networks.reading import MapReading
from engine.networks.views import Backbone


@dataclass(frozen=True)
class HashOutput:
    """The outcome of one forward pass.

    Attributes:
        logits: Output of the hash layer before any squashing, shape (batch, num_bits), in
            training (batch, train_width); bit = 1 iff logit > 0.
        extras: What the method's criterion needs besides, by name; empty in evaluation.
    """

    logits: Tensor
    extras: Mapping[str, Tensor] = field(default_factory=dict)


class HashNetwork(nn.Module):
    """A backbone with a hash layer; maps normalised images to a :class:`HashOutput`.

    Args:
        backbone: Feature extractor.
        num_bits: Length of the code.
    """

    def __init__(self, backbone: Backbone, num_bits: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.num_bits = num_bits

    @property
    def train_width(self) -> int:
        """How many logits a photo has while training; auxiliary branches add some."""
        return self.num_bits

    def forward(self, images: Tensor) -> HashOutput:
        """Return the logits of normalised images, shape (batch, 3, height, width)."""
        raise NotImplementedError

    def explain(self, images: Tensor) -> MapReading:
        """Return the logits of normalised images with what the network can tell of their places.

        For networks in evaluation. Without a map of its own, a network tells its logits only.
        """
        return MapReading(self(images).logits)
