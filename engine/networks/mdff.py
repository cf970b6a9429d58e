"""MDFF-SH: features of several depths of a backbone, fused into one code."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from engine.networks.output import HashNetwork, HashOutput
from engine.networks.reading import MapReading
from engine.networks.views import Backbone

MAP_FEATURES = 256
VECTOR_FEATURES = 1024
FUSED_FEATURES = 1024

LEVELS = ("conv3", "conv4", "conv5")

Fusion = Literal["concat", "per_level"]


class MapLevel(nn.Module):
    """Reduces a map to a vector: 1x1 convolution, batch norm, ReLU, mean over the picture.

    Args:
        channels: Of the map.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce = nn.Sequential(
            nn.Conv2d(channels, MAP_FEATURES, 1), nn.BatchNorm2d(MAP_FEATURES), nn.ReLU()
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return vectors of a map (B, channels, h, w), shape (B, 256)."""
        pooled: Tensor = self.reduce(features).mean((2, 3))
        return pooled


class Mdff(HashNetwork):
    """Multi-scale deep feature fusion (MDFF-SH; Belalia et al., Journal of Imaging 2025).

    The text at hand lost its formulas, so this is a family: the levels conv3, conv4, conv5 and fc1
    are the paper's, widths and fusion are reconstructed. On a VGG, which Table 1 of the paper
    lists, fc1 is the pretrained layer; on a ResNet-50, which its text names, and on any other
    backbone it is a new layer on the pooled features. The paper squashes the code by tanh; that
    is left to the criterion.

    Args:
        backbone: Feature extractor.
        num_bits: Length of the code.
        fusion: "concat" fuses the levels before the hash layer; "per_level" gives every level a
            hash layer and takes the mean of their logits.
    """

    def __init__(self, backbone: Backbone, num_bits: int, *, fusion: Fusion = "concat") -> None:
        super().__init__(backbone, num_bits)
        if fusion not in ("concat", "per_level"):
            raise ValueError(f"fusion must be 'concat' or 'per_level', not {fusion!r}")
        backbone.use_levels()
        *maps, vector = backbone.level_features
        self.fusion = fusion
        self.maps = nn.ModuleList(MapLevel(channels) for channels in maps)
        self.vector = nn.Sequential(nn.Linear(vector, VECTOR_FEATURES), nn.ReLU())
        self.widths = [MAP_FEATURES] * len(maps) + [VECTOR_FEATURES]
        joined = sum(self.widths)
        if fusion == "concat":
            self.fuse = nn.Sequential(nn.Linear(joined, FUSED_FEATURES), nn.ReLU(), nn.Dropout(0.5))
        self.hash_layer = nn.Linear(FUSED_FEATURES if fusion == "concat" else joined, num_bits)
        self._initialise()

    def forward(self, images: Tensor) -> HashOutput:
        """Return the logits of normalised images, shape (batch, 3, height, width)."""
        return HashOutput(self.decide(self.backbone.levels(images)))

    def decide(self, levels: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
        """Return the logits of what the backbone's levels hold, shape (B, num_bits)."""
        return self._hash(torch.cat(self.reduce(levels), dim=1))

    def _hash(self, joined: Tensor) -> Tensor:
        if self.fusion == "concat":
            logits: Tensor = self.hash_layer(self.fuse(joined))
            return logits
        # One linear layer on the joined levels is the sum of one layer a level, whose biases
        # only count together; this keeps a row a bit.
        return nn.functional.linear(
            joined, self.hash_layer.weight / len(self.widths), self.hash_layer.bias
        )

    def reduce(self, levels: tuple[Tensor, Tensor, Tensor, Tensor]) -> list[Tensor]:
        """Return a vector of each level: three of 256 features and one of 1024."""
        *maps, vector = levels
        reduced = [level(found) for level, found in zip(self.maps, maps, strict=True)]
        return [*reduced, self.vector(vector)]

    def explain(self, images: Tensor) -> MapReading:
        """Return the logits and the share of each place of the three maps.

        Behind the maps the network is linear, apart from units of the fusion that are on or off
        for the picture; what they let through is exact. The vector has no places.
        """
        *found, vector = self.backbone.levels(images)
        reduced: list[Tensor] = [
            level.reduce(each)  # type: ignore[operator]
            for level, each in zip(self.maps, found, strict=True)
        ]
        hidden = self.vector(vector)
        joined = torch.cat([*(each.mean((2, 3)) for each in reduced), hidden], dim=1)
        slope, bias = self._slope(joined)
        *slopes, of_vector = torch.split(slope, self.widths, dim=2)
        return MapReading(
            self._hash(joined),
            parts={
                name: torch.einsum("bkc,bchw->bkhw", own, each) / each[0, 0].numel()
                for name, own, each in zip(LEVELS, slopes, reduced, strict=True)
            },
            constants={"fc1": torch.einsum("bkc,bc->bk", of_vector, hidden), "bias": bias},
        )

    def _slope(self, joined: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the logits are of the joined levels: (B, bits, widths) and (B, bits)."""
        weight, bias = self.hash_layer.weight, self.hash_layer.bias
        if self.fusion == "per_level":
            slope = (weight / len(self.widths)).expand(len(joined), -1, -1)
            return slope, bias.expand(len(joined), -1)
        linear: nn.Linear = self.fuse[0]  # type: ignore[assignment]
        on = weight * (linear(joined) > 0)[:, None]
        return on @ linear.weight, on @ linear.bias + bias

    def _initialise(self) -> None:
        new = [self.vector, self.hash_layer, getattr(self, "fuse", nn.Identity())]
        for module in (part for root in new for part in root.modules()):
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.01)
                nn.init.zeros_(module.bias)
