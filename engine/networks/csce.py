"""CSCE-Net: what the whole plate shows is taken out of the details before they are hashed.

Xue et al., Cross-Scale Context Extracted Hashing for Fine-Grained Image Binary Encoding,
ACML 2022. Where paper and released code differ, the paper counts, except for the scale of the
residual (:func:`~engine.networks.csce_blocks.remove_context`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.dynamic_sign import MAX_THRESHOLD, settle
from engine.errors import InputError
from engine.networks.csce_blocks import (
    AtrousPyramid,
    SlidingWindows,
    SpatialAttention,
    remove_context,
    window_sizes,
)
from engine.networks.output import HashNetwork, HashOutput
from engine.networks.reading import MapReading
from engine.networks.stages import measure_grids
from engine.networks.views import Backbone

SMALLEST_WIDTH = 256
_STEP = 16  # a window of 4 x 4 shares the width among its cells


@dataclass(frozen=True)
class CsceReading:
    """One forward pass with everything between the photo and its code.

    Attributes:
        windows: Vectors of the sliding windows, shape (batch, width, windows).
        score: How much each position matters, shape (batch, 1, h, w), >= 0.
        local: Weighted features of each position, shape (batch, width, h, w).
        residual: The same less the context, shape (batch, width, h, w).
        features: What is hashed: pooled windows and mean residual, shape (batch, 2 * width).
        logits: Real code, shape (batch, num_bits), before the dynamic sign.
        threshold: Below which a bit is undecided, shape (batch, 1).
    """

    windows: Tensor
    score: Tensor
    local: Tensor
    residual: Tensor
    features: Tensor
    logits: Tensor
    threshold: Tensor


class CsceNet(HashNetwork):
    """A code of window features and of local features that do not repeat them.

    In training the logits are the real code, ``extras["threshold"]`` is the threshold of the
    dynamic sign and ``extras["max_threshold"]`` the largest there can be; in evaluation the signs
    of the logits are the dynamic ones, so that a bit is 1 iff its logit is positive, as
    everywhere.

    The threshold layer learns only from a criterion with the soft dynamic sign.

    Args:
        backbone: Feature extractor.
        num_bits: Length of the code.
        width: Channels of windows and local features, a multiple of 16. Unless given, those of
            the backbone's map of stride 16, rounded up, 256 at least: 1024 for ResNet-50.
        aspp: Whether the local branch has the atrous pyramid.
        rates: Its three dilations. The paper names none, and those of DOLG (6, 12 and 18) see
            little but their centre on a map of 14 x 14.
        aie: Whether what the windows say is taken out of the local features; without, they are
            pooled as they are, the paper's ablation.
        norm_momentum: Of the attention's normalisation. The released code has 0.9, with which the
            running statistics are those of the last batches; too noisy for small ones.
        max_threshold: Upper end of the threshold.
    """

    def __init__(
        self,
        backbone: Backbone,
        num_bits: int,
        *,
        width: int | None = None,
        aspp: bool = True,
        rates: Sequence[int] = (2, 4, 6),
        aie: bool = True,
        norm_momentum: float = 0.1,
        max_threshold: float = MAX_THRESHOLD,
    ) -> None:
        super().__init__(backbone, num_bits)
        _check(width, rates, norm_momentum, max_threshold)
        backbone.use_maps_only()
        _, middle, coarse = backbone.pyramid_features
        width = width or max(SMALLEST_WIDTH, -(-middle // _STEP) * _STEP)
        self.max_threshold = max_threshold
        self.aie = aie
        self.windows = SlidingWindows(coarse, width, _grid_of_windows(backbone))
        self.project = nn.Identity() if middle == width else nn.Conv2d(middle, width, 1)
        self.pyramid = AtrousPyramid(width, rates) if aspp else nn.Identity()
        self.attention = SpatialAttention(width, norm_momentum)
        for layer in self.children():
            if layer is not backbone:
                _initialise(layer)
        self.pool_windows = nn.Conv1d(self.windows.count, 1, 1)
        self.hash_layer = nn.Linear(2 * width, num_bits)
        self.threshold_layer = nn.Linear(2 * width, 1)

    def forward(self, images: Tensor) -> HashOutput:
        """Return the logits, and in training the threshold and its upper end besides."""
        found = self.read(images)
        if self.training:
            largest = torch.full_like(found.threshold, self.max_threshold)
            return HashOutput(
                found.logits, {"threshold": found.threshold, "max_threshold": largest}
            )
        return HashOutput(settle(found.logits, found.threshold))

    def read(self, images: Tensor) -> CsceReading:
        """Return everything between the photo and its code."""
        _, middle, coarse = self.backbone.pyramid(images)
        windows = self.windows(coarse)
        local, score = self.attention(self.pyramid(self.project(middle)))
        whole = local.flatten(2)
        residual = remove_context(whole, windows) if self.aie else whole
        pooled = self.pool_windows(windows.transpose(1, 2)).squeeze(1)
        features = torch.cat([pooled, residual.mean(2)], dim=1)
        return CsceReading(
            windows=windows,
            score=score,
            local=local,
            residual=residual.view_as(local),
            features=features,
            logits=self.hash_layer(features),
            threshold=self.max_threshold * torch.sigmoid(self.threshold_layer(features)),
        )

    def explain(self, images: Tensor) -> MapReading:
        """Return the logits, the share of each place and window, and the attention.

        Each bit is its bias, a sum over the places of the local branch and one over the windows
        of the global branch, whose shares are spread evenly over the cells that they cover.
        """
        found = self.read(images)
        width = found.residual.shape[1]
        for_windows, for_places = torch.split(self.hash_layer.weight, width, dim=1)
        pooling, shift = self.pool_windows.weight.flatten(), self.pool_windows.bias
        assert shift is not None
        logits = settle(found.logits, found.threshold)
        local = torch.einsum("kc,bchw->bkhw", for_places, found.residual)
        shares = torch.einsum("kc,bcn->bkn", for_windows, found.windows) * pooling
        bias = self.hash_layer.bias + shift * for_windows.sum(1)
        before, after = found.local.norm(dim=1), found.residual.norm(dim=1)
        importance = pooling.abs() * found.windows.norm(dim=1)
        return MapReading(
            logits,
            parts={
                "local": local / (local.shape[-2] * local.shape[-1]),
                "windows": self.windows.paint(shares),
            },
            constants={"bias": bias.expand_as(logits), "dynamic sign": logits - found.logits},
            views={
                "score": found.score[:, 0],
                "removed": before - after,
                "kept": after,
                "windows": self.windows.paint(importance[:, None])[:, 0],
            },
        )


def _grid_of_windows(backbone: Backbone) -> tuple[int, int]:
    grid = measure_grids(backbone)[2]
    if not window_sizes(grid):
        raise InputError(
            "FS-002",
            name=backbone.name,
            reason="this method needs a last feature map of 2 x 2 at least",
            advice="Choose an input size of 64 pixels or more.",
        )
    return grid


def _check(
    width: int | None, rates: Sequence[int], norm_momentum: float, max_threshold: float
) -> None:
    if width is not None and (width < _STEP or width % _STEP):
        raise ValueError(f"the width must be a multiple of {_STEP}, not {width}")
    if len(rates) != 3 or min(rates) < 1:
        raise ValueError(f"the rates must be three numbers from 1, not {list(rates)}")
    if not 0 < norm_momentum <= 1:
        raise ValueError(
            f"the option norm_momentum must be above 0 and at most 1, not {norm_momentum}"
        )
    if max_threshold <= 0:
        raise ValueError(f"the option max_threshold must be positive, not {max_threshold}")


def _initialise(part: nn.Module) -> None:
    for layer in part.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out")
