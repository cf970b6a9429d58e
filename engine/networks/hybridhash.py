"""HybridHash: interaction between the levels of a hierarchical transformer, and a hash layer."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from engine.networks.hybridhash_blocks import (
    HashLayer,
    InteractionModule,
    initialise,
    normalised,
)
from engine.networks.hybridhash_nest import create_hybrid_nest, is_nest
from engine.networks.output import HashNetwork, HashOutput
from engine.networks.reading import MapReading
from engine.networks.views import Backbone, TokenBackbone

HASH_WIDTH = 512  # of the paper's hash layer
DROP_PATH = 0.5
ADDED_SCALE = 0.1


class NestFeatures(nn.Module):
    """The last map of a NesT, normalised; where it is too wide, narrowed and normalised anew.

    Args:
        channels: Of the last map.
        max_width: Most channels of the result.
    """

    def __init__(self, channels: int, max_width: int) -> None:
        super().__init__()
        self.projection: nn.Module = nn.Identity()
        self.norm: nn.Module = nn.Identity()
        if channels > max_width:
            self.projection = nn.Conv2d(channels, max_width, 1)
            self.norm = nn.LayerNorm(max_width, eps=1e-6)
            initialise(self.projection)

    def forward(self, backbone: Backbone, images: Tensor) -> Tensor:
        """Return a map, shape (batch, channels, h, w)."""
        return normalised(self.projection(backbone.model.forward_features(images)), self.norm)


class MapFeatures(nn.Module):
    """The last map of any backbone, narrowed and normalised as the hash layer expects it.

    Args:
        backbone: It loses the layers behind its last map.
        interactions: Whether what interaction modules make of a level is added to the next one.
        max_width: Most channels of the result.
        hh_compat: As in :class:`HybridHash`.
    """

    def __init__(
        self, backbone: Backbone, interactions: bool, max_width: int, hh_compat: bool
    ) -> None:
        super().__init__()
        backbone.use_maps_only()
        channels = backbone.token_features
        self.interactions = nn.ModuleList()
        if interactions:
            fine, middle, coarse = backbone.pyramid_features
            # As many block tokens as the paper has between its levels.
            for pair, grid in (((fine, middle), 4), ((middle, coarse), 2)):
                self.interactions.append(self._interaction(*pair, grid, hh_compat))
        self.projection: nn.Module = nn.Identity()
        if channels > max_width:
            self.projection = nn.Conv2d(channels, max_width, 1)
            initialise(self.projection)
        self.norm = nn.LayerNorm(min(channels, max_width), eps=1e-6)

    @staticmethod
    def _interaction(
        channels: int, out_channels: int, grid: int, hh_compat: bool
    ) -> InteractionModule:
        module = InteractionModule(channels, out_channels, grid, hh_compat=hh_compat)
        initialise(module)
        # The backbone, unlike NesT, was trained without it: it starts as a small addition.
        nn.init.constant_(module.norm.weight, ADDED_SCALE)
        return module

    def forward(self, backbone: Backbone, images: Tensor) -> Tensor:
        """Return a map, shape (batch, channels, h, w)."""
        if self.interactions:
            features, *levels = backbone.pyramid(images)
            for interact, level in zip(self.interactions, levels, strict=True):
                features = level + _fitted(interact(features), level)
        elif isinstance(backbone, TokenBackbone):
            features = backbone.tokens(images)[1]  # the pyramid would halve it
        else:
            features = backbone.pyramid(images)[-1]
        return normalised(self.projection(features), self.norm)


def _fitted(features: Tensor, like: Tensor) -> Tensor:
    """Return a map at the size of another; backbones round the halves of odd sizes differently."""
    size = like.shape[-2:]
    if features.shape[-2:] == size:
        return features
    return functional.interpolate(features, size, mode="bilinear", align_corners=False)


class HybridHash(HashNetwork):
    """Local and global interaction down to one map a bit (He and Wei, ICMR 2024).

    On a NesT this is the paper's network; on any other backbone its hash layer on the last map.
    Departures: block tokens are formed by transposing (see ``hh_compat``), the linear layer that
    the release never uses is left out, and the squashing is the criterion's. At 16 bits on
    ``nest_base`` there are 55,561,616 parameters.

    A small network to train from scratch on a processor is ``nest_tiny`` at 96 pixels with
    ``widths=(64, 128, 256)``, ``depths=(1, 1, 2)`` and ``drop_path=0.1``: 3.3 million parameters,
    70 photos a second in training on two cores (with depths (2, 2, 4): 5.1 million, 46).

    Args:
        backbone: Feature extractor; a NesT is used up.
        num_bits: Length of the code.
        depths: Transformer layers of each level of a NesT; by default its own, at most 15 in the
            last.
        widths: Channels of each level of a NesT, multiples of 32; others than its own start from
            random weights.
        drop_path: Stochastic depth of a NesT, by default 0.5 in its last layer.
        interactions: Whether another backbone, too, gets interaction modules between the levels
            of its pyramid; NesT always has them.
        hash_width: Most channels of the hash layer; wider maps are projected first (ours, the
            paper has 512 anyway).
        hh_compat: Whether block tokens mix channels and places as in the release.

    Raises:
        ValueError: A choice is impossible, or not one of this backbone.
    """

    def __init__(
        self,
        backbone: Backbone,
        num_bits: int,
        *,
        depths: Sequence[int] | None = None,
        widths: Sequence[int] | None = None,
        drop_path: float | None = None,
        interactions: bool = False,
        hash_width: int = HASH_WIDTH,
        hh_compat: bool = False,
    ) -> None:
        if hash_width < 1:
            raise ValueError(f"hash_width must be positive, not {hash_width}")
        features: NestFeatures | MapFeatures
        if is_nest(backbone):
            rate = DROP_PATH if drop_path is None else drop_path
            backbone = create_hybrid_nest(
                backbone, depths=depths, widths=widths, drop_path=rate, hh_compat=hh_compat
            )
            features = NestFeatures(backbone.token_features, hash_width)
        elif (depths, widths, drop_path) != (None, None, None):
            raise ValueError("depths, widths and drop_path are for NesT backbones only")
        else:
            features = MapFeatures(backbone, interactions, hash_width, hh_compat)
        super().__init__(backbone, num_bits)
        self.features = features
        self.hash_layer = HashLayer(min(backbone.token_features, hash_width), num_bits)
        initialise(self.hash_layer)

    def bit_maps(self, images: Tensor) -> Tensor:
        """Return the signed map of every bit, shape (batch, num_bits, h, w); its mean decides."""
        maps: Tensor = self.hash_layer(self.features(self.backbone, images))
        return maps

    def forward(self, images: Tensor) -> HashOutput:
        """Return the logits of normalised images, shape (batch, 3, height, width)."""
        return HashOutput(self.bit_maps(images).mean((2, 3)))

    def explain(self, images: Tensor) -> MapReading:
        """Return the logits and the share of each place, which are exact."""
        maps = self.bit_maps(images)
        return MapReading(maps.mean((2, 3)), parts={"places": maps / maps[0, 0].numel()})
