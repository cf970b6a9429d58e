"""What heads over feature maps ask of a backbone: sizes of maps, and early layers at rest."""

from __future__ import annotations

import torch
from torch import nn

from engine.networks.views import Backbone, TokenBackbone

EARLY_STRIDE = 4


@torch.no_grad()
def measure_grids(backbone: Backbone) -> list[tuple[int, int]]:
    """Return height and width of the maps of the pyramid, for an image of the usual size.

    Measured on a black image, as architectures round odd sizes differently.
    """
    side = backbone.preprocessing.input_size
    weight = next(backbone.parameters())
    training = backbone.training
    backbone.eval()  # statistics of normalisations must not follow the black image
    maps = backbone.pyramid(torch.zeros(1, 3, side, side, device=weight.device))
    backbone.train(training)
    return [(int(found.shape[2]), int(found.shape[3])) for found in maps]


def freeze_early_layers(backbone: Backbone) -> None:
    """Stop training the layers up to stride 4: stem and ``layer1`` of a ResNet.

    Only the weights rest; running statistics keep following the photos. A model with one grid
    from the first block to the last (ViT) has no such stages: its patch and position embedding
    rest.
    """
    modules = list(backbone.model.named_modules())
    for _, module in modules[: _number_of_early([name for name, _ in modules], backbone)]:
        _freeze_own(module)


def _number_of_early(names: list[str], backbone: Backbone) -> int:
    """Count the modules that come first; timm defines layers in the order of their use."""
    if isinstance(backbone, TokenBackbone):
        return names.index("blocks")
    stages = [s for s in backbone.model.feature_info if int(s["reduction"]) <= EARLY_STRIDE]
    early = {str(stage["module"]) for stage in stages}
    inside = [
        index
        for index, name in enumerate(names)
        if any(name == stage or name.startswith(f"{stage}.") for stage in early)
    ]
    return max(inside, default=-1) + 1


def _freeze_own(module: nn.Module) -> None:
    for parameter in module.parameters(recurse=False):
        parameter.requires_grad_(False)
