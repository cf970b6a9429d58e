"""Any timm model as a feature extractor with three views (the heads are written against these).

view        returns
pooled      (B, num_features): what the classifier would see
stem        (B, D, h, w): early tokens, 14 x 14 for 224 pixels
tokens      cls (B, D) and grid (B, D, h, w) on the grid of the stem
pyramid     three maps of strides 8, 16 and 32, of ``pyramid_features`` channels
levels      three maps and a vector of fully connected features, of ``level_features`` channels

``stem_and_tokens`` returns two views for the cost of one. ``D`` is ``token_features``. All views
take normalised images, shape (B, 3, height, width), and return maps with the channels in the
second axis, whatever layout the model uses inside.
"""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from engine.errors import InputError
from engine.preprocessing import Preprocessing


class Backbone(nn.Module):
    """A timm model without its classifier; the views are those of a subclass for its kind.

    Args:
        name: timm's name of the model.
        model: The model, without classifier.
        preprocessing: What its weights expect of an image.

    Attributes:
        pretrained: Names of the parameters of ``model`` that came with weights.
    """

    model: Any  # timm's models share conventions, not a type
    token_features: int

    def __init__(self, name: str, model: Any, preprocessing: Preprocessing) -> None:
        super().__init__()
        self.name = name
        self.preprocessing = preprocessing
        self.pretrained: frozenset[str] = frozenset()
        self.model = model
        self.num_features = int(
            getattr(self.model, "head_hidden_size", None) or self.model.num_features
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return :meth:`pooled`."""
        return self.pooled(images)

    def pooled(self, images: Tensor) -> Tensor:
        """Return one feature vector an image, shape (B, num_features)."""
        features = self.model.forward_features(images)
        pooled: Tensor = self.model.forward_head(features, pre_logits=True)
        return pooled

    def pooled_and_map(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return :meth:`pooled` and the map (B, channels, h, w) that it was made of."""
        raise NotImplementedError

    def use_stem(self) -> None:
        """Create what :meth:`stem` needs; a network that uses it says so when it is built."""

    def use_maps_only(self) -> None:
        """Drop what only :meth:`pooled` and :meth:`levels` need; they do not work any more.

        A network built on other views calls it, so that every parameter it trains and saves
        has a part in its codes.
        """

    def use_levels(self) -> None:
        """Drop what :meth:`levels` does not need; a network that uses it says so when built."""

    @property
    def pyramid_features(self) -> tuple[int, int, int]:
        """Channels of the three maps of :meth:`pyramid`."""
        raise NotImplementedError

    @property
    def level_features(self) -> tuple[int, int, int, int]:
        """Channels of the three maps and of the vector of :meth:`levels`."""
        return (*self.pyramid_features, self.num_features)

    def stem(self, images: Tensor) -> Tensor:
        """Return the early tokens, shape (B, token_features, h, w)."""
        raise NotImplementedError

    def tokens(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the class token (B, token_features) and the grid (B, token_features, h, w)."""
        raise NotImplementedError

    def stem_and_tokens(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the stem, the class token and the grid."""
        return (self.stem(images), *self.tokens(images))

    def pyramid(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return maps of strides 8, 16 and 32, each with channels of its own."""
        raise NotImplementedError

    def levels(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the pyramid and the pooled features, from one pass."""
        raise NotImplementedError


class TokenBackbone(Backbone):
    """A model that keeps one grid of tokens from the first block to the last (ViT and its kin)."""

    def __init__(self, name: str, model: Any, preprocessing: Preprocessing) -> None:
        super().__init__(name, model, preprocessing)
        self.token_features = int(self.model.num_features)

    @property
    def pyramid_features(self) -> tuple[int, int, int]:
        """Channels of the three maps of :meth:`pyramid`."""
        return (self.token_features,) * 3

    def pooled_and_map(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return :meth:`pooled` and the grid of final tokens, without class token."""
        tokens = self.model.forward_features(images)
        grid = self._grid(tokens[:, self.model.num_prefix_tokens :], images)
        return self.model.forward_head(tokens, pre_logits=True), grid

    def use_maps_only(self) -> None:
        """Drop the attention that pools the grid in models that have it."""
        if getattr(self.model, "attn_pool", None) is not None:
            self.model.attn_pool = None

    @staticmethod
    def fits(model: nn.Module) -> bool:
        """Whether a model is of this kind."""
        patches = getattr(model, "patch_embed", None)
        return hasattr(model, "num_prefix_tokens") and hasattr(patches, "dynamic_feat_size")

    def stem(self, images: Tensor) -> Tensor:
        """Return the patch embedding, before class token and position embedding."""
        tokens = self.model.patch_embed(images)
        if tokens.ndim == 4:  # models that accept any image size keep (B, h, w, D)
            grid: Tensor = tokens.permute(0, 3, 1, 2)
            return grid
        return self._grid(tokens, images)

    def tokens(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return class token and grid after the final norm.

        A model without a class token has the mean of its grid instead.
        """
        return self._split(self.model.forward_features(images), images)

    def pyramid(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return grids after a third of the blocks (doubled), two thirds, and all (halved)."""
        return self._pyramid(images)[0]

    def levels(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the pyramid and the pooled features, from one pass."""
        maps, final = self._pyramid(images)
        return (*maps, self.model.forward_head(final, pre_logits=True))

    def _pyramid(self, images: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        depth = len(self.model.blocks)
        third, two_thirds = math.ceil(depth / 3) - 1, math.ceil(2 * depth / 3) - 1
        final, (early, middle) = self.model.forward_intermediates(
            images, indices=[third, two_thirds]
        )
        _, last = self._split(final, images)
        fine = functional.interpolate(early, scale_factor=2, mode="bilinear", align_corners=False)
        return (fine, middle, functional.avg_pool2d(last, 2, ceil_mode=True)), final

    def _split(self, tokens: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        if isinstance(self.model.norm, nn.Identity):
            # Models that pool the grid have their final norm behind the pooling.
            tokens = self.model.fc_norm(tokens)
        grid = self._grid(tokens[:, self.model.num_prefix_tokens :], images)
        if getattr(self.model, "cls_token", None) is None:
            return grid.mean((2, 3)), grid
        return tokens[:, 0], grid

    def _grid(self, tokens: Tensor, images: Tensor) -> Tensor:
        height, width = self.model.patch_embed.dynamic_feat_size(images.shape[-2:])
        return tokens.transpose(1, 2).reshape(len(tokens), -1, height, width)


class GridBackbone(Backbone):
    """A model whose maps shrink from stage to stage (ResNet, ConvNeXt, Swin, MobileNet, NesT)."""

    stem_projection: nn.Conv2d

    def __init__(self, name: str, model: Any, preprocessing: Preprocessing) -> None:
        super().__init__(name, model, preprocessing)
        info = getattr(model, "feature_info", [])
        self._channels = {int(stage["reduction"]): int(stage["num_chs"]) for stage in info}
        # Of stages with equal stride the last one sees the most.
        self._indices = {int(stage["reduction"]): index for index, stage in enumerate(info)}
        self.token_features = self._channels[max(self._channels)] if info else self.num_features

    @property
    def pyramid_features(self) -> tuple[int, int, int]:
        """Channels of the three maps of :meth:`pyramid`."""
        fine, middle, coarse = self._pyramid_strides()
        self._require(fine, middle, coarse)
        return self._channels[fine], self._channels[middle], self._channels[coarse]

    def pooled_and_map(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return :meth:`pooled` and the map (B, channels, h, w) that it was made of."""
        features = self.model.forward_features(images)
        last = features if features.shape[1] == self.model.num_features else features.movedim(-1, 1)
        return self.model.forward_head(features, pre_logits=True), last

    def use_maps_only(self) -> None:
        """Drop the final norm and the layers behind the last map."""
        self._require(self._last_stride())
        last = max(self._indices.values())
        self.model.prune_intermediate_layers([last], prune_norm=True, prune_head=True)

    def use_stem(self) -> None:
        """Create the projection of the stride-16 map to the width of the last stage."""
        self._require(16)
        self.stem_projection = nn.Conv2d(self._channels[16], self.token_features, 1)

    def stem(self, images: Tensor) -> Tensor:
        """Return the projected map of stride 16; :meth:`use_stem` was called before."""
        (middle,) = self._maps(images, 16)
        projected: Tensor = self.stem_projection(middle)
        return projected

    def tokens(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and map of the last stage, the map resized to the grid of the stem."""
        return self._tokens(*self._maps(images, 16, self._last_stride()))

    def stem_and_tokens(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the stem, the class token and the grid, from one pass."""
        middle, last = self._maps(images, 16, self._last_stride())
        return (self.stem_projection(middle), *self._tokens(middle, last))

    def pyramid(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the maps of stride 8, 16 and 32 (NesT ends at 16: its last map twice)."""
        fine, middle, coarse = self._maps(images, *self._pyramid_strides())
        return fine, middle, coarse

    def levels(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the pyramid and the pooled features, from one pass."""
        strides = self._level_strides()
        self._require(*strides)
        wanted = sorted({self._indices[stride] for stride in strides})
        final, found = self.model.forward_intermediates(images, indices=wanted)
        by_index = dict(zip(wanted, found, strict=True))
        fine, middle, coarse = (by_index[self._indices[stride]] for stride in strides)
        return fine, middle, coarse, self.model.forward_head(final, pre_logits=True)

    def _last_stride(self) -> int:
        return max(self._channels, default=32)

    def _pyramid_strides(self) -> tuple[int, int, int]:
        return 8, 16, min(32, self._last_stride())

    def _level_strides(self) -> tuple[int, int, int]:
        return self._pyramid_strides()

    def _tokens(self, middle: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        grid = functional.interpolate(last, middle.shape[-2:], mode="bilinear", align_corners=False)
        return last.mean((2, 3)), grid

    def _maps(self, images: Tensor, *strides: int) -> list[Tensor]:
        self._require(*strides)
        indices = [self._indices[stride] for stride in strides]
        found = self.model.forward_intermediates(
            images, indices=sorted(set(indices)), intermediates_only=True, stop_early=True
        )
        by_index = dict(zip(sorted(set(indices)), found, strict=True))
        return [by_index[index] for index in indices]

    def _require(self, *strides: int) -> None:
        missing = [stride for stride in strides if stride not in self._indices]
        if missing or not hasattr(self.model, "forward_intermediates"):
            raise InputError(
                "FS-002",
                name=self.name,
                reason="this method needs feature maps of stride 8, 16 and 32, "
                "which the backbone does not offer",
                advice="Choose the method itq, or another backbone such as resnet50.",
            )
