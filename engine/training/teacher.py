"""What a trained model says, held fast while it is trained further on other photos.

Its logits of the new photos are a second target (Li and Hoiem, Learning without Forgetting, ECCV
2016, with the squared difference in place of the distillation loss), and its batch norms keep their
statistics: of photos that are not shown to it the codes would be lost otherwise.
"""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine.networks.output import HashNetwork
from engine.training.checkpoint import load_weights, save_weights


class Teacher(nn.Module):
    """The network as it is when its training begins.

    Args:
        network: Is copied.
        weight: Of the drift in the loss.
    """

    def __init__(self, network: HashNetwork, weight: float) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.weight = weight

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Return its logits, shape (batch, num_bits)."""
        logits: Tensor = self.network(images).logits
        return logits.float()

    def save(self, path: Path) -> None:
        """Write its weights, for it may be deleted before the training goes on."""
        save_weights(path, self.network, {})

    def load(self, path: Path) -> None:
        """Fill in the weights that were written.

        Raises:
            ValueError: The file is damaged, or of another network.
        """
        tensors, _ = load_weights(path)
        try:
            self.network.load_state_dict(tensors)
        except RuntimeError as error:
            raise ValueError(f"its {path.name} belongs to another network") from error


def drift(logits: Tensor, taught: Tensor) -> Tensor:
    """Return the mean squared difference of logits, both of shape (batch, num_bits)."""
    return (logits - taught).square().mean()


def start_learning(network: HashNetwork, teacher: Teacher | None) -> None:
    """Switch a network to training; with a teacher the statistics of its batch norms stay."""
    network.train()
    if teacher is not None:
        for module in network.modules():
            if isinstance(module, _BatchNorm):
                module.eval()
