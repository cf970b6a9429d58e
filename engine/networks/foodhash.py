"""FoodHash: the early tokens of a backbone, refined and fused with its final ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from engine.errors import InputError
from engine.networks.aip import AggregationInteractionPropagation, Pool, to_sequence
from engine.networks.cfm import CrossFusion, CrossFusionReading
from engine.networks.foodhash_maps import (
    Head,
    add_by_row,
    fusion_shares,
    fusion_views,
    value_shares,
)
from engine.networks.output import HashNetwork, HashOutput
from engine.networks.reading import MapReading, on_grid
from engine.networks.views import Backbone

HIDDEN_FEATURES = 1024
HEADS = ("cls", "flatten", "mean")


@dataclass(frozen=True)
class FoodHashReading:
    """What a forward pass looked at; n = 1 + h * w tokens, the class token first.

    Attributes:
        grid: Height and width of the grid of tokens, (h, w).
        aip_attention: Between the proxies of 2 x 2 tokens, shape (B, heads, proxies, proxies);
            between all tokens with ``aip_pool="post"``.
        fusion: A1 and A2 of the fusion and the values that they mix.
        omega: Share of A1 in the outcome; that of A2 is 1 - omega.
        encoder: Final tokens of the backbone, which ``cfm_residual`` adds, shape (B, n, D).
        fused: What the head reads, shape (B, n, D).
        logits: Shape (B, num_bits).
    """

    grid: tuple[int, int]
    aip_attention: Tensor
    fusion: CrossFusionReading
    omega: Tensor
    encoder: Tensor
    fused: Tensor
    logits: Tensor


class FoodHash(HashNetwork):
    """AIP on the early tokens, cross-fusion with the final tokens, and a hash head.

    Cao et al., ACM TOMM 2026. The paper does not say how the fused tokens become bits. Its recipe
    is that of VisionTransformerHashing, which has the heads "flatten" (all tokens, a hidden layer
    of 1024) and "cls" (the class token). The logits are not squashed. All biases of the head start
    at 0, where the ancestor draws them: a random bias tilts a bit before training.

    Args:
        backbone: Feature extractor.
        num_bits: Length of the code.
        head: What the hash layer reads: "cls" or "mean" for any image size, "flatten" for that of
            the backbone's preprocessing only.
        fuse: Whether there are AIP and fusion at all; without them the head reads the backbone's
            final tokens: the paper's "w/o AIP", and with ``class_weight`` 0 its baseline DPN.
        aip_pool: Whether AIP makes its proxies before ("pre") or after ("post") the attention.
        aip_pool_kernel: 2 averages each window, 1 picks its top left token.
        cfm_residual: Whether the encoder's tokens are added to the fused ones.
        omega: Weight of the AIP stream in the fusion, in 0 to 1; None to learn it.
    """

    def __init__(
        self,
        backbone: Backbone,
        num_bits: int,
        *,
        head: Head = "cls",
        fuse: bool = True,
        aip_pool: Pool = "pre",
        aip_pool_kernel: int = 2,
        cfm_residual: bool = False,
        omega: float | None = None,
    ) -> None:
        super().__init__(backbone, num_bits)
        if head not in HEADS:
            raise ValueError(f"head must be one of {', '.join(HEADS)}, not {head!r}")
        if not fuse and (cfm_residual or omega is not None):
            raise ValueError(
                "cfm_residual and omega are of the fusion, which fuse=false leaves out"
            )
        backbone.use_maps_only()
        features = backbone.token_features
        self.head, self.fuse = head, fuse
        if fuse:
            backbone.use_stem()
            self.aip = AggregationInteractionPropagation(
                features, pool=aip_pool, pool_kernel=aip_pool_kernel
            )
            self.cfm = CrossFusion(features, omega=omega, residual=cfm_residual)
        if head == "flatten":
            self.grid = _token_grid(backbone)
            self.neck = _flatten_neck((1 + self.grid[0] * self.grid[1]) * features)
        self.hash_layer = nn.Linear(HIDDEN_FEATURES if head == "flatten" else features, num_bits)
        nn.init.zeros_(self.hash_layer.bias)

    def forward(self, images: Tensor) -> HashOutput:
        """Return the logits of normalised images, shape (batch, 3, height, width)."""
        return HashOutput(self._decide(self._tokens(images)))

    def read(self, images: Tensor) -> FoodHashReading:
        """Return the attention matrices and values behind the logits of images.

        Raises:
            ValueError: The network was built without fusion.
        """
        if not self.fuse:
            raise ValueError("a network without fusion has no attention of its own to read")
        aip, encoder, aip_attention, grid = self._streams(images)
        fusion = self.cfm.read(aip, encoder)
        fused = self.cfm.mix(fusion, encoder)
        return FoodHashReading(
            grid=grid,
            aip_attention=aip_attention,
            fusion=fusion,
            omega=self.cfm.weight,
            encoder=encoder,
            fused=fused,
            logits=self._decide(fused),
        )

    def explain(self, images: Tensor) -> MapReading:
        """Return the logits, the share of each patch, and what both streams read.

        The class token has no place. The head "flatten" is linear apart from hidden units that
        are on or off for a picture; what they let through is exact. Its places are rows of the
        fused tokens, each of which mixes all patches. Without fusion, the head "cls" reads
        nothing but the class token, so that there are no maps.
        """
        if self.fuse:
            return self._explain_fusion(self.read(images))
        tokens, grid = self._final_tokens(images)
        logits = self._decide(tokens)
        if self.head == "cls":
            return MapReading(logits)
        if self.head == "flatten":
            return self._on_places(logits, *self._flattened(tokens), grid)
        even = tokens.new_full(tokens.shape[:2], 1 / tokens.shape[1])
        shares = {"final": value_shares(self.hash_layer.weight, tokens, even)}
        return self._on_places(logits, shares, self.hash_layer.bias, grid)

    def _explain_fusion(self, found: FoodHashReading) -> MapReading:
        fusion, omega = found.fusion, found.omega
        if self.head == "flatten":
            shares, bias = self._flattened(found.fused)
        else:
            residual = found.encoder if self.cfm.residual else None
            shares = fusion_shares(self.head, self.hash_layer.weight, fusion, omega, residual)
            bias = self.hash_layer.bias
        read = fusion_views(self.head, fusion, omega)
        views = {name: on_grid(view[:, 1:], found.grid) for name, view in read.items()}
        proxies = found.aip_attention.mean((1, 2))
        views["proxies"] = on_grid(proxies, self.aip.grid_of_attention(found.grid))
        return replace(self._on_places(found.logits, shares, bias, found.grid), views=views)

    def _flattened(self, tokens: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return the shares of the rows of tokens with the head "flatten", and the bias.

        Gradient times row. To follow the values behind the rows, as for the other heads, would
        cost several forward passes.
        """
        linear: nn.Linear = self.neck[2]  # type: ignore[assignment]
        added = add_by_row(linear.weight, tokens)
        on = added.sum(1) + linear.bias > 0
        slope = self.hash_layer.weight * on[:, None]
        bias = slope @ linear.bias + self.hash_layer.bias
        return {"rows": slope @ added.mT}, bias

    def _on_places(
        self, logits: Tensor, shares: dict[str, Tensor], bias: Tensor, grid: tuple[int, int]
    ) -> MapReading:
        """Return the shares of all tokens as maps, with what the class token adds beside them."""
        class_token = torch.stack([each[..., 0] for each in shares.values()]).sum(0)
        return MapReading(
            logits,
            parts={name: on_grid(each[..., 1:], grid) for name, each in shares.items()},
            constants={"class token": class_token, "bias": bias.expand_as(logits)},
        )

    def _tokens(self, images: Tensor) -> Tensor:
        """Return what the head reads, shape (B, n, D)."""
        if self.fuse:
            aip, encoder, _, _ = self._streams(images)
            fused: Tensor = self.cfm(aip, encoder)
            return fused
        return self._final_tokens(images)[0]

    def _final_tokens(self, images: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Return the backbone's final tokens, the class token first, and their grid."""
        cls, last = self.backbone.tokens(images)
        grid = last.shape[-2], last.shape[-1]
        self._check_grid(grid)
        return torch.cat((cls[:, None], to_sequence(last)), dim=1), grid

    def _streams(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, tuple[int, int]]:
        """Return the sequences of AIP and encoder, AIP's attention and the grid.

        Both sequences begin with the encoder's class token (equation 10).
        """
        stem, cls, last = self.backbone.stem_and_tokens(images)
        grid = stem.shape[-2], stem.shape[-1]
        self._check_grid(grid)
        refined, attention = self.aip(stem)
        cls = cls[:, None]
        aip = torch.cat((cls, refined), dim=1)
        encoder = torch.cat((cls, to_sequence(last)), dim=1)
        return aip, encoder, attention, grid

    def _decide(self, fused: Tensor) -> Tensor:
        if self.head == "flatten":
            read = self.neck(fused)
        else:
            read = fused[:, 0] if self.head == "cls" else fused.mean(dim=1)
        logits: Tensor = self.hash_layer(read)
        return logits

    def _check_grid(self, grid: tuple[int, int]) -> None:
        if self.head == "flatten" and grid != self.grid:
            side = self.backbone.preprocessing.input_size
            raise InputError(
                "FS-002",
                name="foodhash",
                reason=f"its head “flatten” was built for images of {side} x {side} pixels "
                f"({_times(self.grid)} tokens) and was given {_times(grid)} tokens",
                advice=f"Use images of {side} pixels, or the head “cls”.",
            )


def _flatten_neck(features: int) -> nn.Sequential:
    hidden = nn.Linear(features, HIDDEN_FEATURES)
    nn.init.kaiming_uniform_(hidden.weight, mode="fan_out", nonlinearity="relu")
    nn.init.zeros_(hidden.bias)
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), hidden, nn.ReLU())


def _times(grid: tuple[int, int]) -> str:
    return f"{grid[0]} x {grid[1]}"


@torch.no_grad()
def _token_grid(backbone: Backbone) -> tuple[int, int]:
    """Return height and width of the grid of tokens at the backbone's own image size.

    Measured on a blank image: padding differs too much between architectures to compute it.
    """
    side = backbone.preprocessing.input_size
    first = next(backbone.parameters())
    training = backbone.training
    _, last = backbone.eval().tokens(first.new_zeros(1, 3, side, side))
    backbone.train(training)
    return last.shape[-2], last.shape[-1]
