"""Deep polarized network: random targets and a hinge on every bit."""

from __future__ import annotations

from torch import Tensor

from engine.losses.class_targets import class_targets
from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.polarization import Reduction, check_reduction, polarization
from engine.losses.targets import Scheme


class DpnCriterion(Criterion):
    """Polarisation towards one target code a class (Fan et al., IJCAI 2020).

    Args:
        task: What it is built for.
        targets: How targets are drawn.
        negative_share: Share of -1 in a random target.
        skip_first_row: Of Hadamard targets: leave out constant rows and shuffle the others.
        polarization: How the hinges of a photo are reduced; the paper adds them up.
        margin: Where a bit stops costing.
        square_weight: Of the mean squared logit, which keeps logits from growing; the authors'
            repository has it as an option with 0.1.
    """

    targets: Tensor

    def __init__(
        self,
        task: TrainingTask,
        *,
        targets: Scheme = "random",
        negative_share: float = 0.5,
        skip_first_row: bool = True,
        polarization: Reduction = "mean",
        margin: float = 1.0,
        square_weight: float = 0.0,
    ) -> None:
        super().__init__()
        if margin <= 0:
            raise ValueError(f"margin must be above 0, not {margin}")
        self.reduction = check_reduction(polarization)
        self.margin = margin
        self.square_weight = square_weight
        codes = class_targets(
            task, targets, negative_share=negative_share, skip_first_row=skip_first_row
        )
        self.register_buffer("targets", codes)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the polarisation, and the mean square where it counts."""
        terms = {
            "polarization": polarization(
                logits, self.targets[labels], margin=self.margin, reduction=self.reduction
            )
        }
        total = terms["polarization"]
        if self.square_weight:
            terms["square"] = logits.square().mean()
            total = total + self.square_weight * terms["square"]
        return {**terms, "total": total}
