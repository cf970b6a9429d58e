"""The loss of CSCE-Net: a margin softmax to hash centres, and codes near their dynamic signs."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy

from engine.dynamic_sign import MAX_THRESHOLD, dynamic_sign, soft_dynamic_sign
from engine.losses.class_targets import class_targets
from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.margin_softmax import Margin, cosine_logits, with_margin
from engine.losses.quantization import BitReduction, squared_distance
from engine.losses.targets import Scheme

_SALT = 1000  # of the generator for margins; one more for every epoch


def clipped_angle(logits: Tensor, codes: Tensor) -> Tensor:
    """Return the mean of 1 - cos(2 clip(v, -0.5, 0.5), b), the term of the released code."""
    return (1 - cosine_similarity(2 * logits.clamp(-0.5, 0.5), codes, dim=1)).mean()


class CsceCriterion(Criterion):
    """Cosine margin softmax and quantisation (Xue et al., ACML 2022, eqs. 12 to 14).

    The code is the output of the hash layer; eqs. 10 and 11 call the class logits by its name.

    Args:
        task: What it is built for.
        targets: How hash centres are made.
        skip_first_row: Leave out constant Hadamard rows and shuffle the others; the paper takes
            the first rows, of which few classes get many constant and equal bits.
        scale: S, of the cosines.
        margin: ``"cos"`` (the paper) or ``"arc"`` (the released code).
        margin_size: a, on the cosine or, in radians, on the angle.
        elastic: Standard deviation of the margin, drawn anew for each photo; 0.125 in the
            released code.
        quant: ``"l2"`` (the paper) or ``"cos"`` (the released code).
        quant_reduce: ``"mean"`` divides ``"l2"`` by the number of bits, so that its weight means
            the same at all lengths; ``"sum"`` is the paper's formula.
        quantization_weight: lambda.
        dsf_train: Quantise to the soft dynamic sign, through which the threshold learns; the
            paper says that it learns, but in the released code no gradient reaches it.
    """

    centers: Tensor

    def __init__(
        self,
        task: TrainingTask,
        *,
        targets: Scheme = "hadamard",
        skip_first_row: bool = True,
        scale: float = 10.0,
        margin: Margin = "cos",
        margin_size: float = 0.15,
        elastic: float = 0.0,
        quant: Literal["l2", "cos"] = "l2",
        quant_reduce: BitReduction = "mean",
        quantization_weight: float = 1.0,
        dsf_train: bool = False,
    ) -> None:
        super().__init__()
        for name, value, allowed in (
            ("margin", margin, ("cos", "arc")),
            ("quant", quant, ("l2", "cos")),
            ("quant_reduce", quant_reduce, ("mean", "sum")),
        ):
            if value not in allowed:
                raise ValueError(f"{name} must be {' or '.join(allowed)}, not {value!r}")
        if scale <= 0 or elastic < 0 or quantization_weight < 0:
            raise ValueError("scale must be above 0, elastic and quantization_weight not below 0")
        self.task = task
        self.scale = scale
        self.margin, self.margin_size, self.elastic = margin, margin_size, elastic
        self.quant, self.quant_reduce = quant, quant_reduce
        self.quantization_weight = quantization_weight
        self.dsf_train = dsf_train
        self.generator = task.generator(_SALT)
        centers = class_targets(task, targets, skip_first_row=skip_first_row)
        self.register_buffer("centers", centers)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the metric loss and the quantisation.

        Args:
            logits: Shape (batch, width).
            labels: Shape (batch,).
            indices: Numbers of the photos.
            **extras: ``threshold`` of the dynamic sign, shape (batch, 1); without it the sign is
                the plain one. ``max_threshold``, its upper end, same shape, makes the soft sign
                as soft as it should be; the paper's by default.
        """
        cosines = cosine_logits(logits, self.centers)
        moved = with_margin(cosines, labels, self._margins(logits), self.margin)
        metric = cross_entropy(self.scale * moved, labels)
        threshold = extras.get("threshold", logits.new_zeros(len(logits), 1)).to(logits)
        largest = extras.get("max_threshold", MAX_THRESHOLD)
        quantization = self._quantization(logits, threshold, largest)
        total = metric + self.quantization_weight * quantization
        return {"metric": metric, "quantization": quantization, "total": total}

    def start_epoch(self, epoch: int, epochs: int) -> None:
        """Seed the margins of the epoch."""
        self.generator = self.task.generator(_SALT + epoch)

    def _margins(self, logits: Tensor) -> Tensor | float:
        if not (self.elastic and self.training):
            return self.margin_size
        spread = torch.randn(len(logits), 1, generator=self.generator)
        return (self.margin_size + self.elastic * spread).to(logits)

    def _quantization(self, logits: Tensor, threshold: Tensor, largest: Tensor | float) -> Tensor:
        if self.dsf_train:
            # Of the logits only the distance to the code counts: the slope of the soft sign near
            # the threshold is hundreds of times steeper than anything else in the loss.
            codes = soft_dynamic_sign(logits.detach(), threshold, largest)
        else:
            codes = dynamic_sign(logits, threshold)
        if self.quant == "cos":
            return clipped_angle(logits, codes)
        return squared_distance(logits, codes, self.quant_reduce)
