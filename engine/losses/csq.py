"""Central similarity quantisation: pull every code towards the hash centre of its class."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from engine.losses.class_targets import class_targets
from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.quantization import distance_to_signs
from engine.losses.targets import Scheme


def central_similarity(logits: Tensor, centers: Tensor) -> Tensor:
    """Return the mean bitwise cross-entropy between codes and centres (CSQ, eq. 6).

    Args:
        logits: Before tanh, shape (batch, num_bits).
        centers: In {-1, +1}, same shape.
    """
    # (1 + tanh u) / 2 = sigmoid(2 u), so the cross-entropy needs no clamped logarithm.
    return softplus(-2 * centers.to(logits) * logits).mean()


class CsqCriterion(Criterion):
    """Central similarity and a little quantisation (Yuan et al., CVPR 2020).

    The form of DeepHash-pytorch; the authors' release adds a pairwise term that the paper lacks.

    Args:
        task: What it is built for.
        targets: How centres are made.
        skip_first_row: Leave out constant Hadamard rows and shuffle the others; the paper takes
            the first rows, of which few classes get many constant and equal bits.
        quantization_weight: Of the distance of relaxed codes to -1 and +1.
    """

    centers: Tensor

    def __init__(
        self,
        task: TrainingTask,
        *,
        targets: Scheme = "hadamard",
        skip_first_row: bool = True,
        quantization_weight: float = 1e-4,
    ) -> None:
        super().__init__()
        if quantization_weight < 0:
            raise ValueError(f"quantization_weight must not be below 0: {quantization_weight}")
        self.quantization_weight = quantization_weight
        centers = class_targets(task, targets, skip_first_row=skip_first_row)
        self.register_buffer("centers", centers)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the central similarity and the quantisation."""
        central = central_similarity(logits, self.centers[labels])
        quantization = distance_to_signs(logits.tanh())
        total = central + self.quantization_weight * quantization
        return {"central": central, "quantization": quantization, "total": total}
