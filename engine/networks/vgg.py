"""VGG as a backbone: its levels end before the poolings, its vector is the first hidden layer."""

from __future__ import annotations

from typing import Any

from torch import nn

from engine.networks.views import GridBackbone


class VggBackbone(GridBackbone):
    """A VGG of timm; differs from other grids only in :meth:`levels`.

    Levels are the outputs of the last convolution (with ReLU) of blocks 3, 4 and 5, before the
    pooling behind each (strides 4, 8 and 16), and of the pretrained first hidden layer ("fc1",
    with ReLU): what MDFF-SH taps (Table 1 of the paper).
    """

    @staticmethod
    def fits(model: nn.Module) -> bool:
        """Whether a model is a VGG."""
        return type(model).__name__ == "VGG" and hasattr(model, "pre_logits")

    @property
    def level_features(self) -> tuple[int, int, int, int]:
        """Channels of the three maps and of the vector of :meth:`levels`."""
        fine, middle, coarse = (self._channels[stride] for stride in self._level_strides())
        return fine, middle, coarse, int(self.model.pre_logits.fc1.out_channels)

    def use_levels(self) -> None:
        """Drop the second hidden layer, so that the head ends with fc1 and its ReLU."""
        hidden: Any = self.model.pre_logits
        hidden.fc2, hidden.act2 = nn.Identity(), nn.Identity()

    def _level_strides(self) -> tuple[int, int, int]:
        return 4, 8, 16
