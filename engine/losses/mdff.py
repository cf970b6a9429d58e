"""The loss of MDFF-SH: a likelihood of pairs, quantisation and classification."""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn.functional import cross_entropy

from engine.losses.classifier import create_classifier
from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.dpsh import inner_likelihood
from engine.losses.pairwise import PairBank, batch_pairs
from engine.losses.quantization import distance_to_signs


def log_cosh_quantization(relaxed_codes: Tensor) -> Tensor:
    """Return the mean over photos of the sum of log cosh(|u| - 1), u in [-1, 1] (DHN)."""
    return (relaxed_codes.abs() - 1).cosh().log().sum(dim=1).mean()


class MdffCriterion(Criterion):
    """Pairs, quantisation and classes of relaxed codes (MDFF-SH, Journal of Imaging 2025).

    A reconstruction: the text at hand lost its formulas. The terms J1, J2 and J3 are those of the
    works it cites, the weights ours. Without quantisation this is the paper's "-J3", without
    classification its "-J2".

    Args:
        task: What it is built for.
        quantization_weight: beta, of J2, which adds up bits; 1 is too much for a network.
        class_weight: gamma, of J3.
        quant: ``"l2"`` (as DPSH) or ``"logcosh"`` (as DHN).
        pairs: The other sides of pairs: the ``"batch"``, or the latest outputs for all photos
            from a memory ``"bank"``.
    """

    def __init__(
        self,
        task: TrainingTask,
        *,
        quantization_weight: float = 0.1,
        class_weight: float = 1.0,
        quant: Literal["l2", "logcosh"] = "l2",
        pairs: Literal["batch", "bank"] = "batch",
    ) -> None:
        super().__init__()
        if quantization_weight < 0 or class_weight < 0:
            raise ValueError("quantization_weight and class_weight must not be below 0")
        if quant not in ("l2", "logcosh"):
            raise ValueError(f"quant must be l2 or logcosh, not {quant!r}")
        if pairs not in ("batch", "bank"):
            raise ValueError(f"pairs must be batch or bank, not {pairs!r}")
        self.quantization_weight = quantization_weight
        self.class_weight = class_weight
        self.quant = quant
        self.pairs = PairBank(task) if pairs == "bank" else None
        self.classifier = create_classifier(task, bias=False)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the likelihood (J1), the quantisation (J2) and the classification (J3)."""
        relaxed_codes = logits.tanh()
        others = (
            batch_pairs(relaxed_codes, labels)
            if self.pairs is None
            else self.pairs(relaxed_codes, labels, indices)
        )
        likelihood = inner_likelihood(relaxed_codes, others)
        quantization = (
            distance_to_signs(relaxed_codes, "sum")
            if self.quant == "l2"
            else log_cosh_quantization(relaxed_codes)
        )
        classification = cross_entropy(self.classifier(relaxed_codes), labels)
        return {
            "likelihood": likelihood,
            "quantization": quantization,
            "classification": classification,
            "total": likelihood
            + self.quantization_weight * quantization
            + self.class_weight * classification,
        }
