"""QueryOpt: one learned query a bit looks for an attribute in the photo.

Wang et al., Learning Attribute-Aware Hash Codes for Fine-Grained Image Retrieval via Query
Optimization, ICML 2025. The parts are those of the authors' released code, whose number of
parameters is the one that the paper prints.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.networks.output import HashNetwork, HashOutput
from engine.networks.query_decoder import Encoder, PositionTables, QueryDecoder
from engine.networks.reading import MapReading, on_grid
from engine.networks.stages import freeze_early_layers, measure_grids
from engine.networks.views import Backbone

TRAINED_WIDTH = 96
HEADS = 8
POSITIONS = 50
_UP_CHANNELS = 256

Branches = Literal["cover", "paper"] | int
Grids = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class QueryReading:
    """One forward pass with what the queries looked at.

    Attributes:
        logits: Shape (batch, num_bits).
        weights: Cross-attention, shape (batch, heads, num_bits, tokens); rows sum to 1. The
            logits have a gradient with respect to it.
        grids: Height and width of the fine and the coarse map; the tokens are those of the fine
            one, row by row, then those of the coarse one.
    """

    logits: Tensor
    weights: Tensor
    grids: Grids


class Fusion(nn.Module):
    """Adds the deep map, enlarged, to the one before it (equation 2).

    Args:
        middle: Channels of the map of stride 16.
        coarse: Channels of the map of stride 32.
    """

    def __init__(self, middle: int, coarse: int) -> None:
        super().__init__()
        self.up = nn.Sequential(
            nn.Conv2d(coarse, _UP_CHANNELS, 1),
            nn.BatchNorm2d(_UP_CHANNELS),
            nn.ConvTranspose2d(_UP_CHANNELS, _UP_CHANNELS, 4, stride=2, padding=1),
            nn.BatchNorm2d(_UP_CHANNELS),
            nn.Conv2d(_UP_CHANNELS, middle, 1),
            nn.BatchNorm2d(middle),
            nn.ReLU(),
        )
        self.lateral = nn.Conv2d(middle, middle, 1)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")

    def forward(self, middle: Tensor, coarse: Tensor) -> Tensor:
        """Return the fused map, of the shape of ``middle``."""
        enlarged = self.up(coarse)
        if enlarged.shape[-2:] != middle.shape[-2:]:  # odd grids, and models that end at 16
            enlarged = functional.interpolate(
                enlarged, middle.shape[-2:], mode="bilinear", align_corners=False
            )
        fused: Tensor = self.lateral(middle) + enlarged
        return fused


class QueryOpt(HashNetwork):
    """A hash code of learned queries over two feature maps.

    In training, shifted copies of the queries give further logits (:func:`roll_queries`), which
    makes the code that the loss sees longer without any further parameter; in evaluation only
    the queries themselves are asked.

    Args:
        backbone: Feature extractor.
        num_bits: Length of the code.
        branches: How often the queries are used in training, the original included: ``"cover"``
            for the fewest that make 96 logits or more, ``"paper"`` for the most that make no more
            than 96 (64 bits have no auxiliary branch then), or a number.
        width: Of tokens and queries.
        hidden: Of the feed-forward layers; 2048 in the paper, less where a model must be small.
        freeze_early: Whether stem and first stage of the backbone stay as they are, random ones
            too: a network is built before a checkpoint or a parent fills it, so that it cannot
            know whether weights are to come. False without pretrained weights.
    """

    def __init__(
        self,
        backbone: Backbone,
        num_bits: int,
        *,
        branches: Branches = "cover",
        width: int = 384,
        hidden: int = 2048,
        freeze_early: bool = True,
    ) -> None:
        super().__init__(backbone, num_bits)
        if width < 1 or width % HEADS:
            raise ValueError(f"the width must be a multiple of {HEADS}, not {width}")
        self.branches = count_branches(num_bits, branches)
        if hidden < 1:
            raise ValueError(f"hidden must be at least 1, not {hidden}")
        if self.branches > width:
            raise ValueError(f"{self.branches} branches need a width of as much, not {width}")
        backbone.use_maps_only()
        _, middle, coarse = backbone.pyramid_features
        grids = measure_grids(backbone)[1:]
        if freeze_early:
            freeze_early_layers(backbone)
        self.fusion = Fusion(middle, coarse)
        self.reduce_middle = nn.Conv2d(middle, width, 1)
        self.reduce_coarse = nn.Conv2d(coarse, width, 1)
        entries = max(POSITIONS, *(sum(sides) for sides in zip(*grids, strict=True)))
        self.positions = PositionTables(entries, width)
        self.encoder = Encoder(width, HEADS, hidden)
        self.decoder = QueryDecoder(width, HEADS, hidden)
        self.queries = nn.Parameter(torch.randn(num_bits, width))
        self.bit_head = nn.Linear(width, 1, bias=False)

    @property
    def train_width(self) -> int:
        """Bits times branches."""
        return self.num_bits * self.branches

    def forward(self, images: Tensor) -> HashOutput:
        """Return the logits, in training those of all branches, one branch after the other."""
        memory, positions, _ = self._encode(images)
        queries = roll_queries(self.queries, self.branches) if self.training else self.queries
        features = self.decoder(queries, memory, positions)
        return HashOutput(project_bits(features, self.bit_head.weight))

    def read(self, images: Tensor) -> QueryReading:
        """Return the logits of the queries themselves and what each of them looked at."""
        memory, positions, grids = self._encode(images)
        features, weights = self.decoder.read(self.queries, memory, positions)
        return QueryReading(project_bits(features, self.bit_head.weight), weights, grids)

    def explain(self, images: Tensor) -> MapReading:
        """Return the logits and where each query looked, mean of the heads, on both grids.

        The two parts of a bit together sum to 1, whatever its logit is.
        """
        reading = self.read(images)
        sizes = [height * width for height, width in reading.grids]
        fine, coarse = torch.split(reading.weights.mean(1), sizes, dim=-1)
        parts = {
            "fine": on_grid(fine, reading.grids[0]),
            "coarse": on_grid(coarse, reading.grids[1]),
        }
        found = MapReading(reading.logits, "attention", parts)
        assert found.maps is not None
        return replace(found, views={"queries": found.maps.mean(1)})

    def _encode(self, images: Tensor) -> tuple[Tensor, Tensor, Grids]:
        _, middle, coarse = self.backbone.pyramid(images)
        fine = self.reduce_middle(self.fusion(middle, coarse))
        deep = self.reduce_coarse(coarse)
        tokens = torch.cat([fine.flatten(2), deep.flatten(2)], dim=2).transpose(1, 2)
        grids = (_grid(fine), _grid(deep))
        positions = self.positions(*grids)
        return self.encoder(tokens, positions), positions, grids


def count_branches(num_bits: int, branches: Branches = "cover") -> int:
    """Return how often the queries are used in training, the original included.

    The paper has ``96 // num_bits``, and thus no auxiliary branch for 64 bits; our default rounds
    up instead.

    Raises:
        ValueError: Neither a number from 1 nor a known word.
    """
    if branches == "cover":
        return math.ceil(TRAINED_WIDTH / num_bits)
    if branches == "paper":
        return max(1, TRAINED_WIDTH // num_bits)
    if isinstance(branches, bool) or not isinstance(branches, int) or branches < 1:
        raise ValueError(
            f"the option branches must be cover, paper or a number from 1, not {branches!r}"
        )
    return branches


def roll_queries(queries: Tensor, branches: int) -> Tensor:
    """Return the queries of all branches, shape (branches * queries, width).

    Branch n has its features shifted circularly by n * width // branches to the right
    (equation 10); branch 0 is the original.
    """
    width = queries.shape[1]
    return torch.cat([queries.roll(n * width // branches, dims=1) for n in range(branches)])


def project_bits(features: Tensor, weight: Tensor) -> Tensor:
    """Return one number a bit: the same direction for all bits, on features of unit length.

    Args:
        features: Shape (batch, bits, width).
        weight: Shape (1, width).
    """
    return functional.linear(functional.normalize(features, dim=-1), weight).squeeze(-1)


def _grid(features: Tensor) -> tuple[int, int]:
    return int(features.shape[2]), int(features.shape[3])
